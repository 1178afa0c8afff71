// A file that a command is given to look at: told apart from one that is there and no good.
import { accessSync, constants, statSync } from "node:fs";
import { AgentError } from "../error.ts";

/** `path`, if there is a file to read. @throws AgentError OPTION_FILE_UNREADABLE. */
export function givenFile(path: string): string {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new AgentError("OPTION_FILE_UNREADABLE", path, cause);
  }
  if (!statSync(path).isFile()) throw new AgentError("OPTION_FILE_UNREADABLE", `${path} is no file`);
  return path;
}
