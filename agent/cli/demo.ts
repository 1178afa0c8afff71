// `doorstep demo`: tells the doorstep story on simulated hardware, and stays up on a terminal until Ctrl-C.
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { Narrator } from "./demo-narrator.ts";
import { Stage } from "./demo-stage.ts";
import { Story, type Ask } from "./demo-story.ts";
import { guarded } from "./command.ts";
import type { Io } from "./io.ts";

const PATIENCE = seconds(20);

/** Adds the command to `program`. */
export function registerDemo(program: Command, io: Io): void {
  program
    .command("demo")
    .description("the doorstep story on simulated hardware: what is recorded, asked, sent and kept")
    .option("--file <recording>", "play your own recording instead of the drawn doorstep")
    .action(({ file }: { file?: string }) => guarded(io, false, () => demo(io, file)));
}

async function demo(io: Io, file?: string): Promise<void> {
  const clock = new SystemClock();
  const narrator = new Narrator(io);
  const stage = new Stage();
  const ask = io.terminal ? question(io) : unattended(io);
  let finished = false;
  try {
    await new Story({ stage, narrator, clock, ask, ...(file !== undefined && { file: resolve(file) }) }).tell();
    finished = true;
    io.out(`\n${narrator.held} expectations held, ${narrator.failed} did not\n`);
    if (narrator.failed) io.exit(1);
    if (io.terminal) await staysUp(io, stage);
  } finally {
    await stage.close();
    if (finished && !narrator.failed && !io.terminal) stage.sweep();
    else io.out(`logs and recordings are in ${stage.folder}\n`);
  }
}

async function staysUp(io: Io, stage: Stage): Promise<void> {
  io.out(
    `\nThe agent stays up until Ctrl-C. Meanwhile, in another terminal:\n  ./doorstep status --state ${stage.state}\n  ./doorstep clips --state ${stage.state}\n`,
  );
  if (!io.interrupted.aborted) await once(io.interrupted, "abort");
}

const unattended =
  (io: Io): Ask =>
  (text) => {
    io.out(`    ${text}y   (no terminal: the script answers)\n`);
    return Promise.resolve(true);
  };

const question =
  (io: Io): Ask =>
  async (text) => {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
      const answer = await terminal.question(`    ${text}`, {
        signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), io.interrupted]),
      });
      return /^y/i.test(answer.trim());
    } catch {
      io.interrupted.throwIfAborted();
      io.out("y   (nobody answered: the script does)\n");
      return true;
    } finally {
      terminal.close();
    }
  };
