// Everything that can be asked of a ledger without a key: entries, heads, receipts, checkpoints, proofs. Never writes.
import type { WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { Sqlite } from "../sqlite.ts";
import type { Entry, EntryDetails, EntryType } from "./entry.ts";
import { detailsOf, SALT_BYTES, type EntryLeaf } from "./leaf.ts";
import { PublicKey } from "./public-key.ts";
import { DEVICE_TREE, TreeStore, type Tree } from "./tree-store.ts";

/** A head as the ledger's own entries write it. */
export interface Head {
  /** Leaves. */
  readonly size: number;
  /** Base64 of 32 bytes. */
  readonly root: string;
}

/** Which entries are wanted. */
export interface EntryQuery<T extends EntryType = EntryType> {
  /** Entries with a greater sequence; from the first by default. */
  readonly after?: number;
  /** At most this many; 100 by default. */
  readonly limit?: number;
  readonly type?: T;
  readonly ref?: string;
}

/** What is kept of one media disclosure besides its entry. */
export interface StoredReceipt {
  readonly disclosure: string;
  readonly recipient: string;
  /** Position in the recipient's tree. */
  readonly index: number;
  /** Its entry in the device tree. */
  readonly sequence: number;
  /** Undefined once erased, together with the receipt. */
  readonly clip: string | undefined;
  /** Compact JWS. */
  readonly receipt: string | undefined;
}

interface EntryRow {
  sequence: number;
  at_ms: number;
  type: EntryType;
  ref: string;
  opening: Buffer | null;
}

interface ReceiptRow {
  disclosure_id: string;
  recipient: string;
  leaf_index: number;
  sequence: number;
  clip_id: string | null;
  receipt: string | null;
}

const RECEIPTS =
  "select disclosure_id, recipient, leaf_index, sequence, clip_id, receipt from recipient_leaf join tree using (tree_id)";

/** A ledger that is only looked at, on any connection. */
export class LedgerReader {
  protected readonly db: Sqlite;
  protected readonly trees: TreeStore;
  readonly #newest;
  readonly #one;
  readonly #size;
  readonly #receipt;
  readonly #latest;

  constructor(db: Sqlite) {
    this.db = db;
    this.trees = new TreeStore(db);
    this.#newest = db.prepare<[], { sequence: number; newest_ms: number }>(
      "select sequence, newest_ms from entry order by sequence desc limit 1",
    );
    this.#one = db.prepare<[number], EntryRow>(
      "select sequence, at_ms, type, ref, opening from entry left join detail using (sequence) where sequence = ?",
    );
    this.#size = db
      .prepare<[number], number>("select coalesce(max(leaf_index) + 1, 0) from recipient_leaf where tree_id = ?")
      .pluck();
    this.#receipt = db.prepare<[string], ReceiptRow>(`${RECEIPTS} where disclosure_id = ?`);
    this.#latest = db
      .prepare<[number], string>("select note from checkpoint where tree_id = ? order by size desc limit 1")
      .pluck();
  }

  /** Entries in the device tree. */
  get size(): number {
    return (this.last()?.sequence ?? -1) + 1;
  }

  protected last(): { sequence: number; newest_ms: number } | undefined {
    return this.#newest.get();
  }

  /** @throws AgentError LEDGER_ALTERED when the ledger has lost what it says of itself. */
  identity(): { device: string; publicKey: PublicKey } {
    const row = this.db.prepare<[], { device: string; public_key: Buffer }>("select * from identity").get();
    if (!row) throw new AgentError("LEDGER_ALTERED", "it does not say whose it is");
    return { device: row.device, publicKey: new PublicKey(row.public_key) };
  }

  /** The device tree as it is now. */
  head(): Head {
    return this.headAt(this.size);
  }

  /** The device tree as it was when it had `size` entries. */
  headAt(size: number): Head {
    return this.#head(DEVICE_TREE, size);
  }

  /** A recipient's own tree as it is now: size 0 as long as nothing was disclosed to it. */
  recipientHead(recipient: string): Head {
    const tree = this.treeOf(recipient);
    return tree ? this.#head(tree.id, this.treeSize(tree)) : this.#head(-1, 0);
  }

  /** Recipients with a tree, in the order of their first disclosure. */
  recipients(): string[] {
    return this.trees.all().flatMap(({ recipient }) => recipient ?? []);
  }

  /** The newest time that was written while the clock was trusted: no clock is trusted behind it. Undefined when empty. */
  newestAt(): WallTime | undefined {
    return this.last()?.newest_ms as WallTime | undefined;
  }

  /** The entry at `sequence`, or undefined beyond the end. */
  entry(sequence: number): Entry | undefined {
    const row = this.#one.get(sequence);
    return row && toEntry(row);
  }

  /** What the leaf of entry `sequence` is made of, and the salt (hex) while its details are kept. */
  leafOf(sequence: number): (EntryLeaf & { readonly salt?: string }) | undefined {
    const row = this.db
      .prepare<[number], EntryLeaf & { opening: Buffer | null }>(
        `select sequence, at_ms as atMs, type, ref, lower(hex(commitment)) as "commitment", opening
         from entry left join detail using (sequence) where sequence = ?`,
      )
      .get(sequence);
    if (!row) return undefined;
    const { opening, ...leaf } = row;
    return { ...leaf, ...(opening ? { salt: opening.toString("hex", 0, SALT_BYTES) } : {}) };
  }

  /** In the order they were written. */
  entries<T extends EntryType = EntryType>({ after = -1, limit = 100, type, ref }: EntryQuery<T> = {}): Entry<T>[] {
    const where = ["sequence > @after", ...(type ? ["type = @type"] : []), ...(ref ? ["ref = @ref"] : [])];
    const rows = this.db
      .prepare<[{ after: number; limit: number; type?: string; ref?: string }], EntryRow>(
        `select sequence, at_ms, type, ref, opening from entry left join detail using (sequence)
         where ${where.join(" and ")} order by sequence limit @limit`,
      )
      .all({ after, limit, ...(type ? { type } : {}), ...(ref ? { ref } : {}) });
    return rows.map((row) => toEntry(row) as Entry<T>);
  }

  /** The receipt of a disclosure, or undefined when there is none or it was erased. */
  receiptOf(disclosure: string): string | undefined {
    return this.disclosure(disclosure)?.receipt;
  }

  disclosure(id: string): StoredReceipt | undefined {
    const row = this.#receipt.get(id);
    return row && toReceipt(row);
  }

  /** Media disclosures in the order they were written; of one recipient if named. `after` is an entry's sequence. */
  disclosures(query: { recipient?: string; after?: number; limit?: number } = {}): StoredReceipt[] {
    const { recipient, after = -1, limit = 100 } = query;
    const where = recipient === undefined ? "" : "and recipient = @recipient";
    return this.db
      .prepare<[{ recipient?: string; after: number; limit: number }], ReceiptRow>(
        `${RECEIPTS} where sequence > @after ${where} order by sequence limit @limit`,
      )
      .all({ after, limit, ...(recipient === undefined ? {} : { recipient }) })
      .map(toReceipt);
  }

  /** The newest signed head of the device tree, which may be older than the tree. */
  storedCheckpoint(recipient?: string): string | undefined {
    const tree = recipient === undefined ? DEVICE_TREE : this.treeOf(recipient)?.id;
    return tree === undefined ? undefined : this.#latest.get(tree);
  }

  /** Base64 path from entry `sequence` to the root of the first `size` entries. */
  inclusion(sequence: number, size: number): string[] {
    return this.trees.inclusion(DEVICE_TREE, sequence, size).map((hash) => hash.toString("base64"));
  }

  /** Base64 proof that the device tree, or a recipient's, of `to` leaves only appended to that of `from`. */
  consistency(from: number, to: number, recipient?: string): string[] {
    const tree = recipient === undefined ? DEVICE_TREE : this.treeOf(recipient)?.id;
    if (tree === undefined) return [];
    return this.trees.consistency(tree, from, to).map((hash) => hash.toString("base64"));
  }

  /** The tree of `recipient` under the device's present name; undefined before the first disclosure to it. */
  protected treeOf(recipient: string): Tree | undefined {
    return this.trees.all().findLast((tree) => tree.recipient === recipient);
  }

  protected treeSize(tree: Tree): number {
    return tree.id === DEVICE_TREE ? this.size : this.#size.get(tree.id)!;
  }

  #head(tree: number, size: number): Head {
    return { size, root: this.trees.root(tree, size).toString("base64") };
  }
}

const toEntry = ({ sequence, at_ms, type, ref, opening }: EntryRow): Entry => ({
  sequence,
  at: at_ms as WallTime,
  type,
  ref,
  details: opening ? (detailsOf(opening) as EntryDetails[EntryType]) : undefined,
});

const toReceipt = (row: ReceiptRow): StoredReceipt => ({
  disclosure: row.disclosure_id,
  recipient: row.recipient,
  index: row.leaf_index,
  sequence: row.sequence,
  clip: row.clip_id ?? undefined,
  receipt: row.receipt ?? undefined,
});
