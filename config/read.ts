// Reads a configuration file from the disk: never more of it than a configuration can be.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Fault } from "./config.ts";
import { MAX_CONFIG_BYTES, type Parsed, type ParseOptions, parseConfig, tooLarge, wholeFile } from "./parse.ts";

/** Reads and validates the file at `path`; relative paths in it start at its folder. Never throws. */
export async function readConfigFile(path: string, options: Pick<ParseOptions, "demo"> = {}): Promise<Parsed> {
  const bytes = await readConfigBytes(path);
  return bytes instanceof Uint8Array ? parseConfigAt(path, bytes, options) : { faults: [bytes] };
}

/** Validates what stands, or stood, at `path`. */
export const parseConfigAt = (path: string, bytes: Uint8Array, options: Pick<ParseOptions, "demo"> = {}): Parsed =>
  parseConfig(bytes, { ...options, directory: dirname(resolve(path)) });

/** The bytes of the file at `path`, or why there are none. Never throws. */
export async function readConfigBytes(path: string): Promise<Uint8Array | Fault> {
  try {
    // Not to wait for a writer, should the path be a pipe.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (stat.isDirectory()) return wholeFile("CONFIG_FILE_IS_DIRECTORY", `a directory: ${path}`, "a file");
    if (!stat.isFile()) return wholeFile("CONFIG_FILE_UNREADABLE", `something that is no file: ${path}`, "a file");
    if (stat.size > MAX_CONFIG_BYTES) return tooLarge(stat.size);
    // One byte more than allowed, in case the file grows while it is read.
    const buffer = Buffer.alloc(Math.min(MAX_CONFIG_BYTES, stat.size + 65_536) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length > MAX_CONFIG_BYTES ? tooLarge(length) : buffer.subarray(0, length);
  } catch (error) {
    return faultOf(path, error as NodeJS.ErrnoException);
  }
}

function faultOf(path: string, { code, message }: NodeJS.ErrnoException): Fault {
  if (code === "ENOENT" || code === "ENOTDIR") return wholeFile("CONFIG_FILE_MISSING", `no file at ${path}`, "a file");
  if (code === "EISDIR") return wholeFile("CONFIG_FILE_IS_DIRECTORY", `a directory: ${path}`, "a file");
  return wholeFile("CONFIG_FILE_UNREADABLE", `${path}: ${code ?? message}`, "a file that can be read");
}
