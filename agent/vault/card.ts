// What the card under the vault says of itself: how much is free, and whether an error means that nothing is.
import { statfsSync } from "node:fs";

/** Bytes that may still be written below `folder` without being root. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Whether SQLite failed because the card is full. */
export const databaseIsFull = (error: unknown): boolean =>
  (error as { readonly code?: unknown } | undefined)?.code === "SQLITE_FULL";
