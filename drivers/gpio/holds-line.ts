// Whether a child has got its GPIO line: what it has open says so, where the program itself does not.
import { readdirSync, readlinkSync } from "node:fs";
import { type Clock, milliseconds } from "../clock/clock.ts";
import type { SupervisedProcess } from "../process/process.ts";

const PAUSE = milliseconds(5);
const TRIES = 400;

/** Resolves when the kernel has given `child` a line (within two seconds) or the child has ended. */
export async function holdsLine(child: SupervisedProcess, clock: Clock): Promise<void> {
  const over = new AbortController();
  void child.ended.then(() => over.abort());
  for (let i = 0; i < TRIES && !over.signal.aborted && !hasLine(child.pid); i++)
    await clock.sleep(PAUSE, over.signal).catch(() => {});
}

/** The kernel names a requested line "anon_inode:gpio-event", "…gpio-linehandle" or "…gpio-line". */
function hasLine(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => /^anon_inode:\[?gpio-/.test(readlinkSync(`${folder}/${fd}`)));
  } catch {
    // It has just ended, or closed what we were looking at.
    return false;
  }
}
