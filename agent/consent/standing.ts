// How things stand, for the owner's lists: where each clip is for each recipient, and who has had it. Reads only.
import { type Entry, hadLeft } from "../ledger/entry.ts";
import type { ShareState } from "../review/owner.ts";
import { MEDIA_KINDS } from "../spool/disclosure.ts";
import type { HowMuchLeft } from "../spool/door.ts";
import type { Clip, ClipId } from "../vault/clip.ts";
import { isOpen } from "./disclosure-store.ts";
import type { DisclosureStore, StoredDisclosure } from "./disclosure-store.ts";
import type { Judge } from "./judge.ts";
import type { ClipSource, ConsentLedger } from "./ports.ts";
import { shareState } from "./share-state.ts";
import type { ConsentStore, Verdict } from "./store.ts";

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
    const [sent, verdicts] = [rows.ofClip(id), store.verdicts(id)];
    const names = new Set([
      ...judge.config.recipients.map(({ name }) => name),
      ...sent.map(({ recipient }) => recipient),
    ]);
    return [...names].map((name) => this.#stands(clip, name, sent, verdicts));
  }

  share(clip: Clip, recipient: string): ShareState {
    const { rows, store } = this.#parts;
    return this.#stands(clip, recipient, rows.ofClip(clip.id), store.verdicts(clip.id));
  }

  /** Of the clip; where rules withhold that, of a picture that they let go, or ask about. */
  #stands(clip: Clip, recipient: string, sent: readonly StoredDisclosure[], verdicts: readonly Verdict[]): ShareState {
    const { judge, store } = this.#parts;
    let first: ShareState | undefined;
    for (const kind of MEDIA_KINDS) {
      const isIt = (one: StoredDisclosure | Verdict): boolean => one.recipient === recipient && one.kind === kind;
      const [last, verdict] = [sent.find(isIt), verdicts.find(isIt)];
      if (first && !last && !verdict) continue;
      const stands = shareState({ recipient, kind }, last, verdict, {
        answer: () => store.answer(clip.id, recipient, clip.sha256)?.answer,
        now: () => judge.clip(clip, kind, recipient),
        left: () => last && this.#left(last),
      });
      if (stands.rule === undefined) return stands;
      first ??= stands;
    }
    return first!;
  }

  /** How much of something had left when it was stopped, as far as that was said. */
  #left({ id, stopping }: StoredDisclosure): HowMuchLeft | undefined {
    const words = this.#deliveries(id).flatMap(({ details }) => (details ? [details] : []));
    const said = words.findLast(({ left }) => left !== undefined)?.left;
    if (said || stopping !== undefined) return said;
    return words.some(hadLeft) ? { sent: "all" } : undefined;
  }

  #deliveries(ref: string): readonly Entry<"delivery">[] {
    return this.#parts.ledger.entries({ type: "delivery", ref, limit: ENTRIES_EACH });
  }

  /** Who was sent this clip, or some of it, by what the publisher reported. */
  hadReceived(id: ClipId): readonly string[] {
    const left = this.#parts.rows
      .ofClip(id)
      .filter(({ id: ref }) => this.#deliveries(ref).some(({ details }) => !details || hadLeft(details)));
    return [...new Set(left.map(({ recipient }) => recipient))].sort();
  }

  /** Whether something of this clip was permitted for somebody and has not reached its end. */
  waits(id: ClipId): boolean {
    return this.#parts.rows.ofClip(id).some(isOpen);
  }
}
