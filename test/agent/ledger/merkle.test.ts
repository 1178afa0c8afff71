// The trees against the vectors of Certificate Transparency, a naive tree straight from the RFC, and every mutation of a proof.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  completedBy,
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rootBeforeLast,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  type NodeAt,
} from "../../../agent/ledger/merkle.ts";
import { nodeCount, positionOf } from "../../../agent/ledger/tree-position.ts";
import { naiveRoot } from "./rig.ts";
import vectors from "../../vectors/ledger-merkle.json" with { type: "json" };

const hex = (text: string): Buffer => Buffer.from(text, "hex");

/** Stores what appends complete, as the node table does. */
function grow(leaves: readonly Buffer[]): NodeAt {
  const stored = new Map<number, Buffer>();
  const nodeAt: NodeAt = (level, index) => {
    const hash = stored.get(positionOf(level, index));
    expect(hash, `level ${level}, index ${index}`).toBeDefined();
    return hash!;
  };
  for (const [index, leaf] of leaves.entries()) {
    for (const node of completedBy(index, leaf, nodeAt)) {
      expect(positionOf(node.level, node.index)).toBe(stored.size);
      stored.set(stored.size, node.hash);
    }
    expect(stored.size).toBe(nodeCount(index + 1));
  }
  return nodeAt;
}

const leavesOf = (size: number): Buffer[] => Array.from({ length: size }, (_, n) => leafHash(`leaf ${n}`));

describe("the vectors of Certificate Transparency", () => {
  const leaves = vectors.leaves.map((leaf) => leafHash(hex(leaf)));
  const nodeAt = grow(leaves);

  test.each(vectors.roots)("a tree of $size leaves has the root everybody knows", ({ size, root }) => {
    expect(rootOf(size, nodeAt).toString("hex")).toBe(root);
  });

  test.each(vectors.inclusion)(
    "the path of leaf $index in a tree of $size is the published one",
    ({ index, size, path }) => {
      expect(inclusionProof(index, size, nodeAt).map((hash) => hash.toString("hex"))).toEqual(path);
      expect(verifyInclusion(leaves[index]!, index, size, rootOf(size, nodeAt), path.map(hex))).toBe(true);
    },
  );

  test.each(vectors.consistency)("the proof from $from to $to leaves is the published one", ({ from, to, path }) => {
    expect(consistencyProof(from, to, nodeAt).map((hash) => hash.toString("hex"))).toEqual(path);
    expect(verifyConsistency(from, rootOf(from, nodeAt), to, rootOf(to, nodeAt), path.map(hex))).toBe(true);
  });
});

test("roots built leaf by leaf equal those of the definition, at every size up to 130", () => {
  const leaves = leavesOf(130);
  const nodeAt = grow(leaves);
  for (let size = 0; size <= 130; size++) expect(rootOf(size, nodeAt)).toEqual(naiveRoot(leaves.slice(0, size)));
});

test("every leaf of every small tree can be proven, and every older tree shown to be its beginning", () => {
  const leaves = leavesOf(34);
  const nodeAt = grow(leaves);
  for (let size = 1; size <= 34; size++) {
    const root = rootOf(size, nodeAt);
    for (let index = 0; index < size; index++)
      expect(verifyInclusion(leaves[index]!, index, size, root, inclusionProof(index, size, nodeAt))).toBe(true);
    for (let from = 0; from <= size; from++)
      expect(verifyConsistency(from, rootOf(from, nodeAt), size, root, consistencyProof(from, size, nodeAt))).toBe(
        true,
      );
    expect(rootBeforeLast(inclusionProof(size - 1, size, nodeAt))).toEqual(rootOf(size - 1, nodeAt));
  }
});

const tree = fc
  .integer({ min: 1, max: 300 })
  .chain((size) =>
    fc.record({ size: fc.constant(size), index: fc.nat(size - 1), from: fc.integer({ min: 1, max: size }) }),
  );
const all = leavesOf(300);
const grown = grow(all);

test("a proof proves nothing about another leaf, place, size or root", () => {
  fc.assert(
    fc.property(tree, fc.nat(300), fc.nat(300), ({ size, index }, otherIndex, otherSize) => {
      const root = rootOf(size, grown);
      const path = inclusionProof(index, size, grown);
      const other = (index + 1 + (otherIndex % Math.max(size - 1, 1))) % size;
      if (other !== index) {
        expect(verifyInclusion(all[other]!, index, size, root, path)).toBe(false);
        expect(verifyInclusion(all[index]!, other, size, root, path)).toBe(false);
      }
      if (otherSize !== size)
        expect(verifyInclusion(all[index]!, index, size, rootOf(otherSize, grown), path)).toBe(false);
      expect(verifyInclusion(all[index]!, index, size, root, [...path, root])).toBe(false);
      expect(verifyInclusion(all[index]!, index, size, root, path.slice(0, -1))).toBe(path.length === 0);
    }),
  );
});

test("one changed bit anywhere in a proof makes it worthless", () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.nat(255), ({ size, index, from }, which, bit) => {
      const flip = (path: Buffer[]): Buffer[] => {
        const at = which % path.length;
        const copy = Buffer.from(path[at]!);
        copy[bit >> 3]! ^= 1 << (bit & 7);
        return path.with(at, copy);
      };
      const root = rootOf(size, grown);
      const inclusion = inclusionProof(index, size, grown);
      if (inclusion.length) expect(verifyInclusion(all[index]!, index, size, root, flip(inclusion))).toBe(false);
      const consistency = consistencyProof(from, size, grown);
      if (consistency.length)
        expect(verifyConsistency(from, rootOf(from, grown), size, root, flip(consistency))).toBe(false);
    }),
  );
});

test("a tree that forgot or changed something is never shown to be a continuation", () => {
  fc.assert(
    fc.property(tree, fc.nat(299), ({ size, from }, changed) => {
      const forked = all.slice(0, size).with(changed % size, leafHash("another visit"));
      const fork = grow(forked);
      const proof = consistencyProof(from, size, fork);
      const same = changed % size >= from;
      expect(verifyConsistency(from, rootOf(from, grown), size, rootOf(size, fork), proof)).toBe(same);
    }),
    { numRuns: 40 },
  );
});

test("sizes and hashes that no tree has are refused without a fuss", () => {
  const leaf = leafHash("x");
  for (const [index, size] of [
    [-1, 1],
    [0, 0],
    [1, 1],
    [0.5, 2],
    [0, 2 ** 41],
    [Number.NaN, 4],
  ] as const)
    expect(verifyInclusion(leaf, index, size, leaf, [])).toBe(false);
  expect(verifyInclusion(leaf, 0, 2, nodeHash(leaf, leaf), [Buffer.alloc(31)])).toBe(false);
  for (const [from, to] of [
    [2, 1],
    [-1, 1],
    [1, Number.POSITIVE_INFINITY],
    [1, 2],
  ] as const)
    expect(verifyConsistency(from, leaf, to, leaf, [])).toBe(false);
});
