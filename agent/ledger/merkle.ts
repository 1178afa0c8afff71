// RFC 6962 / RFC 9162 Merkle trees over SHA-256: hashes, roots, proofs and their verification. No I/O: nodes come from a function.
// docs/spec/ledger.md §3 is normative.
import { hash } from "node:crypto";

/**
 * The stored hash of a full subtree: `level` 0 is a leaf hash, `index` counts subtrees of 2^level leaves from the left.
 * Asked only for subtrees that are complete within the size a function was given.
 */
export type NodeAt = (level: number, index: number) => Buffer;

export interface TreeNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

/** The root of a tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Buffer = sha256("");

// One-shot hashing to hex and back is several times faster than a Hash object that hands out a Buffer.
function sha256(data: Buffer | string): Buffer {
  return Buffer.from(hash("sha256", data, "hex"), "hex");
}

/** SHA-256(0x00 ‖ leaf). Text is taken as UTF-8. */
export function leafHash(leaf: Buffer | string): Buffer {
  return sha256(typeof leaf === "string" ? `\0${leaf}` : Buffer.concat([Buffer.of(0), leaf]));
}

const pair = Buffer.alloc(65);
pair[0] = 1;

/** SHA-256(0x01 ‖ left ‖ right), of two hashes of 32 bytes. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  left.copy(pair, 1);
  right.copy(pair, 33);
  return sha256(pair);
}

/** Every full subtree that the leaf at `index` completes, from the leaf itself upwards: what an append has to store. */
export function completedBy(index: number, leaf: Buffer, nodeAt: NodeAt): TreeNode[] {
  const nodes: TreeNode[] = [{ level: 0, index, hash: leaf }];
  let hash = leaf;
  let at = index;
  for (let level = 0; at % 2 === 1; level++) {
    hash = nodeHash(nodeAt(level, at - 1), hash);
    at = Math.floor(at / 2);
    nodes.push({ level: level + 1, index: at, hash });
  }
  return nodes;
}

/** The root of the first `size` leaves, from at most log2(size) + 1 stored nodes. */
export function rootOf(size: number, nodeAt: NodeAt): Buffer {
  return size === 0 ? EMPTY_ROOT : rangeHash(0, size, nodeAt);
}

/** The hash of leaves [start, start + size), where `start` is a multiple of the power of two that holds `size`. */
function rangeHash(start: number, size: number, nodeAt: NodeAt): Buffer {
  let hash: Buffer | undefined;
  const peaks: Buffer[] = [];
  let at = start;
  for (let left = size; left > 0;) {
    const level = Math.floor(Math.log2(left));
    const width = 2 ** level;
    peaks.push(nodeAt(level, at / width));
    at += width;
    left -= width;
  }
  for (const peak of peaks.toReversed()) hash = hash ? nodeHash(peak, hash) : peak;
  return hash ?? EMPTY_ROOT;
}

/** The largest power of two below `size`, which must be at least 2. */
const split = (size: number): number => 2 ** (Math.ceil(Math.log2(size)) - 1);

/** PATH(index, D[size]) of RFC 6962 §2.1.1, from the leaf's sibling up to the root's child. `index` < `size`. */
export function inclusionProof(index: number, size: number, nodeAt: NodeAt): Buffer[] {
  return descend(index, size, (_, width) => width === 1, nodeAt).path.reverse();
}

/** PROOF(from, D[to]) of RFC 6962 §2.1.2. Empty when `from` is 0 or equals `to`. */
export function consistencyProof(from: number, to: number, nodeAt: NodeAt): Buffer[] {
  if (from === 0 || from === to) return [];
  const { path, start, width } = descend(from - 1, to, (start, width) => start + width === from, nodeAt);
  // Who asks knows the root of the old tree, and so a subtree that is all of it.
  if (start > 0) path.push(rangeHash(start, width, nodeAt));
  return path.reverse();
}

/** From the root towards a leaf until `arrived` at a subtree: that one, and the hashes of what was left aside on the way. */
function descend(
  leaf: number,
  size: number,
  arrived: (start: number, width: number) => boolean,
  nodeAt: NodeAt,
): { path: Buffer[]; start: number; width: number } {
  const path: Buffer[] = [];
  let start = 0;
  let width = size;
  while (!arrived(start, width)) {
    const half = split(width);
    if (leaf - start < half) {
      path.push(rangeHash(start + half, width - half, nodeAt));
      width = half;
    } else {
      path.push(rangeHash(start, half, nodeAt));
      start += half;
      width -= half;
    }
  }
  return { path, start, width };
}

/** The root that `proof` leads to (RFC 9162 §2.1.3.2), or undefined when it has not the length such a proof must have. */
export function rootFromInclusion(
  leaf: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
): Buffer | undefined {
  if (!isSize(index) || !isSize(size) || index >= size) return undefined;
  let hash = leaf;
  const arrived = climb(index, size - 1, proof, (sibling, side) => {
    hash = side === "left" ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  });
  return arrived ? hash : undefined;
}

/**
 * From the subtree `at` of a level whose last is `last` up to the root, meeting the siblings of `path` on the way: the loop that
 * RFC 9162 §2.1.3.2 and §2.1.4.2 have in common. False when `path` is longer or shorter than the way.
 */
function climb(
  at: number,
  last: number,
  path: readonly Buffer[],
  meet: (sibling: Buffer, side: "left" | "right") => void,
): boolean {
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      meet(sibling, "left");
      while (at % 2 === 0 && at !== 0) {
        at = half(at);
        last = half(last);
      }
    } else meet(sibling, "right");
    at = half(at);
    last = half(last);
  }
  return last === 0;
}

/** Whether the tree of `size` leaves with this root holds `leaf` at `index`. */
export function verifyInclusion(
  leaf: Buffer,
  index: number,
  size: number,
  root: Buffer,
  proof: readonly Buffer[],
): boolean {
  return proof.every(isHash) && rootFromInclusion(leaf, index, size, proof)?.equals(root) === true;
}

/** Whether the tree (`to`, `toRoot`) only appended to the tree (`from`, `fromRoot`): RFC 9162 §2.1.4.2. */
export function verifyConsistency(
  from: number,
  fromRoot: Buffer,
  to: number,
  toRoot: Buffer,
  proof: readonly Buffer[],
): boolean {
  if (!isSize(from) || !isSize(to) || from > to || !proof.every(isHash)) return false;
  if (from === to) return proof.length === 0 && fromRoot.equals(toRoot);
  if (from === 0) return proof.length === 0 && fromRoot.equals(EMPTY_ROOT);
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (!first) return false;
  let at = from - 1;
  let last = to - 1;
  while (at % 2 === 1) {
    at = half(at);
    last = half(last);
  }
  let oldHash = first;
  let newHash = first;
  const arrived = climb(at, last, rest, (node, side) => {
    if (side === "left") oldHash = nodeHash(node, oldHash);
    newHash = side === "left" ? nodeHash(node, newHash) : nodeHash(newHash, node);
  });
  return arrived && oldHash.equals(fromRoot) && newHash.equals(toRoot);
}

/**
 * The root of the tree before its last leaf was added, from that leaf's inclusion proof: such a proof is exactly the full
 * subtrees of what stood before. So every receipt also shows that the tree only grew by one.
 */
export function rootBeforeLast(proof: readonly Buffer[]): Buffer {
  let hash: Buffer | undefined;
  for (const peak of proof) hash = hash ? nodeHash(peak, hash) : peak;
  return hash ?? EMPTY_ROOT;
}

/** Sizes go beyond the 32 bits that a shift leaves. */
const half = (n: number): number => Math.floor(n / 2);
const isHash = (hash: Buffer): boolean => hash.length === 32;
// Beyond 2^40 leaves Math.log2 could not tell a power of two from its neighbour; a doorbell is nowhere near.
const isSize = (n: number): boolean => Number.isInteger(n) && n >= 0 && n <= 2 ** 40;
const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));
