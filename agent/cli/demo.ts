// `doorstep demo`: tells the doorstep story on simulated hardware, and stays up on a terminal until Ctrl-C.
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import type { IssuedCode } from "../review/one-time-code.ts";
import { Narrator } from "./demo-narrator.ts";
import { Stage } from "./demo-stage.ts";
import { Story, type Ask } from "./demo-story.ts";
import { guarded } from "./guarded.ts";
import { givenFile } from "./given-file.ts";
import type { Io } from "./io.ts";
import { openBridge } from "./page.ts";

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
  const played = file === undefined ? {} : { file: resolve(givenFile(file)) };
  const clock = new SystemClock();
  const narrator = new Narrator(io);
  const stage = new Stage();
  const ask = io.terminal ? question(io) : unattended(io);
  let finished = false;
  try {
    await new Story({ stage, narrator, clock, ask, ...played }).tell();
    finished = true;
    io.out(`\n${narrator.held} expectations held, ${narrator.failed} did not\n`);
    if (narrator.failed) io.exit(1);
    if (io.terminal) await staysUp(io, stage);
  } finally {
    await stage.close();
    if (finished && !narrator.failed && !io.terminal) {
      stage.sweep();
      io.out(`what anna received stays in ${stage.received}; the rest of the demo is gone\n`);
    } else io.out(`logs and recordings are in ${stage.folder}\n`);
  }
}

async function staysUp(io: Io, stage: Stage): Promise<void> {
  const bridge = await openBridge(stage.state, 0);
  const { code } = await stage.agent.send<IssuedCode>("POST", "/review/code");
  io.out(
    `\nThe agent stays up until Ctrl-C. Look at it:\n  ${bridge.address}   one-time code: ${code}\n  another code: ./doorstep review code --state ${stage.state}\n  somebody rings: ./doorstep trigger button --state ${stage.state}\n`,
  );
  if (!io.interrupted.aborted) await once(io.interrupted, "abort");
  bridge.close();
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
