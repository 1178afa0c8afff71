// Taking back: the owner's no to what was released or sent, and a recipient's own (docs/spec/consent.md §9.8).
import type { ApprovalChannel } from "../../config/config.ts";
import type { Clock } from "../../drivers/clock/clock.ts";
import { isPicture, MEDIA_KINDS } from "../spool/disclosure.ts";
import type { Clip, ClipId } from "../vault/clip.ts";
import type { Announcements } from "./announcements.ts";
import type { DisclosureStore, StoredDisclosure } from "./disclosure-store.ts";
import type { Docket } from "./docket.ts";
import type { Judge } from "./judge.ts";
import { isOpen } from "./disclosure-store.ts";
import type { Outbox, TakenDown } from "./outbox.ts";
import type { ConsentLedger } from "./ports.ts";
import type { ConsentStore } from "./store.ts";

export interface WithdrawalParts {
  readonly judge: Judge;
  readonly docket: Docket;
  readonly outbox: Outbox;
  readonly announcements: Announcements;
  readonly store: ConsentStore;
  readonly rows: DisclosureStore;
  readonly ledger: ConsentLedger;
  readonly clock: Clock;
}

/** Carries out a no, wherever its clip already is. */
export class Withdrawals {
  readonly #parts: WithdrawalParts;

  constructor(parts: WithdrawalParts) {
    this.#parts = parts;
  }

  /** Writes the owner's no down, stops what is on its way, and tells the recipient of what had left. */
  async refuse(clip: Clip, recipient: string, answer: "denied" | "withdrawn", via: ApprovalChannel): Promise<void> {
    const { ledger, clock, store, docket, judge, rows } = this.#parts;
    const at = clock.wall();
    ledger.transaction(() => {
      ledger.append("answer", clip.id, { recipient, answer, via, clip_sha256: clip.sha256 });
      store.putAnswer(clip.id, recipient, { answer, at, via, clipSha256: clip.sha256 });
      for (const kind of MEDIA_KINDS)
        if (kind === "clip" || store.verdict(clip.id, recipient, kind))
          docket.record(clip, kind, recipient, judge.clip(clip, kind, recipient), at);
    });
    for (const row of rows.ofClip(clip.id).filter((one) => one.recipient === recipient))
      await this.#takeBack(row, `by the owner, ${via}`);
  }

  /** Somebody asked to be erased: everybody it had left for is told. May be called again after a crash. */
  async erased(id: ClipId): Promise<void> {
    for (const row of this.#parts.rows.ofClip(id)) await this.#takeBack(row, "the clip was deleted: erasure");
  }

  async #takeBack(row: StoredDisclosure, why: string): Promise<void> {
    const { outbox, rows } = this.#parts;
    const left = hasLeft(row);
    if (isOpen(row) && (await outbox.takeDown(row.id, "withdrawn", why, left ? "quiet" : "withdrawn"))) {
      if (left) await this.#say(row);
      return;
    }
    // It has come to its end, if only while this waited for its turn.
    const ended = rows.get(row.id);
    if (!ended || !hasLeft(ended)) return;
    outbox.end(ended, "withdrawn", `${why}, after it had been sent`);
    await this.#say(ended);
  }

  /** A recipient's wish not to have what is on its way to it. */
  async forgo(id: ClipId, recipient: string): Promise<void> {
    for (const row of this.#parts.rows.ofClip(id))
      if (row.recipient === recipient && isOpen(row))
        await this.#parts.outbox.takeDown(row.id, "withdrawn", "the recipient did not want it", "withdrawn");
  }

  /** The publisher has stopped, and says how much had left: the choice between silence and a published withdrawal. */
  async answered(report: TakenDown): Promise<void> {
    const row = await this.#parts.outbox.takenDown(report);
    if (row?.stopping === "withdrawn" && report.sent !== "none") await this.#say(row);
  }

  async #say({ clip, recipient, document }: StoredDisclosure): Promise<void> {
    const { announcements } = this.#parts;
    if (isPicture(document)) await announcements.clearPicture(recipient, document.kind, document.media.sha256);
    else await announcements.withdrawn(clip, recipient);
  }
}

const hasLeft = ({ state }: StoredDisclosure): boolean =>
  state === "accepted" || state === "confirmed" || state === "unconfirmed";
