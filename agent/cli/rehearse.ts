// `doorstep rehearse --config FILE`: what would have left under another configuration, by the ledger of the running agent. Nothing
// is released, and nothing of FILE is put in force.
import type { Command } from "commander";
import { rfc3339, type WallTime } from "../../drivers/clock/clock.ts";
import { rehearse, type Rehearsal, type RehearsedShare } from "../consent/rehearse.ts";
import type { Entry } from "../ledger/entry.ts";
import type { ClipView, Outcome } from "../review/owner.ts";
import { statePaths } from "../state-directory.ts";
import { pictureFiles } from "../vault/clip-file.ts";
import type { AgentClient } from "./agent-client.ts";
import { Refusal } from "./refusal.ts";
import { agentCommand } from "./command.ts";
import { json, type Io } from "./io.ts";
import { validConfig } from "./valid-config.ts";

/** A share that is not what happened, with the storyboard of its clip while there is one. */
interface Seen extends RehearsedShare {
  readonly storyboard: string | undefined;
}

/** Adds the command to `program`. */
export function registerRehearse(program: Command, io: Io): void {
  const command = program
    .command("rehearse")
    .description("what would have left under another configuration, and what would have stayed")
    .requiredOption("--config <file>", "the configuration to try")
    .option("--json");
  agentCommand(command, io, async ({ agent, json: asJson, options, stateDirectory }) => {
    const outcome = rehearse(await history(agent), await validConfig(options["config"]!));
    const paths = statePaths(stateDirectory);
    const seen = (shares: readonly RehearsedShare[]): Promise<readonly Seen[]> =>
      Promise.all(
        shares.map(async (share) => ({
          ...share,
          storyboard: (await hasPictures(agent, share.clip)) ? pictureFiles(paths, share.clip).storyboard : undefined,
        })),
      );
    const added = await seen(outcome.added);
    const asked = await seen(outcome.asked);
    io.out(asJson ? json(document(outcome, added, asked)) : words(outcome, added, asked));
  });
}

/** Entries in one question to the agent. */
const PAGE = 1000;

/** All that was written down, in order. */
async function history(agent: AgentClient): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const after = entries.at(-1)?.sequence ?? -1;
    const { json: page } = await agent.get<Outcome>(`/ledger/list?after=${after}&limit=${PAGE}`);
    const found = page["entries"] as readonly (Omit<Entry, "at" | "details"> & {
      at: string;
      details: Entry["details"] | null;
    })[];
    for (const entry of found)
      entries.push({ ...entry, at: Date.parse(entry.at) as WallTime, details: entry.details ?? undefined });
    if (found.length < PAGE) return entries;
  }
}

async function hasPictures(agent: AgentClient, clip: string): Promise<boolean> {
  try {
    const { pictures, state } = await agent.get<ClipView>(`/clips/${encodeURIComponent(clip)}`);
    return pictures && state !== "deleted";
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

const shareDocument = ({ clip, recipient, at, reasons, storyboard }: Seen): object => ({
  ...{ clip, recipient, at: rfc3339(at), reasons },
  storyboard: storyboard ?? null,
});

const document = (outcome: Rehearsal, added: readonly Seen[], asked: readonly Seen[]): object => ({
  added: added.map(shareDocument),
  removed: outcome.removed.map(({ clip, recipient, at, reasons }) => ({ clip, recipient, at: rfc3339(at), reasons })),
  asked: asked.map(shareDocument),
  same: outcome.same,
  clips: outcome.clips,
  erased: outcome.erased,
});

function words(outcome: Rehearsal, added: readonly Seen[], asked: readonly Seen[]): string {
  const line = ({ clip, recipient, at, reasons, storyboard }: RehearsedShare & Partial<Seen>): string =>
    `  ${clip}  ${rfc3339(at)}  ${recipient}: ${reasons.join("; ")}${storyboard ? `\n      ${storyboard}` : ""}`;
  const part = (title: string, shares: readonly (RehearsedShare & Partial<Seen>)[]): string[] =>
    shares.length ? [`${title} (${shares.length}):`, ...shares.map(line)] : [];
  const { removed, same, clips, erased } = outcome;
  return [
    `${clips} ${clips === 1 ? "clip" : "clips"} looked at${erased ? `, the details of ${erased} of them are erased` : ""}`,
    ...part("would have left, and did not", added),
    ...part("left, and would have stayed", removed),
    ...part("would have been asked about", asked),
    added.length || removed.length || asked.length
      ? `left, and would have left all the same: ${same}`
      : "nothing would have been different",
    "",
  ].join("\n");
}
