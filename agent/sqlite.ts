// Opens a SQLite database the way an SD card needs (WAL, FULL) and brings it to its schema's version.
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { AgentError } from "./error.ts";

export type Sqlite = Database.Database;

/**
 * Opens `file`, creating it from `schema` (a folder with schema.sql, which sets user_version, and upgrades/N-to-M.sql).
 *
 * @throws AgentError DATABASE_TOO_NEW, DATABASE_DAMAGED or DATABASE_UNREADABLE.
 */
export function openDatabase(file: string, schema: URL): Sqlite {
  const db = open(file);
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    db.pragma("busy_timeout = 5000");
    db.pragma("temp_store = MEMORY");
    db.pragma("journal_size_limit = 4194304");
    const fault = db.pragma("quick_check(1)", { simple: true });
    if (fault !== "ok") throw new AgentError("DATABASE_DAMAGED", `${file}: ${String(fault)}`);
    migrate(db, file, schema);
    return db;
  } catch (error) {
    db.close();
    throw named(error, file);
  }
}

function open(file: string): Sqlite {
  try {
    return new Database(file);
  } catch (error) {
    throw named(error, file);
  }
}

function migrate(db: Sqlite, file: string, schema: URL): void {
  const text = readFileSync(new URL("schema.sql", schema), "utf8");
  const wanted = Number(/^pragma user_version = (\d+);$/m.exec(text)?.[1]);
  let version = Number(db.pragma("user_version", { simple: true }));
  if (version > wanted)
    throw new AgentError("DATABASE_TOO_NEW", `${file} is version ${version}, this program knows ${wanted}`);
  if (version === 0) {
    db.transaction(() => db.exec(text))();
    return;
  }
  for (; version < wanted; version++) {
    const step = readFileSync(new URL(`upgrades/${version}-to-${version + 1}.sql`, schema), "utf8");
    db.transaction(() => db.exec(step))();
  }
}

function named(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const damaged = error.code === "SQLITE_NOTADB" || error.code.startsWith("SQLITE_CORRUPT");
  return new AgentError(damaged ? "DATABASE_DAMAGED" : "DATABASE_UNREADABLE", `${file}: ${error.message}`, error);
}
