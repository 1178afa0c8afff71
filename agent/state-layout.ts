// Makes the state directory: who may pass through, who may read (DESIGN §10).
import { accessSync, chmodSync, constants } from "node:fs";
import { dirname } from "node:path";
import { AgentError } from "./error.ts";
import { makeFolder } from "./folder.ts";
import type { StatePaths } from "./state-directory.ts";

/** 0711: the publisher passes through to the door; what it must not see is private one level below. */
const PASSAGE = 0o711;
const PRIVATE = 0o700;

/** Creates what is missing, with its modes. @throws AgentError STATE_UNWRITABLE. */
export function prepareState(paths: StatePaths): void {
  try {
    makeFolder(paths.root, PASSAGE);
    accessSync(paths.root, constants.W_OK);
    for (const folder of [dirname(paths.clips), paths.clips, paths.stills, dirname(paths.ledger), paths.keys])
      makeFolder(folder, PRIVATE);
    makeFolder(dirname(paths.spool), PASSAGE);
    chmodSync(dirname(paths.spool), PASSAGE);
  } catch (error) {
    throw new AgentError("STATE_UNWRITABLE", `${paths.root}: ${(error as Error).message}`, error);
  }
}
