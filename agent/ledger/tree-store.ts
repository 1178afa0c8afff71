// The trees in SQLite: their nodes, leaf by leaf, and whatever can be asked of them.
import type { Sqlite } from "../sqlite.ts";
import { AgentError } from "../error.ts";
import { completedBy, consistencyProof, inclusionProof, rootOf, type NodeAt } from "./merkle.ts";
import { positionOf } from "./tree-position.ts";

/** The device's own tree. */
export const DEVICE_TREE = 0;

/** One of the trees in the file. */
export interface Tree {
  readonly id: number;
  readonly origin: string;
  /** Undefined for the device tree. */
  readonly recipient: string | undefined;
}

/**
 * Nodes from this level up are kept in memory once read: a proof in a ledger of a million entries then reads the disk no more
 * often than in one of a thousand.
 */
const KEPT_LEVEL = 8;

/** About 150 bytes each; a million entries have as many. Nobody asks for them all. */
const MOST_KEPT = 8192;

interface TreeRow {
  tree_id: number;
  origin: string;
  recipient: string | null;
}

/** The trees of one database. Writes nothing by itself: {@link TreeStore.append} is part of its caller's transaction. */
export class TreeStore {
  readonly #db: Sqlite;
  readonly #kept = new Map<string, Buffer>();
  readonly #node;
  readonly #insertNode;
  readonly #byOrigin;
  readonly #byId;
  readonly #all;
  readonly #insertTree;

  constructor(db: Sqlite) {
    this.#db = db;
    this.#node = db
      .prepare<[number, number], Buffer>("select hash from node where tree_id = ? and position = ?")
      .pluck();
    this.#insertNode = db.prepare<[number, number, Buffer]>("insert into node values (?, ?, ?)");
    this.#byOrigin = db.prepare<[string], TreeRow>("select * from tree where origin = ?");
    this.#byId = db.prepare<[number], TreeRow>("select * from tree where tree_id = ?");
    this.#all = db.prepare<[], TreeRow>("select * from tree order by tree_id");
    this.#insertTree = db.prepare<[string, string | null]>(
      "insert into tree values ((select coalesce(max(tree_id) + 1, 0) from tree), ?, ?)",
    );
  }

  all(): Tree[] {
    return this.#all.all().map(toTree);
  }

  byOrigin(origin: string): Tree | undefined {
    const row = this.#byOrigin.get(origin);
    return row && toTree(row);
  }

  byId(id: number): Tree | undefined {
    const row = this.#byId.get(id);
    return row && toTree(row);
  }

  /** Call within a transaction. The first tree ever made is the device's. */
  create(origin: string, recipient: string | undefined): Tree {
    const { lastInsertRowid } = this.#insertTree.run(origin, recipient ?? null);
    return { id: Number(lastInsertRowid), origin, recipient };
  }

  /** Adds the leaf that makes the tree `index` + 1 large. Call within a transaction. */
  append(tree: number, index: number, leaf: Buffer): void {
    for (const node of completedBy(index, leaf, this.#nodeAt(tree)))
      this.#insertNode.run(tree, positionOf(node.level, node.index), node.hash);
  }

  leaf(tree: number, index: number): Buffer {
    return this.#nodeAt(tree)(0, index);
  }

  /** @throws AgentError LEDGER_ALTERED when a node is missing. */
  root(tree: number, size: number): Buffer {
    return rootOf(size, this.#nodeAt(tree));
  }

  /** @throws AgentError LEDGER_ALTERED when a node is missing. */
  inclusion(tree: number, index: number, size: number): Buffer[] {
    return inclusionProof(index, size, this.#nodeAt(tree));
  }

  /** @throws AgentError LEDGER_ALTERED when a node is missing. */
  consistency(tree: number, from: number, to: number): Buffer[] {
    return consistencyProof(from, to, this.#nodeAt(tree));
  }

  #nodeAt(tree: number): NodeAt {
    return (level, index) => {
      if (level < KEPT_LEVEL) return this.#read(tree, level, index);
      const name = `${tree}.${level}.${index}`;
      const kept = this.#kept.get(name);
      if (kept) return kept;
      const hash = this.#read(tree, level, index);
      // What is not committed may yet be rolled back; what is will never be another.
      if (!this.#db.inTransaction) {
        if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
        this.#kept.set(name, hash);
      }
      return hash;
    };
  }

  #read(tree: number, level: number, index: number): Buffer {
    const hash = this.#node.get(tree, positionOf(level, index));
    if (!hash) throw new AgentError("LEDGER_ALTERED", `tree ${tree} has lost subtree ${index} of level ${level}`);
    return hash;
  }
}

const toTree = ({ tree_id: id, origin, recipient }: TreeRow): Tree => ({
  id,
  origin,
  recipient: recipient ?? undefined,
});
