// Opening a ledger that no agent of ours is running on: the database of a stopped or another agent, a copy, or an export.
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { AgentError } from "../error.ts";
import type { Sqlite } from "../sqlite.ts";
import type { LedgerFault } from "./fault.ts";
import { importExport } from "./import.ts";
import { verifyLedger, type Verdict, type VerifyOptions } from "./verify.ts";

/** Up to here a database is read into memory, so that verifying a copy leaves nothing beside it, even on a read-only stick. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * Opens a ledger for reading. Also one that an agent is using: SQLite lets readers in.
 *
 * @returns the database, which the caller closes, and what was wrong with the file itself.
 * @throws AgentError DATABASE_DAMAGED, DATABASE_UNREADABLE or LEDGER_EXPORT_MALFORMED.
 */
export function openLedgerFile(file: string): { db: Sqlite; faults: readonly LedgerFault[] } {
  try {
    if (!isDatabase(file)) return importExport(file);
    const db = openReadOnly(file);
    try {
      db.prepare("select 1 from entry join node join identity").get();
      return { db, faults: integrityFaults(db) };
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw named(error, file);
  }
}

/**
 * Verifies a ledger.db or an export with the public key alone.
 *
 * @throws AgentError DATABASE_DAMAGED, DATABASE_UNREADABLE or LEDGER_EXPORT_MALFORMED when there is nothing to verify.
 */
export function verifyFile(file: string, options: VerifyOptions): Verdict {
  const { db, faults } = openLedgerFile(file);
  try {
    const verdict = verifyLedger(db, options);
    return { ...verdict, ok: verdict.ok && faults.length === 0, faults: [...verdict.faults, ...faults] };
  } finally {
    db.close();
  }
}

function isDatabase(file: string): boolean {
  const fd = openSync(file, "r");
  try {
    const start = Buffer.alloc(16);
    return readSync(fd, start) === 16 && start.toString("latin1") === "SQLite format 3\0";
  } finally {
    closeSync(fd);
  }
}

function openReadOnly(file: string): Sqlite {
  if (statSync(file).size > MEMORY_BYTES || (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0))
    return new Database(file, { readonly: true, fileMustExist: true });
  const bytes = readFileSync(file);
  // "Read and written with a write-ahead log": there is none, and in memory there cannot be one.
  bytes.fill(1, 18, 20);
  return new Database(bytes, { readonly: true });
}

function integrityFaults(db: Sqlite): LedgerFault[] {
  const rows = db.pragma("integrity_check(5)") as { integrity_check: string }[];
  return rows
    .filter(({ integrity_check }) => integrity_check !== "ok")
    .map(({ integrity_check }) => ({ kind: "file changed", text: `the database is damaged: ${integrity_check}` }));
}

function named(error: unknown, file: string): unknown {
  if (error instanceof AgentError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  const damaged = code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_ERROR";
  return new AgentError(damaged ? "DATABASE_DAMAGED" : "DATABASE_UNREADABLE", `${file}: ${message}`, error);
}
