// The command line: every command under one name, with help that a newcomer can follow.
import { Command } from "commander";
import { registerAnswers } from "./answers.ts";
import { registerClips } from "./clips.ts";
import { registerControls } from "./controls.ts";
import { registerDemo } from "./demo.ts";
import type { Io } from "./io.ts";
import { registerPlay } from "./play.ts";
import { registerRun, type Launch } from "./run.ts";
import { registerStatus } from "./status.ts";

const AFTER_HELP = `
Start with:
  doorstep demo                        the whole story on simulated hardware
  doorstep check doorstep.toml         is my configuration right, and what does it permit?
  doorstep run --config doorstep.toml  start the agent

Exit codes: 0 done, 1 the answer is no, 2 usage, 3 cannot reach the agent.`;

/** The whole program, ready to parse arguments. `launch` starts the roles. Usage errors set exit code 2. */
export function program(io: Io, version: string, launch: Launch): Command {
  const root = new Command("doorstep")
    .description("A doorbell camera agent that asks its owner first.")
    .version(version)
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showSuggestionAfterError()
    .addHelpText("after", AFTER_HELP)
    .exitOverride();
  registerRun(root, io, launch);
  registerDemo(root, io);
  registerStatus(root, io);
  registerClips(root, io);
  registerPlay(root, io);
  registerAnswers(root, io);
  registerControls(root, io);
  return root;
}
