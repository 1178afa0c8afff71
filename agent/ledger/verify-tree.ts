// Recomputing one Merkle tree from its leaves against the stored nodes, window by window.
import { hash } from "node:crypto";
import type { Sqlite } from "../sqlite.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { nodeCount } from "./tree-position.ts";

/** Leaves looked at in one go: a few milliseconds on a small board. */
export const WINDOW = 512;

export interface TreeFaults {
  /** The stored hash of leaf `index` is not `leaf`; `stored` is undefined when it is missing. */
  leaf(index: number, stored: string | undefined): void;
  /** A stored inner hash is not that of its two stored children, or is missing. Covers leaves `first` to `last`. */
  node(first: number, last: number): void;
}

/**
 * Walks the nodes of a tree in stored order. Inner hashes are held against their *stored* children, so that one altered
 * hash is one or two faults where it stands and not a trail of them up to the root.
 */
export class TreeCheck {
  readonly #db: Sqlite;
  readonly #tree: number;
  readonly #faults: TreeFaults;
  /** By level, the stored hash (hex) of the last subtree with an even index: the peaks of what has been walked. */
  readonly #left: string[] = [];
  /** By level, whether that subtree's own hash was at fault: its parent's need not be reported as well. */
  readonly #suspect: boolean[] = [];
  #size = 0;

  constructor(db: Sqlite, tree: number, faults: TreeFaults) {
    this.#db = db;
    this.#tree = tree;
    this.#faults = faults;
  }

  /** Leaves walked so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Leaves the stored nodes make up, by their number; and whether they are what such a tree has, neither fewer nor more.
   */
  extent(): { leaves: number; whole: boolean } {
    const { count, last } = this.#db
      .prepare<[number], { count: number; last: number | null }>(
        "select count(*) as count, max(position) as last from node where tree_id = ?",
      )
      .get(this.#tree)!;
    const end = (last ?? -1) + 1;
    // A few missing nodes leave the rest in place; a wild position far out must not be walked to.
    const nodes = end - count < 1000 ? end : count;
    const leaves = leavesOf(nodes);
    return { leaves, whole: count === end && nodeCount(leaves) === nodes };
  }

  /** Takes the next leaves (lower-case hex), at most WINDOW. */
  take(leaves: readonly string[]): void {
    const nodes = this.#window(this.#size, this.#size + leaves.length);
    let at = 0;
    for (const leaf of leaves) {
      const index = this.#size++;
      let hash = nodes(at++);
      let suspect = hash !== leaf;
      if (suspect) this.#faults.leaf(index, hash);
      let level = 0;
      let subtree = index;
      for (; subtree % 2 === 1; level++) {
        const expected = pairHash(this.#left[level], hash);
        const known = suspect || this.#suspect[level] === true;
        subtree = (subtree - 1) / 2;
        hash = nodes(at++);
        suspect = hash !== expected && !known;
        if (suspect) this.#faults.node(subtree * 2 ** (level + 1), index);
      }
      this.#left[level] = hash ?? "";
      this.#suspect[level] = suspect;
    }
  }

  /** The root over all leaves walked so far, lower-case hex, by the stored hashes. */
  root(): string {
    let root: string | undefined;
    for (let level = 0; 2 ** level <= this.#size; level++) {
      if (Math.floor(this.#size / 2 ** level) % 2 === 0) continue;
      root = root === undefined ? this.#left[level] : pairHash(this.#left[level], root);
    }
    return root ?? EMPTY_ROOT.toString("hex");
  }

  /** The stored nodes that leaves [from, to) complete, by their order. SQLite joins them: much faster than a row each. */
  #window(from: number, to: number): (n: number) => string | undefined {
    const first = nodeCount(from);
    const count = nodeCount(to) - first;
    const joined = this.#db
      .prepare<[number, number, number], string | null>(
        `select group_concat(lower(hex(hash)), '') from
         (select hash from node where tree_id = ? and position >= ? and position < ? order by position)`,
      )
      .pluck()
      .get(this.#tree, first, first + count);
    if (joined?.length === count * 64) return (n) => joined.slice(n * 64, n * 64 + 64);
    const rows = this.#db
      .prepare<[number, number, number], { position: number; hash: string }>(
        "select position, lower(hex(hash)) as hash from node where tree_id = ? and position >= ? and position < ?",
      )
      .all(this.#tree, first, first + count);
    const byPosition = new Map(rows.map(({ position, hash }) => [position, hash]));
    return (n) => byPosition.get(first + n);
  }
}

const pair = Buffer.alloc(65);
pair[0] = 1;

/** Hash of two children in hex; of damaged ones, something that equals nothing. */
function pairHash(left: string | undefined, right: string | undefined): string {
  if (left?.length !== 64 || right?.length !== 64) return "";
  pair.write(left, 1, "hex");
  pair.write(right, 33, "hex");
  return hash("sha256", pair, "hex");
}

/** The largest number of leaves whose nodes number at most `nodes`: nodeCount(n) is between 2n - log2(n) - 1 and 2n. */
function leavesOf(nodes: number): number {
  let leaves = Math.ceil(nodes / 2);
  while (nodeCount(leaves + 1) <= nodes) leaves++;
  return leaves;
}
