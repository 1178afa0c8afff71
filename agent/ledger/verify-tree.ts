// Recomputing one Merkle tree from its leaves against the stored nodes, window by window.
import type { Sqlite } from "../sqlite.ts";
import { DIGEST_BYTES, digestIn, pairDigest, type Digest } from "./digest.ts";
import { EMPTY_ROOT } from "./merkle.ts";
import { nodeCount } from "./tree-position.ts";

/** Leaves looked at in one go: a few milliseconds on a small board. */
export const WINDOW = 512;

/** Told of what does not fit while a tree is walked. */
export interface TreeFaults {
  /** The stored hash of leaf `index` is not `leaf`; `stored` is undefined when it is missing. */
  leaf(index: number, stored: Digest | undefined): void;
  /** A stored inner hash is not that of its two stored children, or is missing. Covers leaves `first` to `last`. */
  node(first: number, last: number): void;
}

/**
 * Walks the nodes of a tree in stored order. Inner hashes are held against their *stored* children, so that one altered
 * hash is one or two faults where it stands and not a trail of them up to the root.
 */
export class TreeCheck {
  readonly #tree: number;
  readonly #faults: TreeFaults;
  readonly #joined;
  readonly #rows;
  readonly #last;
  readonly #count;
  /** By level, the stored hash of the last subtree with an even index: the peaks of what has been walked. */
  readonly #left: Digest[] = [];
  /** By level, whether that subtree's own hash was at fault: its parent's need not be reported as well. */
  readonly #suspect: boolean[] = [];
  /** The roots at the sizes that checkpoints speak of, taken on the way; undefined until reached. */
  readonly #roots: Map<number, Digest | undefined>;
  #size = 0;
  #known = 0;
  #counted = { end: -1, count: 0 };

  constructor(db: Sqlite, tree: number, faults: TreeFaults) {
    this.#tree = tree;
    this.#faults = faults;
    // SQLite joins the hashes of a window: several times faster than a row each.
    this.#joined = db
      .prepare<[number, number, number], [hashes: Buffer | null, longest: number]>(
        `select cast(group_concat(hash, '') as blob), max(length(hash)) from
         (select hash from node where tree_id = ? and position >= ? and position < ? order by position)`,
      )
      .raw();
    this.#rows = db.prepare<[number, number, number], { position: number; hash: Buffer }>(
      "select position, cast(hash as blob) as hash from node where tree_id = ? and position >= ? and position < ?",
    );
    this.#last = db.prepare<[number], number | null>("select max(position) from node where tree_id = ?").pluck();
    this.#count = db.prepare<[number], number>("select count(*) from node where tree_id = ?").pluck();
    const sizes = db.prepare<[number], number>("select size from checkpoint where tree_id = ?").pluck().all(tree);
    this.#roots = new Map(sizes.map((size) => [size, undefined]));
  }

  /** Leaves walked so far. */
  get size(): number {
    return this.#size;
  }

  /** Leaves still to be walked, at most WINDOW. */
  ahead(): number {
    if (this.#known <= this.#size) this.#known = this.extent().leaves;
    return Math.max(0, Math.min(WINDOW, this.#known - this.#size));
  }

  /**
   * Leaves the stored nodes make up, by their number; and whether they are what such a tree has, neither fewer nor more.
   */
  extent(): { leaves: number; whole: boolean } {
    const end = (this.#last.get(this.#tree) ?? -1) + 1;
    // Counting takes as long as reading, so it is done again only when something has been appended.
    if (end !== this.#counted.end) this.#counted = { end, count: this.#count.get(this.#tree)! };
    const { count } = this.#counted;
    // A few missing nodes leave the rest in place; a wild position far out must not be walked to.
    const nodes = end - count < 1000 ? end : count;
    const leaves = leavesOf(nodes);
    return { leaves, whole: count === end && nodeCount(leaves) === nodes };
  }

  /** Takes the next leaves, at most WINDOW. */
  take(leaves: readonly Digest[]): void {
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
        const expected = pairDigest(this.#left[level], hash);
        const known = suspect || this.#suspect[level] === true;
        subtree = (subtree - 1) / 2;
        hash = nodes(at++);
        suspect = hash !== expected && !known;
        if (suspect) this.#faults.node(subtree * 2 ** (level + 1), index);
      }
      this.#left[level] = hash ?? "";
      this.#suspect[level] = suspect;
      if (this.#roots.has(this.#size)) this.#roots.set(this.#size, this.root());
    }
  }

  /** The root over all leaves walked so far, by the stored hashes. */
  root(): Digest {
    let root: Digest | undefined;
    for (let level = 0; 2 ** level <= this.#size; level++) {
      if (Math.floor(this.#size / 2 ** level) % 2 === 0) continue;
      root = root === undefined ? this.#left[level] : pairDigest(this.#left[level], root);
    }
    return root ?? digestIn(EMPTY_ROOT);
  }

  /** The root of the first `size` leaves, if a checkpoint spoke of it before the walk came by. */
  rootAt(size: number): Digest | undefined {
    return size === this.#size ? this.root() : this.#roots.get(size);
  }

  /** The stored nodes that leaves [from, to) complete, by their order. */
  #window(from: number, to: number): (n: number) => Digest | undefined {
    const first = nodeCount(from);
    const end = nodeCount(to);
    const [hashes, longest] = this.#joined.get(this.#tree, first, end)!;
    // None is longer than it may be, and together they are as long as they must be: none is missing or shorter.
    if (hashes && longest === DIGEST_BYTES && hashes.length === (end - first) * DIGEST_BYTES) {
      const digests = digestIn(hashes);
      return (n) => digests.slice(n * DIGEST_BYTES, (n + 1) * DIGEST_BYTES);
    }
    const rows = this.#rows.all(this.#tree, first, end);
    const byPosition = new Map(rows.map(({ position, hash }) => [position, digestIn(hash)]));
    return (n) => byPosition.get(first + n);
  }
}

/** The largest number of leaves whose nodes number at most `nodes`: nodeCount(n) is between 2n - log2(n) - 1 and 2n. */
function leavesOf(nodes: number): number {
  let leaves = Math.ceil(nodes / 2);
  while (nodeCount(leaves + 1) <= nodes) leaves++;
  return leaves;
}
