// `doorstep explain CLIP --to NAME`: which line of the configuration decided, and what would have to change.
import type { Command } from "commander";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import type { Decision, Obligation } from "../consent/decision.ts";
import { explainDecision, type Explanation } from "../consent/explain.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";

/** Adds the command to `program`. */
export function registerExplain(program: Command, io: Io): void {
  const command = program
    .command("explain <clip>")
    .description("why a clip may or may not go to somebody, and what would have to change")
    .requiredOption("--to <recipient>", "who")
    .option("--json");
  agentCommand(command, io, async (call) => {
    const to = call.options["to"]!;
    const clip = decodeURIComponent(call.argument);
    const decision = await call.agent.get<Decision>(`/clips/${call.argument}/explain?to=${encodeURIComponent(to)}`);
    const explanation = explainDecision(decision, clip, to);
    io.out(call.json ? json(document(clip, to, decision, explanation)) : words(explanation));
  });
}

const document = (clip: string, recipient: string, decision: Decision, explanation: Explanation): object => ({
  clip,
  recipient,
  effect: decision.effect,
  ...explanation,
  reasons: decision.reasons,
  obligations: decision.obligations.map(obligation),
});

const obligation = (duty: Obligation): object =>
  duty.kind === "not-after" ? { kind: duty.kind, at: rfc3339(duty.at) } : duty;

function words({ verdict, because, change, how }: Explanation): string {
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length ? [`${title}:`, ...lines.map((line) => `  ${line}`)] : [];
  return [verdict, ...list("because", because), ...list("it would go if you", change), ...list("how", how), ""].join(
    "\n",
  );
}
