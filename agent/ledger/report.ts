// What a ledger tells about a household's camera: the facts of `ledger report`, gathered in one pass. report-page.ts shows them.
import { rfc3339, type WallTime } from "../../drivers/clock/clock.ts";
import { type Entry, type EntryDetails, type EntryType, hadLeft } from "./entry.ts";
import type { LedgerReader } from "./reader.ts";

/** A clip, or a picture of it, that was made to leave. */
export interface DisclosedItem {
  readonly at: string;
  readonly disclosure: string;
  readonly kind: string;
  /** Undefined once erased, like the clip it names. */
  readonly clip: string | undefined;
  readonly bytes: number | undefined;
  /** The last word about its delivery; "committed" when there was none, "erased" when its details were; "handed over" as a file. */
  readonly state: string;
  /** Whether any of it is known to have left, whatever became of it afterwards. */
  readonly left: boolean;
  /** Whether its receipt is still kept. */
  readonly receipt: boolean;
}

/** What one recipient was sent. */
export interface ReportedRecipient {
  readonly recipient: string;
  readonly disclosures: readonly DisclosedItem[];
  /** Small messages: rings, motion, and news of its own clips. */
  readonly events: number;
}

/** A request of a third party, and what became of it. */
export interface ReportedRequest {
  readonly at: string;
  readonly request: string;
  readonly kind: string;
  readonly from: string;
  readonly emergency: boolean;
  /** In the owner's words, or undefined: not answered. */
  readonly answer: string | undefined;
  /** Clips the owner handed over because of it. */
  readonly given: number;
}

/** Everything the report says; times are RFC 3339, spans seconds. */
export interface LedgerReport {
  readonly device: string;
  readonly fingerprint: string;
  readonly entries: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly clips: {
    readonly recorded: number;
    /** Of those, what is still there. */
    readonly kept: number;
    readonly objected: number;
    readonly deleted: Readonly<Record<string, number>>;
  };
  /** Seconds between opened and closed; a crash ends an opening with the last entry before the next start. */
  readonly camera_s: number;
  readonly microphone_s: number;
  readonly recipients: readonly ReportedRecipient[];
  readonly viewings: number;
  readonly exports: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly requests: readonly ReportedRequest[];
  readonly policy_changes: readonly {
    readonly at: string;
    readonly tightened: readonly string[];
    readonly widened: readonly string[];
  }[];
  readonly erased_entries: number;
}

const PAGE = 1000;
const HANDED_OVER = "handed over";

/** Reads the whole ledger, a page at a time. */
export function ledgerReport(ledger: LedgerReader): LedgerReport {
  const { device, publicKey } = ledger.identity();
  const tally = new Tally(ledger);
  for (
    let page = ledger.entries({ limit: PAGE });
    page.length;
    page = ledger.entries({ limit: PAGE, after: page.at(-1)!.sequence })
  )
    for (const entry of page) tally.take(entry);
  return { device, fingerprint: publicKey.fingerprint, ...tally.result() };
}

/** How long something was open, from pairs of entries. */
class OpenTime {
  #since: number | undefined;
  #ms = 0;

  open(at: number): void {
    this.#since ??= at;
  }

  close(at: number): void {
    if (this.#since !== undefined) this.#ms += Math.max(0, at - this.#since);
    this.#since = undefined;
  }

  seconds(now: number): number {
    this.close(now);
    return this.#ms / 1000;
  }
}

class Tally {
  readonly #ledger: LedgerReader;
  readonly #camera = new OpenTime();
  readonly #microphone = new OpenTime();
  readonly #deleted: Record<string, number> = {};
  readonly #answers: Record<string, number> = {};
  readonly #items = new Map<string, { recipient: string; item: DisclosedItem }>();
  readonly #events: Record<string, number> = {};
  readonly #requests = new Map<string, ReportedRequest>();
  readonly #changes: LedgerReport["policy_changes"][number][] = [];
  /** The disclosure of media that was committed last. */
  #newest = "";
  #entries = 0;
  #recorded = 0;
  /** Clips that became ready and are still there. */
  readonly #kept = new Set<string>();
  #objected = 0;
  #viewings = 0;
  #exports = 0;
  #erased = 0;
  #first: WallTime | undefined;
  #last = 0 as WallTime;

  constructor(ledger: LedgerReader) {
    this.#ledger = ledger;
  }

  take(entry: Entry): void {
    if (is(entry, "agent.started")) this.#closeAll(this.#last);
    this.#entries++;
    this.#first ??= entry.at;
    this.#last = entry.at;
    if (!entry.details) this.#erased++;
    this.#time(entry);
    this.#count(entry);
    this.#disclosed(entry);
    this.#asked(entry);
  }

  result(): Omit<LedgerReport, "device" | "fingerprint"> {
    const byRecipient = Map.groupBy(this.#items.values(), ({ recipient }) => recipient);
    const recipients = [...new Set([...byRecipient.keys(), ...Object.keys(this.#events)])].sort();
    return {
      entries: this.#entries,
      from: this.#first === undefined ? undefined : rfc3339(this.#first),
      to: this.#first === undefined ? undefined : rfc3339(this.#last),
      clips: { recorded: this.#recorded, kept: this.#kept.size, objected: this.#objected, deleted: this.#deleted },
      camera_s: this.#camera.seconds(this.#last),
      microphone_s: this.#microphone.seconds(this.#last),
      recipients: recipients.map((recipient) => ({
        recipient,
        disclosures: (byRecipient.get(recipient) ?? []).map(({ item }) => item),
        events: this.#events[recipient] ?? 0,
      })),
      viewings: this.#viewings,
      exports: this.#exports,
      answers: this.#answers,
      requests: [...this.#requests.values()],
      policy_changes: this.#changes,
      erased_entries: this.#erased,
    };
  }

  #time({ type, at }: Entry): void {
    if (type === "camera.opened") this.#camera.open(at);
    else if (type === "camera.closed") this.#camera.close(at);
    else if (type === "microphone.opened") this.#microphone.open(at);
    else if (type === "microphone.closed") this.#microphone.close(at);
    else if (type === "agent.stopped") this.#closeAll(at);
  }

  #count(entry: Entry): void {
    if (is(entry, "clip.ready")) {
      this.#recorded++;
      this.#kept.add(entry.ref);
      if (entry.details?.objected) this.#objected++;
    } else if (is(entry, "clip.deleted")) {
      this.#kept.delete(entry.ref);
      add(this.#deleted, entry.details?.why ?? "erased");
    } else if (is(entry, "viewing")) this.#viewings++;
    else if (is(entry, "export")) this.#exports++;
    else if (is(entry, "answer")) add(this.#answers, entry.details?.answer ?? "erased");
    else if (is(entry, "policy.changed"))
      this.#changes.push({
        at: rfc3339(entry.at),
        tightened: entry.details?.tightened ?? [],
        widened: entry.details?.widened ?? [],
      });
  }

  #disclosed(entry: Entry): void {
    if (is(entry, "disclosure")) {
      const kept = this.#ledger.disclosure(entry.ref);
      const recipient = entry.details?.recipient ?? kept?.recipient ?? "(erased)";
      // Only media is a leaf of a recipient's tree.
      if (!kept) return add(this.#events, recipient);
      const { kind = "clip or still", clip, sent_bytes: bytes } = entry.details ?? {};
      const receipt = kept.receipt !== undefined;
      const item = { at: rfc3339(entry.at), disclosure: entry.ref, kind, clip, bytes, state: "committed", left: false };
      this.#items.set(entry.ref, { recipient, item: { ...item, receipt } });
      this.#newest = entry.ref;
    } else if (is(entry, "delivery") || is(entry, "not_released")) {
      const known = this.#items.get(entry.ref);
      if (!known || known.item.state === HANDED_OVER) return;
      const state = is(entry, "delivery") ? (entry.details?.state ?? "erased") : "not released";
      const left = known.item.left || (is(entry, "delivery") && entry.details !== undefined && hadLeft(entry.details));
      this.#items.set(entry.ref, { ...known, item: { ...known.item, state, left } });
    } else if (is(entry, "export")) {
      // It follows the disclosure that it speaks of, in the same transaction.
      const last = this.#items.get(this.#newest);
      if (last && last.recipient === entry.details?.recipient)
        this.#items.set(this.#newest, { ...last, item: { ...last.item, state: HANDED_OVER, left: true } });
    }
  }

  #asked(entry: Entry): void {
    if (is(entry, "request")) {
      const { kind = "(erased)", from = "(erased)", emergency = false } = entry.details ?? {};
      this.#requests.set(entry.ref, {
        at: rfc3339(entry.at),
        request: entry.ref,
        kind,
        from,
        emergency,
        answer: undefined,
        given: 0,
      });
    } else if (is(entry, "request.answered")) {
      const known = this.#requests.get(entry.ref);
      if (known) this.#requests.set(entry.ref, { ...known, answer: entry.details?.answer ?? "(erased)" });
    } else if (is(entry, "request.given")) {
      const known = this.#requests.get(entry.ref);
      if (known) this.#requests.set(entry.ref, { ...known, given: known.given + 1 });
    }
  }

  #closeAll(at: number): void {
    this.#camera.close(at);
    this.#microphone.close(at);
  }
}

const add = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

const is = <T extends EntryType>(entry: Entry, type: T): entry is Entry<T> & { details: EntryDetails[T] | undefined } =>
  entry.type === type;
