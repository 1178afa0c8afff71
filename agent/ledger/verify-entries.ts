// The device tree, entry by entry: every details against its commitment, every row against its leaf, every gap against the erasures.
import type { Sqlite } from "../sqlite.ts";
import { bytesOf, type Digest } from "./digest.ts";
import { EntryWindows, type EntryWindow } from "./entry-window.ts";
import { explainMismatch, type EntryRow } from "./explain-change.ts";
import type { Findings } from "./findings.ts";
import { detailsOf } from "./leaf.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import { TreeCheck } from "./verify-tree.ts";
import { DEVICE_TREE } from "./tree-store.ts";

/** Rows whose place in the tree holds something else, kept for an explanation at the end. */
const MOST_EXPLAINED = 50;

export class EntryCheck {
  readonly #db: Sqlite;
  readonly #findings: Findings;
  readonly #tree: TreeCheck;
  readonly #windows: EntryWindows;
  readonly #row;
  readonly #erasures;
  readonly #mismatches: { row: EntryRow; stored: Digest | undefined }[] = [];
  /** Sequences without details, and the ranges that erasures account for. */
  readonly #missing: number[] = [];
  readonly #erased = new SequenceRanges();
  #newestMs = 0;
  readonly #began: number;

  constructor(db: Sqlite, findings: Findings) {
    this.#db = db;
    this.#findings = findings;
    this.#tree = new TreeCheck(db, DEVICE_TREE, {
      leaf: (index, stored) => this.#leafFault(index, stored),
      node: (first, last) =>
        findings.other(
          "tree changed",
          `the tree's hash over entries ${first} to ${last} was changed or is missing`,
          first,
        ),
    });
    this.#began = this.#tree.extent().leaves;
    this.#windows = new EntryWindows(db);
    this.#row = db.prepare<[number], EntryRow>(
      "select sequence, at_ms as atMs, type, ref, lower(hex(commitment)) as commitment from entry where sequence = ?",
    );
    this.#erasures = db.prepare<[number, number], { sequence: number; opening: Buffer }>(
      `select sequence, opening from entry join detail using (sequence)
       where sequence >= ? and sequence < ? and type = 'details.erased'`,
    );
  }

  /** The device tree as far as it has been walked. */
  get tree(): TreeCheck {
    return this.#tree;
  }

  /** Entries walked so far. */
  get size(): number {
    return this.#tree.size;
  }

  /** Entries whose details are gone, those included that went after they had been walked. */
  erased(): number {
    if (this.size === this.#began) return this.#missing.length;
    const kept = this.#db.prepare<[], number>("select count(*) from detail").pluck().get() ?? 0;
    return this.size - kept;
  }

  /** Entries there were when the walk began. */
  get began(): number {
    return this.#began;
  }

  /** Walks one window; false when the tree ends. */
  step(): boolean {
    const from = this.#tree.size;
    let count = this.#tree.ahead();
    if (count === 0) return false;
    let window = this.#windows.read(from, from + count, this.#newestMs);
    // A window with a gap is tried in halves, down to the entry that is not there.
    while (!window && count > 1) {
      count >>= 1;
      window = this.#windows.read(from, from + count, this.#newestMs);
    }
    if (window) this.#whole(window, from);
    else this.#gap(from);
    return true;
  }

  /** What only shows when everything has been walked. Walks whatever has been appended meanwhile first. */
  finish(): void {
    while (this.step());
    const { leaves, whole } = this.#tree.extent();
    if (!whole) this.#findings.other("tree changed", "the tree has nodes too many or too few at its end", leaves);
    this.#beyond(leaves);
    this.#explain();
    for (const sequence of this.#missing.filter((gone) => !this.isErased(gone)).slice(0, MOST_EXPLAINED))
      this.#findings.entry(
        "details missing",
        this.#named(sequence),
        "its details are gone, though no erasure was written down",
      );
  }

  #explain(): void {
    let before = { kind: "", sequence: Number.NaN };
    for (const { row, stored } of this.#mismatches) {
      const { kind, what } = explainMismatch(this.#db, row, stored && bytesOf(stored).toString("hex"));
      // One entry put in or taken out moves all that follow: they are not news.
      const moved = kind === "entry inserted" || kind === "entry missing";
      if (!(moved && kind === before.kind && row.sequence === before.sequence + 1))
        this.#findings.entry(kind, row, what);
      before = { kind, sequence: row.sequence };
    }
  }

  /** Whether an erasure on record accounts for `sequence`. */
  isErased(sequence: number): boolean {
    return this.#erased.holds(sequence);
  }

  #whole({ leaves, changed, missing, untimely, newestMs, mayErase }: EntryWindow, from: number): void {
    for (const sequence of changed)
      this.#findings.entry("details changed", this.#named(sequence), "its details are not those that were written");
    if (mayErase)
      for (const { sequence, opening } of this.#erasures.all(from, from + leaves.length))
        if (!changed.includes(sequence)) this.#account(sequence, opening);
    for (const sequence of missing) this.#missing.push(sequence);
    this.#tree.take(leaves);
    for (const sequence of untimely)
      if (!this.#mismatches.some(({ row }) => row.sequence === sequence))
        this.#findings.entry(
          "entry changed",
          this.#named(sequence),
          "the newest time it carries does not follow from those before it",
        );
    this.#newestMs = newestMs;
  }

  #gap(sequence: number): void {
    this.#tree.take([""]);
    if (this.#db.prepare("select 1 from detail where sequence = ?").get(sequence))
      this.#findings.other("file changed", `there are details for entry ${sequence}, which is not there`, sequence);
  }

  #account(sequence: number, opening: Buffer): void {
    const { ranges } = detailsOf(opening) as { ranges: [number, number][] };
    for (const [first, last] of ranges) if (last < sequence) this.#erased.add(first, last);
  }

  #leafFault(index: number, stored: Digest | undefined): void {
    const row = this.#row.get(index);
    if (!row) this.#findings.other("entry missing", this.#explainMissing(index), index);
    else if (this.#mismatches.length < MOST_EXPLAINED) this.#mismatches.push({ row, stored });
    else this.#findings.entry("entry changed", row, "it is not what stood at this place");
  }

  #explainMissing(index: number): string {
    const before = this.#row.get(index - 1);
    const place = before ? `, after ${new Date(before.atMs).toISOString()} (${before.type})` : "";
    return `entry ${index} is missing${place}: its hash is in the tree, the entry is not`;
  }

  /** Rows past the end of the tree were never appended by the ledger. */
  #beyond(leaves: number): void {
    const rows = this.#db
      .prepare<[number], EntryRow>(
        `select sequence, at_ms as atMs, type, ref, lower(hex(commitment)) as commitment from entry
         where sequence >= ? order by sequence limit 20`,
      )
      .all(leaves);
    for (const row of rows)
      this.#findings.entry(
        "entry inserted",
        row,
        "it is not in the tree: it was added behind the ledger's back, or the tree was cut",
      );
    const detail = this.#db
      .prepare<[number], number>(
        "select sequence from detail where sequence >= ? and sequence not in (select sequence from entry) limit 1",
      )
      .pluck()
      .get(leaves);
    if (detail !== undefined)
      this.#findings.other("file changed", `there are details for entry ${detail}, which is not there`, detail);
  }

  #named(sequence: number): EntryRow {
    return this.#row.get(sequence)!;
  }
}
