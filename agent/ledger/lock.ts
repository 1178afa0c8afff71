// One agent to a state directory: a lock that the kernel drops when its holder dies, however it dies.
import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { AgentError } from "../error.ts";

export interface StateLock {
  release(): void;
}

/**
 * Takes the lock `file`, making it and its folder (0700) if needed. It is an empty SQLite database on which a transaction
 * stays open: nothing is ever written to it, and readers of the ledger itself are not kept out.
 *
 * @throws AgentError STATE_IN_USE when another process (or this one) holds it, DATABASE_UNREADABLE when it cannot be made.
 */
export function lockState(file: string): StateLock {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const db = new Database(file, { timeout: 0 });
    try {
      db.exec("begin exclusive");
      chmodSync(file, 0o600);
      return { release: () => void db.close() };
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY"))
      throw new AgentError("STATE_IN_USE", `another agent holds ${file}`, error);
    throw new AgentError("DATABASE_UNREADABLE", `${file}: ${(error as Error).message}`, error);
  }
}
