// Taking details out of the ledger while its proofs stand: for one clip or request, or for everything older than a day.
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { Sqlite } from "../sqlite.ts";
import type { EntryDetails } from "./entry.ts";

export type Erasure =
  /** Everything about one clip, request or disclosure: a clip's disclosures with their receipts and deliveries too. */
  | { readonly why: "erasure"; readonly ref: string }
  /** Everything that was written before a time (`retention.ledger`). */
  | { readonly why: "retention"; readonly before: WallTime };

/** What the eraser needs of the ledger it works on. */
export interface ErasableLedger {
  transaction<T>(work: () => T): T;
  append(type: "details.erased", ref: string, details: EntryDetails["details.erased"]): unknown;
}

/** Entries that say what happened to the ledger itself: without them `verify` could not tell erasure from tampering. */
const PROTECTED = "('details.erased', 'ledger.accepted')";

/** Entries erased in one transaction: keeps the write-ahead log small on a card. */
const BATCH = 2000;

const ABOUT = `
  with about(ref) as (select @ref union select disclosure_id from recipient_leaf where clip_id = @ref)
  select sequence from detail where sequence in (
    select sequence from entry where ref in about and ref <> '' and type not in ${PROTECTED}
    union select sequence from recipient_leaf where clip_id = @ref or disclosure_id = @ref
  ) order by sequence limit ${BATCH}`;

const OLDER = `
  select sequence from detail join entry using (sequence)
  where sequence < @end and type not in ${PROTECTED} order by sequence limit ${BATCH}`;

/** Deletes openings and receipts and writes down which. */
export class Eraser {
  readonly #ledger: ErasableLedger;
  readonly #db: Sqlite;

  constructor(ledger: ErasableLedger, db: Sqlite) {
    this.#ledger = ledger;
    this.#db = db;
  }

  /** @returns how many entries lost their details. */
  erase(erasure: Erasure): number {
    let total = 0;
    const end = erasure.why === "retention" ? this.#firstSince(erasure.before) : 0;
    for (;;) {
      const count = this.#ledger.transaction(() => {
        const sequences =
          erasure.why === "retention" ? this.#select(OLDER, { end }) : this.#select(ABOUT, { ref: erasure.ref });
        if (sequences.length === 0) return 0;
        this.#forget(sequences);
        this.#ledger.append("details.erased", "", {
          why: erasure.why,
          count: sequences.length,
          ranges: ranges(sequences),
        });
        return sequences.length;
      });
      total += count;
      if (count < BATCH) break;
    }
    // Old pages still stand in the write-ahead log until it is emptied. Within a caller's transaction that has to wait.
    if (total > 0 && !this.#db.inTransaction) this.#db.pragma("wal_checkpoint(TRUNCATE)");
    return total;
  }

  #select(sql: string, values: Record<string, string | number>): number[] {
    return this.#db.prepare<[Record<string, string | number>], number>(sql).pluck().all(values);
  }

  #forget(sequences: readonly number[]): void {
    const detail = this.#db.prepare<[number]>("delete from detail where sequence = ?");
    const receipt = this.#db.prepare<[number]>(
      "update recipient_leaf set clip_id = null, receipt = null where sequence = ? and receipt is not null",
    );
    for (const sequence of sequences) {
      detail.run(sequence);
      receipt.run(sequence);
    }
  }

  /** newest_ms never decreases, so the first entry that is young enough is found by halving. */
  #firstSince(before: WallTime): number {
    const newest = this.#db.prepare<[number], number>("select newest_ms from entry where sequence = ?").pluck();
    let low = 0;
    let high = this.#db.prepare<[], number>("select coalesce(max(sequence) + 1, 0) from entry").pluck().get() ?? 0;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((newest.get(middle) ?? 0) < before) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Ascending numbers as inclusive ranges. */
function ranges(sequences: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const sequence of sequences) {
    const open = found.at(-1);
    if (open && open[1] === sequence - 1) open[1] = sequence;
    else found.push([sequence, sequence]);
  }
  return found;
}
