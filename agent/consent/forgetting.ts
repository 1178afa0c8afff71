// What the gate forgets by age (`retention.ledger`): the documents left in the door, the rows of what is over, requests that were
// dealt with. The ledger's own details go the same day, and its proofs stay.
import { decodeTime } from "ulid";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { DisclosureStore } from "./disclosure-store.ts";
import type { ClipSource, ConsentLedger, Spool } from "./ports.ts";

export interface ForgettingParts {
  readonly spool: Spool;
  readonly rows: DisclosureStore;
  readonly clips: ClipSource;
  readonly ledger: ConsentLedger;
}

/** Forgets what ended before `before`. A clip that is still kept keeps the list of those who had it. */
export async function forgetBefore({ spool, rows, clips, ledger }: ForgettingParts, before: WallTime): Promise<void> {
  for (const folder of ["sent", "failed"] as const)
    for (const entry of await spool.list(folder))
      if (entry.kind !== "stranger" && decodeTime(entry.id.toUpperCase()) < before)
        await spool.remove(folder, entry.name);
  const kept = (clip: string): boolean => {
    const found = clips.find(clip);
    return found !== undefined && found.state !== "deleted";
  };
  ledger.transaction(() => {
    for (const { id, clip } of rows.endedBefore(before)) if (!kept(clip)) rows.remove(id);
    ledger.database.prepare("delete from request where state <> 'open' and answered_ms < ?").run(before);
  });
}
