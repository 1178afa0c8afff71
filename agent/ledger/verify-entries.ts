// The device tree, entry by entry: every details against its commitment, every row against its leaf, every gap against the erasures.
import { hash } from "node:crypto";
import type { Sqlite } from "../sqlite.ts";
import { explainMismatch, type EntryRow } from "./explain-change.ts";
import type { Findings } from "./findings.ts";
import { commitmentOf, detailsOf, entryLeaf } from "./leaf.ts";
import { TreeCheck } from "./verify-tree.ts";
import { DEVICE_TREE } from "./tree-store.ts";

type Row = [sequence: number, atMs: number, newestMs: number, type: string, ref: string, commitment: string];

/** Rows whose place in the tree holds something else, kept for an explanation at the end. */
const MOST_EXPLAINED = 50;

export class EntryCheck {
  readonly #db: Sqlite;
  readonly #findings: Findings;
  readonly #tree: TreeCheck;
  readonly #rows;
  readonly #openings;
  readonly #mismatches: { row: EntryRow; stored: string | undefined }[] = [];
  /** Sequences without details, and the ranges that erasures account for. */
  readonly #missing: number[] = [];
  readonly #erased: [number, number][] = [];
  /** The window's rows by sequence, while it is being walked. */
  #window = new Map<number, EntryRow>();
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
    this.#rows = db
      .prepare<[number, number], Row>(
        `select sequence, at_ms, newest_ms, type, ref, lower(hex(commitment)) from entry
         where sequence >= ? and sequence < ? order by sequence`,
      )
      .raw();
    this.#openings = db
      .prepare<[number, number], [sequence: number, opening: string]>(
        "select sequence, hex(opening) from detail where sequence >= ? and sequence < ? order by sequence",
      )
      .raw();
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
    const to = from + this.#tree.ahead();
    if (to === from) return false;
    const openings = new Map(this.#openings.all(from, to));
    this.#window = new Map();
    const leaves = Array<string>(to - from).fill("");
    const newest = new Map<number, number>();
    for (const [sequence, atMs, newestMs, type, ref, commitment] of this.#rows.all(from, to)) {
      const entry: EntryRow = { sequence, atMs, type, ref, commitment };
      this.#window.set(sequence, entry);
      leaves[sequence - from] = hash("sha256", `\0${entryLeaf(entry)}`, "hex");
      this.#details(entry, openings.get(sequence));
      openings.delete(sequence);
      newest.set(sequence, newestMs);
    }
    this.#tree.take(leaves);
    this.#newestTimes(newest);
    for (const sequence of openings.keys())
      this.#findings.other("file changed", `there are details for entry ${sequence}, which is not there`, sequence);
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
      const { kind, what } = explainMismatch(this.#db, row, stored);
      // One entry put in or taken out moves all that follow: they are not news.
      const moved = kind === "entry inserted" || kind === "entry missing";
      if (!(moved && kind === before.kind && row.sequence === before.sequence + 1))
        this.#findings.entry(kind, row, what);
      before = { kind, sequence: row.sequence };
    }
  }

  /** Whether an erasure on record accounts for `sequence`. */
  isErased(sequence: number): boolean {
    return this.#erased.some(([first, last]) => first <= sequence && sequence <= last);
  }

  #details(entry: EntryRow, opened: string | undefined): void {
    if (opened === undefined) {
      this.#missing.push(entry.sequence);
      return;
    }
    const opening = Buffer.from(opened, "hex");
    if (commitmentOf(opening) !== entry.commitment)
      this.#findings.entry("details changed", entry, "its details are not those that were written");
    else if (entry.type === "details.erased") this.#account(entry.sequence, opening);
  }

  /** The one column that is in no leaf, because it follows from the others. */
  #newestTimes(newest: ReadonlyMap<number, number>): void {
    for (const [sequence, newestMs] of newest) {
      const entry = this.#window.get(sequence)!;
      const follows = newestMs === this.#newestMs || newestMs === Math.max(this.#newestMs, entry.atMs);
      if (!follows && !this.#mismatches.some(({ row }) => row === entry))
        this.#findings.entry("entry changed", entry, "the newest time it carries does not follow from those before it");
      this.#newestMs = newestMs;
    }
  }

  #account(sequence: number, opening: Buffer): void {
    const { ranges } = detailsOf(opening) as { ranges: [number, number][] };
    this.#erased.push(...ranges.filter(([, last]) => last < sequence));
  }

  #leafFault(index: number, stored: string | undefined): void {
    const row = this.#window.get(index);
    if (!row) this.#findings.other("entry missing", this.#explainMissing(index), index);
    else if (this.#mismatches.length < MOST_EXPLAINED) this.#mismatches.push({ row, stored });
    else this.#findings.entry("entry changed", row, "it is not what stood at this place");
  }

  #explainMissing(index: number): string {
    const before = this.#window.get(index - 1);
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
    return this.#db
      .prepare<[number], EntryRow>(
        "select sequence, at_ms as atMs, type, ref, lower(hex(commitment)) as commitment from entry where sequence = ?",
      )
      .get(sequence)!;
  }
}
