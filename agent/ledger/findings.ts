// What a verification has found so far: faults in the order of the entries they concern, not more than anybody would read.
import type { FaultKind, LedgerFault } from "./fault.ts";

/** As much of an entry's row as a message needs. */
export interface NamedEntry {
  readonly sequence: number;
  readonly atMs: number;
  readonly type: string;
  readonly ref: string;
}

/** Faults of an entry itself, as against what follows from them elsewhere. */
const DIRECT: ReadonlySet<FaultKind> = new Set([
  "details changed",
  "details missing",
  "entry changed",
  "entry missing",
  "entry inserted",
  "entries swapped",
]);

/**
 * What may merely follow from an entry that was changed: an erasure's record that cannot be read accounts for nothing, and a root
 * over a changed leaf is another root.
 */
const CONSEQUENCES: ReadonlySet<FaultKind> = new Set(["details missing", "receipt missing", "history rewritten"]);

/** Enough to see the pattern; the first is the one that counts. */
const MOST_FAULTS = 50;

/** Collects faults and puts them in the order in which somebody would want to read them. */
export class Findings {
  readonly #faults: LedgerFault[] = [];
  #more = 0;

  /** `what` continues the sentence that begins with the entry's name. */
  entry(kind: FaultKind, entry: NamedEntry, what: string): void {
    const { sequence, type, atMs } = entry;
    const at = rfc3339(atMs);
    this.#add({ kind, sequence, type, at, text: `${nameOf(entry)}: ${what}` });
  }

  /** A fault of no one entry whose row can be shown; `sequence` when it is known where it begins. */
  other(kind: FaultKind, text: string, sequence?: number): void {
    this.#add(sequence === undefined ? { kind, text } : { kind, sequence, text });
  }

  add(faults: readonly LedgerFault[]): void {
    for (const fault of faults) this.#add(fault);
  }

  /** The first changed entry first, and of one entry what was done to itself; faults that belong to no entry last. */
  get faults(): LedgerFault[] {
    const changed = this.#faults.some(({ kind }) => DIRECT.has(kind) && !CONSEQUENCES.has(kind));
    const order = ({ sequence, kind }: LedgerFault): number => {
      if (sequence === undefined || (changed && CONSEQUENCES.has(kind))) return Number.MAX_VALUE;
      return sequence * 2 + (DIRECT.has(kind) ? 0 : 1);
    };
    const sorted = this.#faults.toSorted((a, b) => order(a) - order(b));
    if (this.#more > 0) sorted.push({ kind: "file changed", text: `and ${this.#more} more faults` });
    return sorted;
  }

  #add(fault: LedgerFault): void {
    if (this.#faults.length < MOST_FAULTS) this.#faults.push(fault);
    else this.#more++;
  }
}

/** entry 7 (answer, 2026-11-22T12:00:05.000Z, 01jd…) */
export const nameOf = ({ sequence, type, atMs, ref }: NamedEntry): string =>
  `entry ${sequence} (${[type, rfc3339(atMs), ref].filter(Boolean).join(", ")})`;

/** Any number that a damaged row may hold; the clock driver's rfc3339 takes real times only. */
const rfc3339 = (ms: number): string => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `time ${ms}` : date.toISOString();
};
