// Makes a folder that somebody named. Node's own recursion never ends where a folder cannot be made in one that is there, as below /proc.
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { AgentError } from "./error.ts";

/**
 * With its parents, all of `mode`; one that is there stays as it is.
 *
 * @throws the operating system's own error.
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path), mode);
  mkdirSync(path, { mode });
}

/** The folder that somebody named for what they are given. @throws AgentError OUT_NOT_WRITABLE. */
export function outFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (cause) {
    throw new AgentError("OUT_NOT_WRITABLE", path, cause);
  }
}
