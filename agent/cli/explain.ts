// `doorstep explain CLIP --to NAME`: which line of the configuration decided, and what would have to change.
import type { Command } from "commander";
import { rfc3339 } from "../../drivers/clock/clock.ts";
import type { Obligation } from "../consent/decision.ts";
import { explainDecision, type Explanation } from "../consent/explain.ts";
import type { ExplainedClip, ShareState } from "../review/owner.ts";
import { standing } from "./clips.ts";
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
    const decision = await call.agent.get<ExplainedClip>(
      `/clips/${call.argument}/explain?to=${encodeURIComponent(to)}`,
    );
    const explanation = explainDecision(decision, clip, to);
    io.out(call.json ? json(document(clip, to, decision, explanation)) : words(explanation, decision.stands));
  });
}

const document = (clip: string, recipient: string, decision: ExplainedClip, explanation: Explanation): object => ({
  clip,
  recipient,
  effect: decision.effect,
  ...explanation,
  reasons: decision.reasons,
  obligations: decision.obligations.map(obligation),
  stands: decision.stands ?? null,
});

const obligation = (duty: Obligation): object =>
  duty.kind === "not-after" ? { kind: duty.kind, at: rfc3339(duty.at) } : duty;

/** Where a decision of now is not all: something has been done about the clip already, or it is about a picture of it. */
const isNews = ({ state, kind }: ShareState): boolean => DONE.includes(state) || kind !== "clip";
const DONE: readonly ShareState["state"][] = [
  "released",
  "accepted",
  "confirmed",
  "unconfirmed",
  "failed",
  "expired",
  "withdrawn",
];

function words({ verdict, because, change, how }: Explanation, stands: ShareState | undefined): string {
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length ? [`${title}:`, ...lines.map((line) => `  ${line}`)] : [];
  const done = stands && isNews(stands) ? [`${standing(stands)}: ${stands.detail}`] : [];
  return [
    verdict,
    ...list("because", because),
    ...list(change.length > 1 ? "it would go if you did all of this" : "it would go if you", change),
    ...list("how", how),
    ...list("so far", done),
    "",
  ].join("\n");
}
