// `doorstep play CLIP`: fetches a clip from the agent, whose vault only the agent may read, and writes it where the owner says.
import { resolve } from "node:path";
import type { Command } from "commander";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";
import { writeOut } from "./out-file.ts";

/** Adds the command to `program`. */
export function registerPlay(program: Command, io: Io): void {
  const command = program
    .command("play <clip>")
    .description("write a clip to a file to look at it (this viewing goes into the ledger)")
    .option("--out <file>", "where to; the clip's own name in this folder if absent")
    .option("--json");
  agentCommand(command, io, async (call) => {
    const media = await call.agent.stream(`/clips/${call.argument}/media`);
    const file = resolve(call.options["out"] ?? `${call.argument}.mp4`);
    await writeOut(file, media);
    io.out(call.json ? json({ file }) : `${file}\n`);
  });
}
