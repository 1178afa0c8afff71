// A whole ledger as one text file, a JSON object a line, that anybody can verify with the public key. docs/spec/ledger.md §9.
import type { Sqlite } from "../sqlite.ts";
import { detailsOf, SALT_BYTES } from "./leaf.ts";
import { LedgerReader } from "./reader.ts";
import { DEVICE_TREE, TreeStore } from "./tree-store.ts";

export interface ExportHeader {
  readonly doorstep_ledger: 1;
  readonly device: string;
  /** Base64 of 32 bytes. Whoever verifies brings the key from elsewhere; this one only says which to look for. */
  readonly public_key: string;
}

/** One line for each tree. */
export interface ExportTree {
  readonly tree: number;
  readonly origin: string;
  readonly recipient: string | null;
}

/** One line for each entry. */
export interface ExportEntry {
  readonly entry: number;
  readonly at_ms: number;
  readonly newest_ms: number;
  readonly type: string;
  readonly ref: string;
  /** Lower-case hex, like every hash and salt here. */
  readonly commitment: string;
  /** The leaf hash in the device tree. */
  readonly leaf: string;
  /** Both absent once erased. */
  readonly salt?: string;
  readonly details?: unknown;
}

/** One line for each media disclosure. */
export interface ExportDisclosure {
  readonly disclosure: string;
  readonly tree: number;
  readonly index: number;
  /** Its entry in the device tree. */
  readonly sequence: number;
  readonly commitment: string;
  readonly leaf: string;
  /** Both null once erased. */
  readonly clip: string | null;
  readonly receipt: string | null;
}

/** One line for each signed head that is kept. */
export interface ExportCheckpoint {
  readonly checkpoint: number;
  readonly tree: number;
  readonly note: string;
}

/** The last line: without it the file was cut off. */
export interface ExportEnd {
  readonly end: { readonly entries: number; readonly disclosures: number; readonly checkpoints: number };
}

export type ExportLine = ExportHeader | ExportTree | ExportEntry | ExportDisclosure | ExportCheckpoint | ExportEnd;

/** Entries read at a time, so that the database is never held while somebody writes a line. */
const PAGE = 500;

interface EntryRow extends Omit<ExportEntry, "leaf" | "salt" | "details"> {
  readonly opening: Buffer | null;
}

/** The lines of the export, in order, each without its newline. Yields to nobody: fast enough for a command line. */
export function* exportLines(db: Sqlite): Generator<string> {
  const trees = new TreeStore(db);
  const { device, publicKey } = new LedgerReader(db).identity();
  const counts = { entries: 0, disclosures: 0, checkpoints: 0 };
  yield line({ doorstep_ledger: 1, device, public_key: publicKey.base64 });
  for (const row of paged<EntryRow>(db, ENTRIES, (row) => row.entry)) {
    const { opening, ...entry } = row;
    const leaf = trees.leaf(DEVICE_TREE, entry.entry).toString("hex");
    const opened = opening && { salt: opening.toString("hex", 0, SALT_BYTES), details: detailsOf(opening) };
    yield line({ ...entry, leaf, ...opened });
    counts.entries++;
  }
  for (const { id, origin, recipient } of trees.all()) yield line({ tree: id, origin, recipient: recipient ?? null });
  for (const row of paged<Omit<ExportDisclosure, "leaf">>(db, DISCLOSURES, (row) => row.sequence)) {
    yield line({ ...row, leaf: trees.leaf(row.tree, row.index).toString("hex") });
    counts.disclosures++;
  }
  for (const row of db.prepare<[], ExportCheckpoint>(CHECKPOINTS).all()) {
    yield line(row);
    counts.checkpoints++;
  }
  yield line({ end: counts });
}

const ENTRIES = `
  select sequence as entry, at_ms, newest_ms, type, ref, lower(hex(commitment)) as "commitment", opening
  from entry left join detail using (sequence) where sequence > ? order by sequence limit ${PAGE}`;

const DISCLOSURES = `
  select disclosure_id as disclosure, tree_id as tree, leaf_index as "index", sequence,
         lower(hex(commitment)) as "commitment", clip_id as clip, receipt
  from recipient_leaf where sequence > ? order by sequence limit ${PAGE}`;

const CHECKPOINTS = "select size as checkpoint, tree_id as tree, note from checkpoint order by tree_id, size";

function* paged<T>(db: Sqlite, sql: string, sequenceOf: (row: T) => number): Generator<T> {
  const page = db.prepare<[number], T>(sql);
  for (let rows = page.all(-1); rows.length; rows = page.all(sequenceOf(rows.at(-1)!))) yield* rows;
}

const line = (value: ExportLine): string => JSON.stringify(value);
