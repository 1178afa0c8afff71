// Consecutive entries as SQLite joins them, and what is recomputed from them: one row for hundreds of leaves and one for their
// openings, several times faster than a row each. docs/spec/ledger.md §2 and §8.
import type { Sqlite } from "../sqlite.ts";
import { digestOf, type Digest } from "./digest.ts";
import { commitmentOf } from "./leaf.ts";

/** What follows from the rows of a stretch of entries. None of it has been held against the tree. */
export interface EntryWindow {
  /** The hash of the leaf that each row makes. */
  readonly leaves: readonly Digest[];
  /** Sequences whose details do not open their commitment. */
  readonly changed: readonly number[];
  /** Sequences without details. */
  readonly missing: readonly number[];
  /** Sequences whose newest time does not follow from the one before. */
  readonly untimely: readonly number[];
  /** The newest time the last row carries. */
  readonly newestMs: number;
  /** Whether an entry of type details.erased may be among them. */
  readonly mayErase: boolean;
}

type Leaves = [count: number, bytes: Buffer | null, sizes: string, newest: string, isOwn: string];
type Openings = [count: number, bytes: Buffer | null, sizes: string];

/** Every leaf ends with its commitment in hex and a line end. */
const COMMITMENT_CHARACTERS = 64;

/** Reads windows of one database. */
export class EntryWindows {
  readonly #leaves;
  readonly #openings;
  readonly #kept;

  constructor(db: Sqlite) {
    // RFC 6962 hashes a leaf with a zero byte before it.
    this.#leaves = db
      .prepare<[number, number], Leaves>(
        `select count(*), cast(group_concat(leaf, '') as blob), group_concat(octet_length(leaf)), group_concat(newest_ms),
                group_concat(newest_ms = at_ms, '')
         from (select char(0) || 'doorstep-entry/1' || char(10) || sequence || char(10) || at_ms || char(10) || type ||
                      char(10) || ref || char(10) || lower(hex(commitment)) || char(10) as leaf, newest_ms, at_ms
               from entry where sequence >= ? and sequence < ? order by sequence)`,
      )
      .raw();
    this.#openings = db
      .prepare<[number, number], Openings>(
        `select count(*), cast(group_concat(opening, '') as blob), group_concat(length(opening))
         from (select opening from detail where sequence >= ? and sequence < ? order by sequence)`,
      )
      .raw();
    this.#kept = db
      .prepare<[number, number], number>(
        "select sequence from detail where sequence >= ? and sequence < ? order by sequence",
      )
      .pluck();
  }

  /** The entries [from, to), after one whose newest time was `before`. Undefined unless all of them have a row. */
  read(from: number, to: number, before: number): EntryWindow | undefined {
    const [count, bytes, sizes, newest, isOwn] = this.#leaves.get(from, to)!;
    if (!bytes || count !== to - from) return undefined;
    const leaves: Digest[] = [];
    const commitments: string[] = [];
    const text = bytes.toString("latin1");
    let end = 0;
    for (const size of numbersIn(sizes)) {
      const start = end;
      end += size;
      leaves.push(digestOf(bytes.subarray(start, end)));
      commitments.push(text.slice(end - 1 - COMMITMENT_CHARACTERS, end - 1));
    }
    return {
      leaves,
      ...this.#openedBy(commitments, from),
      ...timesOf(numbersIn(newest), isOwn, from, before),
      mayErase: text.includes("\ndetails.erased\n"),
    };
  }

  #openedBy(commitments: readonly string[], from: number): Pick<EntryWindow, "changed" | "missing"> {
    const to = from + commitments.length;
    const [count, bytes, sizes] = this.#openings.get(from, to)!;
    if (!bytes) return { changed: [], missing: commitments.map((_, place) => from + place) };
    const kept = count === to - from ? undefined : this.#kept.all(from, to);
    const changed: number[] = [];
    let end = 0;
    for (const [n, size] of numbersIn(sizes).entries()) {
      const start = end;
      end += size;
      const sequence = kept ? kept[n]! : from + n;
      if (commitmentOf(bytes.subarray(start, end)) !== commitments[sequence - from]) changed.push(sequence);
    }
    const there = kept && new Set(kept);
    const missing = there ? commitments.map((_, place) => from + place).filter((sequence) => !there.has(sequence)) : [];
    return { changed, missing };
  }
}

/** `newest` is in no leaf, because it follows: it is the one before it or, if that is later, the entry's own time. */
function timesOf(
  newest: readonly number[],
  isOwn: string,
  from: number,
  before: number,
): Pick<EntryWindow, "untimely" | "newestMs"> {
  const untimely: number[] = [];
  let newestMs = before;
  for (const [place, each] of newest.entries()) {
    if (each !== newestMs && !(each > newestMs && isOwn[place] === "1")) untimely.push(from + place);
    newestMs = each;
  }
  return { untimely, newestMs };
}

/** SQLite's list of integers, "1,22,3". */
const numbersIn = (list: string): number[] => JSON.parse(`[${list}]`) as number[];
