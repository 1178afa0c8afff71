// What each broker has taught us about the size of a packet (docs/spec/wire.md §3), and where that is remembered.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closed, integer, oneOf, optional, parseJson } from "../spool/shape.ts";
import { LARGEST_PACKET } from "./packet.ts";

/** Bytes of whole packets. */
export interface Learned {
  /** Larger ones are not tried. */
  readonly limit?: number;
  /** The largest that was ever accepted: no broken connection can talk us below it. */
  readonly accepted: number;
}

/** Below this a packet is never the reason why a connection broke. */
export const SMALLEST_LIMIT = 9_216;

/** Of a broker never met. */
export const NOTHING_LEARNED: Learned = { accepted: 0 };

/** What is known after a packet of `bytes` was accepted. The same object if nothing is new. */
export const afterAccepted = (known: Learned, bytes: number): Learned =>
  bytes <= known.accepted ? known : { ...known, accepted: bytes };

/** What is known after a packet of `bytes` was too large: half of it may be tried. The same object if it cannot have been. */
export function afterTooLarge(known: Learned, bytes: number): Learned {
  const limit = Math.max(Math.floor(bytes / 2), known.accepted, SMALLEST_LIMIT);
  return limit < bytes && limit < (known.limit ?? LARGEST_PACKET) ? { ...known, limit } : known;
}

/**
 * What is known of the way to one recipient after a packet of `bytes` was acknowledged and did not arrive, time and again: half of
 * it may be tried. What was acknowledged proves nothing there.
 */
export function afterSwallowed({ limit = LARGEST_PACKET }: Learned, bytes: number): Learned {
  return { limit: Math.max(Math.floor(Math.min(bytes, limit) / 2), SMALLEST_LIMIT), accepted: 0 };
}

const isLearned = closed<Learned>({
  limit: optional(integer(SMALLEST_LIMIT, LARGEST_PACKET)),
  accepted: integer(0, LARGEST_PACKET),
});

/** Where the way to a recipient has a limit of its own: of what anna lacks, nobody else is to see anything. */
export const wayTo = (broker: string, recipient: string): string => `${broker} ${recipient}`;

/** `limits.json` in the publisher's own directory, by broker or by {@link wayTo}. Losing it costs a few broken connections and nothing else. */
export class LimitStore {
  readonly #file: string;
  readonly #brokers = new Map<string, Learned>();

  constructor(directory: string) {
    this.#file = join(directory, "limits.json");
    for (const [broker, learned] of Object.entries(stored(this.#file)))
      if (isLearned(learned)) this.#brokers.set(broker, learned);
  }

  get(broker: string): Learned {
    return this.#brokers.get(broker) ?? NOTHING_LEARNED;
  }

  /** Writes only when a limit changed: what was accepted alone is not worth the card. */
  set(broker: string, learned: Learned): void {
    const before = this.get(broker);
    this.#brokers.set(broker, learned);
    if (before.limit === learned.limit) return;
    const document = { v: 1, brokers: Object.fromEntries(this.#brokers) };
    try {
      writeFileSync(`${this.#file}.new`, `${JSON.stringify(document)}\n`);
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // A full disk: it is known until the next start, and learned again then.
    }
  }
}

const isStored = closed<{ v: 1; brokers: Record<string, unknown> }>({
  v: oneOf(1),
  brokers: (value): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value),
});

function stored(file: string): Record<string, unknown> {
  try {
    const value = parseJson(readFileSync(file));
    return isStored(value) ? value.brokers : {};
  } catch {
    return {};
  }
}
