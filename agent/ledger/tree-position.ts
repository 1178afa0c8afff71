// Where the full subtrees of a tree stand in the node table: in the order in which leaves complete them. Pure.

/** Nodes of a tree of `leaves` leaves: the sum of floor(leaves / 2^i). */
export function nodeCount(leaves: number): number {
  let count = 0;
  for (let n = leaves; n > 0; n = Math.floor(n / 2)) count += n;
  return count;
}

/** The position of subtree `index` of `level`: everything its last leaf found there, and then its own height. */
export function positionOf(level: number, index: number): number {
  const lastLeaf = (index + 1) * 2 ** level - 1;
  return nodeCount(lastLeaf) + level;
}
