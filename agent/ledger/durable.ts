// Small files that are whole or not there, written while everything else waits: the ledger's calls are synchronous.
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes `file` (0600; its folder 0700 if it has to be made), replacing what was there. Throws the system's own error. */
export function replaceNow(file: string, data: string): void {
  beside(file, data, (half) => renameSync(half, file));
}

/** Writes `file` in the same way, but fails with EEXIST if it is there already. */
export function createNow(file: string, data: string): void {
  beside(file, data, (half) => {
    // link, unlike rename, fails if the name is taken.
    linkSync(half, file);
    rmSync(half);
  });
}

function beside(file: string, data: string, place: (half: string) => void): void {
  const half = `${file}.half-written`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const fd = openSync(half, "w", 0o600);
    try {
      writeSync(fd, data);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    place(half);
  } catch (error) {
    rmSync(half, { force: true });
    throw error;
  }
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
