// How things stand, for the owner's lists: where each clip is for each recipient, and who has had it. Reads only.
import type { ShareState } from "../review/owner.ts";
import type { Clip, ClipId } from "../vault/clip.ts";
import { isOpen } from "./disclosure-store.ts";
import type { DisclosureStore } from "./disclosure-store.ts";
import type { Judge } from "./judge.ts";
import type { ClipSource, ConsentLedger } from "./ports.ts";
import { shareState } from "./share-state.ts";
import type { ConsentStore } from "./store.ts";

export interface StandingParts {
  readonly judge: Judge;
  readonly store: ConsentStore;
  readonly rows: DisclosureStore;
  readonly ledger: ConsentLedger;
  readonly clips: ClipSource;
}

/** A disclosure's life has no more entries than this. */
const ENTRIES_EACH = 20;

/** Answers the owner's questions from rows and ledger. */
export class Standing {
  readonly #parts: StandingParts;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** For every recipient of the configuration, in its order, then for everybody else who was ever sent it. */
  shares(id: ClipId): readonly ShareState[] {
    const { judge, rows, clips, store } = this.#parts;
    const clip = clips.find(id);
    if (!clip) return [];
    const sent = rows.ofClip(id).filter(({ kind }) => kind === "clip");
    const verdicts = store.verdicts(id).filter(({ kind }) => kind === "clip");
    const names = new Set([
      ...judge.config.recipients.map(({ name }) => name),
      ...sent.map(({ recipient }) => recipient),
    ]);
    return [...names].map((name) =>
      shareState(
        name,
        sent.find(({ recipient }) => recipient === name),
        verdicts.find(({ recipient }) => recipient === name),
        this.#more(clip, name),
      ),
    );
  }

  share(clip: Clip, recipient: string): ShareState {
    const { rows, store } = this.#parts;
    const [last, verdict] = [rows.last(clip.id, recipient, "clip"), store.verdict(clip.id, recipient, "clip")];
    return shareState(recipient, last, verdict, this.#more(clip, recipient));
  }

  /** What only some states need to know: looked up when they do. */
  #more(clip: Clip, recipient: string): Parameters<typeof shareState>[3] {
    const { judge, store } = this.#parts;
    return {
      answer: () => store.answer(clip.id, recipient, clip.sha256)?.answer,
      now: () => judge.clip(clip, "clip", recipient),
    };
  }

  /** Who was sent this clip, or some of it, by what the publisher reported. */
  hadReceived(id: ClipId): readonly string[] {
    const { ledger, rows } = this.#parts;
    const left = rows
      .ofClip(id)
      .filter(({ id: ref }) =>
        ledger
          .entries({ type: "delivery", ref, limit: ENTRIES_EACH })
          .some(({ details }) => ["accepted", "confirmed", "unconfirmed"].includes(details?.state ?? "accepted")),
      );
    return [...new Set(left.map(({ recipient }) => recipient))].sort();
  }

  /** Whether something of this clip was permitted for somebody and has not reached its end. */
  waits(id: ClipId): boolean {
    return this.#parts.rows.ofClip(id).some(isOpen);
  }
}
