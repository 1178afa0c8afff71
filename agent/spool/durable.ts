// Files and folders that are on the card before the next step is taken, and files opened without following anybody's link.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Waits until what is in the file or folder at `path` would survive a power cut. */
export async function fsync(path: string): Promise<void> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  await handle.sync();
}

/** Writes a new file of mode `mode` (or writes it anew) and waits until its bytes are on the card; the folder's entry is not. */
export async function writeDurably(path: string, content: string, mode: number): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  await using handle = await open(path, flags, mode);
  await handle.chmod(mode);
  await writeFile(handle, content);
  await handle.sync();
}

/** Moves `name` from one folder to another of the same file system, and waits until both know. The new one first: rather two names than none. */
export async function moveDurably(from: string, to: string, name: string): Promise<void> {
  await rename(join(from, name), join(to, name));
  await fsync(to);
  await fsync(from);
}

const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Opens an ordinary file for reading and returns its descriptor; undefined for a link, a folder, a pipe, or nothing at all. */
export function openRegular(path: string): number | undefined {
  let file: number;
  try {
    file = openSync(path, READ_ONLY);
  } catch (error) {
    return unlessAbsent(error as NodeJS.ErrnoException);
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  return undefined;
}

/**
 * The whole of an ordinary file of at most `max` bytes; undefined when there is no such thing. For documents of some kilobytes:
 * at once, because four trips to the thread pool cost more than the reading.
 */
export function readRegular(path: string, max: number): Buffer | undefined {
  const file = openRegular(path);
  if (file === undefined) return undefined;
  try {
    return fstatSync(file).size > max ? undefined : readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Turns "there is nothing of that kind" into undefined and throws everything else again. */
export function unlessAbsent(error: NodeJS.ErrnoException): undefined {
  if (["ENOENT", "ELOOP", "ENOTDIR", "ENXIO", "EISDIR"].includes(error.code ?? "")) return undefined;
  throw error;
}
