// Commands that make the agent do one thing: trigger a simulated input, delete a clip, pause and resume sharing.
import { Argument, type Command } from "commander";
import { agentCommand } from "./command.ts";
import type { Io } from "./io.ts";

/** Adds the commands to `program`. */
export function registerControls(program: Command, io: Io): void {
  const trigger = program
    .command("trigger")
    .description("press a simulated input")
    .addArgument(new Argument("<input>", "which").choices(["pir", "button"]));
  agentCommand(trigger, io, async ({ agent, argument }) => agent.send("POST", "/trigger", { input: argument }));

  agentCommand(
    program.command("delete <clip>").description("erase a clip from the device"),
    io,
    async ({ agent, argument }) => agent.send("DELETE", `/clips/${argument}`),
  );

  agentCommand(program.command("pause").description("stop all sharing until you resume it"), io, async ({ agent }) =>
    agent.send("POST", "/sharing/pause"),
  );
  agentCommand(program.command("resume").description("let the policy share again"), io, async ({ agent }) =>
    agent.send("POST", "/sharing/resume"),
  );
}
