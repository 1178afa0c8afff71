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
  agentCommand(trigger, io, async ({ agent, argument }) => {
    await agent.send("POST", "/trigger", { input: argument });
  });

  const remove = program.command("delete <clip>").description("erase a clip from the device");
  agentCommand(remove, io, async ({ agent, argument }) => {
    await agent.send("DELETE", `/clips/${argument}`);
    io.out(`${argument}: erased; the ledger says that it was there\n`);
  });

  const pause = program.command("pause").description("stop all sharing until you resume it");
  agentCommand(pause, io, async ({ agent }) => {
    await agent.send("POST", "/sharing/pause");
    io.out("paused: nothing leaves until `doorstep resume`\n");
  });

  const resume = program.command("resume").description("let the policy share again");
  agentCommand(resume, io, async ({ agent }) => {
    await agent.send("POST", "/sharing/resume");
    io.out("resumed: the policy decides again\n");
  });
}
