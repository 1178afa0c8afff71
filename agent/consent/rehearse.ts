// What would have left under another policy: the ledger's facts, played once more. Pure. Nothing is released by it.
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { Entry, EntryDetails } from "../ledger/entry.ts";
import type { ClipId } from "../vault/clip.ts";
import { decide } from "./decide.ts";
import type { Decision, OwnerAnswer, Policy } from "./decision.ts";
import { localTime } from "./local-time.ts";

/** One clip for one recipient, as it would be. */
export interface RehearsedShare {
  readonly clip: ClipId;
  readonly recipient: string;
  /** When the clip was ready, or its answer came. */
  readonly at: WallTime;
  /** Why, in the words of the new policy. */
  readonly reasons: readonly string[];
}

/** The difference between what happened and what would have. */
export interface Rehearsal {
  /** Would have left, and did not. */
  readonly added: readonly RehearsedShare[];
  /** Left, and would not have. */
  readonly removed: readonly RehearsedShare[];
  /** Left, and would have. */
  readonly same: number;
  /** Would have been asked about, and was neither sent nor refused. */
  readonly asked: readonly RehearsedShare[];
  /** Clips that were looked at, and those whose details are erased. */
  readonly clips: number;
  readonly erased: number;
}

type Ready = EntryDetails["clip.ready"];

/** Plays `entries`, in the order they were written, under `policy`. */
export function rehearse(entries: Iterable<Entry>, policy: Policy): Rehearsal {
  const play = new Play(policy);
  for (const entry of entries) play.hear(entry);
  return play.outcome();
}

class Play {
  readonly #policy: Policy;
  readonly #clips = new Map<ClipId, Ready>();
  readonly #would = new Map<string, RehearsedShare>();
  readonly #asked = new Map<string, RehearsedShare>();
  readonly #did = new Map<string, { readonly clip: ClipId; readonly recipient: string; readonly at: WallTime }>();
  /** Disclosure id → key of #did, until it is known to have left. */
  readonly #unsent = new Map<string, string>();
  readonly #sent = new Map<string, number>();
  readonly #paused = new Set<string>();
  #erased = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  hear(entry: Entry): void {
    const { type, ref, at, details } = entry;
    if (details === undefined) {
      if (type === "clip.ready") this.#erased++;
      return;
    }
    if (type === "clip.ready") {
      this.#clips.set(ref, details as Ready);
      for (const { name } of this.#policy.recipients) this.#decide(ref, name, at);
    } else if (type === "answer") this.#answer(ref, details as EntryDetails["answer"], at);
    else if (type === "disclosure") this.#disclosed(ref, details as EntryDetails["disclosure"], at);
    else if (type === "export") this.#handedOver(ref, (details as EntryDetails["export"]).recipient);
    else if (type === "not_released") this.#notSent(ref);
    else if (type === "delivery") this.#delivered(ref, details as EntryDetails["delivery"]);
    else if (type === "sharing.paused") this.#paused.add(ref);
    else if (type === "sharing.resumed") this.#paused.delete(ref);
  }

  outcome(): Rehearsal {
    const added = [...this.#would].filter(([key]) => !this.#did.has(key)).map(([, share]) => share);
    const removed = [...this.#did].filter(([key]) => !this.#would.has(key)).map(([, did]) => this.#why(did));
    return {
      added,
      removed,
      same: this.#would.size - added.length,
      asked: [...this.#asked].filter(([key]) => !this.#would.has(key) && !this.#did.has(key)).map(([, share]) => share),
      clips: this.#clips.size + this.#erased,
      erased: this.#erased,
    };
  }

  #decide(clip: ClipId, recipient: string, at: WallTime, answer?: OwnerAnswer): Decision {
    const decision = this.#decision(clip, recipient, at, answer);
    const key = keyOf(clip, recipient);
    const share = { clip, recipient, at, reasons: decision.reasons.map(({ text }) => text) };
    if (decision.effect === "ask") this.#asked.set(key, share);
    if (decision.effect !== "permit" || this.#would.has(key)) return decision;
    this.#would.set(key, share);
    const day = this.#day(recipient, at);
    this.#sent.set(day, (this.#sent.get(day) ?? 0) + 1);
    return decision;
  }

  #decision(clip: ClipId, recipient: string, at: WallTime, answer?: OwnerAnswer): Decision {
    const facts = this.#clips.get(clip)!;
    return decide(
      this.#policy,
      {
        kind: "clip",
        recipient,
        triggers: facts.triggers,
        zones: facts.zones,
        startedAt: Date.parse(facts.started) as WallTime,
        startTrusted: facts.clock_trusted,
        hasAudio: facts.audio,
        objected: facts.objected,
      },
      {
        now: at,
        clockTrusted: facts.clock_trusted,
        sentToday: this.#sent.get(this.#day(recipient, at)) ?? 0,
        paused: this.#paused.has("") || this.#paused.has(recipient),
        ...(answer ? { answer } : {}),
      },
    );
  }

  #answer(clip: ClipId, { recipient, answer, via, clip_sha256 }: EntryDetails["answer"], at: WallTime): void {
    if (this.#clips.get(clip)?.sha256 !== clip_sha256) return;
    if (answer === "approved") this.#decide(clip, recipient, at, { answer, via, at });
    else this.#asked.delete(keyOf(clip, recipient));
  }

  #disclosed(ref: string, { kind, clip, recipient }: EntryDetails["disclosure"], at: WallTime): void {
    if (kind !== "clip") return;
    const key = keyOf(clip, recipient);
    this.#did.set(key, { clip, recipient, at });
    this.#unsent.set(ref, key);
  }

  /** The owner's own hand is bound by no policy: it would have been the same under any. */
  #handedOver(clip: ClipId, recipient: string): void {
    this.#did.delete(keyOf(clip, recipient));
  }

  #delivered(ref: string, { state }: EntryDetails["delivery"]): void {
    if (state === "accepted" || state === "confirmed" || state === "unconfirmed") this.#unsent.delete(ref);
    else this.#notSent(ref);
  }

  #notSent(ref: string): void {
    const key = this.#unsent.get(ref);
    if (key !== undefined) this.#did.delete(key);
    this.#unsent.delete(ref);
  }

  #why({ clip, recipient, at }: { clip: ClipId; recipient: string; at: WallTime }): RehearsedShare {
    const known = this.#clips.has(clip);
    const reasons = known
      ? this.#decision(clip, recipient, at).reasons.map(({ text }) => text)
      : ["its details are erased"];
    return { clip, recipient, at, reasons };
  }

  #day(recipient: string, at: WallTime): string {
    return `${recipient} ${localTime(this.#policy.device.timezone)?.date(at) ?? ""}`;
  }
}

const keyOf = (clip: ClipId, recipient: string): string => `${clip} ${recipient}`;
