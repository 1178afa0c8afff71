// A ledger's database that is damaged beyond reading: moved aside as evidence, never deleted, so that recording can go on in a new one.
import { existsSync, renameSync } from "node:fs";
import Database from "better-sqlite3";
import { AgentError } from "../error.ts";

/** Whether `error`, of opening a database and looking at it, says that what is there is not a ledger any more. */
export const isDamage = (error: unknown): boolean =>
  error instanceof AgentError
    ? error.code === "DATABASE_DAMAGED"
    : error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|ERROR|CONSTRAINT|MISMATCH)/.test(error.code);

/**
 * Moves `file` with its journals to `FILE.damaged-1`, -2…
 *
 * @returns where it is now. Throws the system's own error.
 */
export function setAside(file: string): string {
  let n = 1;
  while (existsSync(`${file}.damaged-${n}`)) n++;
  const aside = `${file}.damaged-${n}`;
  renameSync(file, aside);
  for (const journal of ["-wal", "-shm"]) if (existsSync(file + journal)) renameSync(file + journal, aside + journal);
  return aside;
}
