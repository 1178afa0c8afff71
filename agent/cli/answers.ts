// `doorstep approve | deny | withdraw CLIP --to NAME`: the owner's word on one clip for one recipient.
import type { Command } from "commander";
import type { OwnerAnswer } from "../consent/decision.ts";
import type { ShareState } from "../review/owner.ts";
import { standing } from "./clips.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";

const COMMANDS: readonly { name: string; answer: OwnerAnswer["answer"]; description: string }[] = [
  { name: "approve", answer: "approved", description: "let one clip go to one recipient" },
  { name: "deny", answer: "denied", description: "keep one clip from one recipient, whatever the policy says" },
  {
    name: "withdraw",
    answer: "withdrawn",
    description: "stop a clip on its way, or say publicly that it is withdrawn",
  },
];

/** Adds the commands to `program`. */
export function registerAnswers(program: Command, io: Io): void {
  for (const { name, answer, description } of COMMANDS) {
    const command = program
      .command(`${name} <clip>`)
      .description(description)
      .requiredOption("--to <recipient>", "who")
      .option("--json");
    agentCommand(command, io, async (call) => {
      const to = call.options["to"]!;
      const share = await call.agent.send<ShareState>("POST", `/clips/${call.argument}/answers`, {
        recipient: to,
        answer,
      });
      io.out(call.json ? json(share) : `${share.recipient}: ${standing(share, share.detail)}\n`);
      // The publisher is asked, and answers after this.
      if (!call.json && answer !== "approved" && share.state === "withdrawn" && !share.left)
        io.out(`how much of it had left: doorstep explain ${call.argument} --to ${to}\n`);
      if (answer === "approved" && !RELEASED.has(share.state)) io.exit(1);
    });
  }
}

const RELEASED: ReadonlySet<ShareState["state"]> = new Set(["released", "accepted", "confirmed", "unconfirmed"]);
