// The signed heads of a ledger's trees: when one is made, which are kept, and the newest once more beside the key (kept-head.ts).
import type { Sqlite } from "../sqlite.ts";
import type { KeptHead } from "./kept-head.ts";
import { signCheckpoint, type Signer } from "./note.ts";
import { DEVICE_TREE, type Tree, type TreeStore } from "./tree-store.ts";

/** A signed head of the device tree at least this often, in entries. */
const SIGNED_EVERY = 256;

/** Of the heads of a tree between two multiples of this only the newest is kept: each costs a verification a signature. */
const KEPT_EVERY = 4096;

export interface SignedHeadsParts {
  readonly db: Sqlite;
  readonly trees: TreeStore;
  readonly kept: KeptHead;
  /** The key to sign with; undefined while nothing may be signed. */
  readonly signer: () => Signer | undefined;
}

/** What is written here is part of its caller's transaction. */
export class SignedHeads {
  readonly #parts: SignedHeadsParts;
  readonly #stored;
  readonly #insert;
  readonly #thin;
  #due = false;

  constructor(parts: SignedHeadsParts) {
    this.#parts = parts;
    const { db } = parts;
    this.#stored = db
      .prepare<[number, number], string>("select note from checkpoint where tree_id = ? and size = ?")
      .pluck();
    this.#insert = db.prepare<[number, number, string]>("insert or replace into checkpoint values (?, ?, ?)");
    this.#thin = db.prepare<[number, number, number]>(
      "delete from checkpoint where tree_id = ? and size >= ? and size < ?",
    );
  }

  /** The stored note of this head. */
  stored(tree: number, size: number): string | undefined {
    return this.#stored.get(tree, size);
  }

  /** Signs the device tree's head if it is time for one. */
  appended(size: number): void {
    if (size % SIGNED_EVERY === 0) this.signDevice(size);
  }

  /** As {@link sign}, for the device's own tree as it is. */
  signDevice(size: number): string | undefined {
    const device = this.#parts.trees.byId(DEVICE_TREE);
    return device && this.sign(device, size);
  }

  /** Undefined, and nothing written, while nothing may be signed. `root`: that of the first `size` leaves. */
  sign(tree: Tree, size: number, root = this.#parts.trees.root(tree.id, size)): string | undefined {
    const key = this.#parts.signer();
    if (!key) return undefined;
    const note = signCheckpoint({ origin: tree.origin, size, root }, key);
    this.#thin.run(tree.id, size - ((size + KEPT_EVERY - 1) % KEPT_EVERY), size);
    this.#insert.run(tree.id, size, note);
    if (tree.id === DEVICE_TREE) this.#due = true;
    return note;
  }

  /** A transaction begins. */
  begun(): void {
    this.#due = false;
  }

  /** It was committed. `newest`: what was written, not what was signed on the way: part of the work may have been rolled back. */
  committed(newest: () => string | undefined): void {
    if (this.#due) this.#parts.kept.soon(newest);
  }
}
