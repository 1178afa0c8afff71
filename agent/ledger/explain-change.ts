// Why an entry does not fit its place in the tree: which of the things that people do to logs was done here.
import type { Sqlite } from "../sqlite.ts";
import type { FaultKind } from "./fault.ts";
import { commitmentOf, entryLeafHash, type EntryLeaf } from "./leaf.ts";
import { nodeHash } from "./merkle.ts";
import { DEVICE_TREE } from "./tree-store.ts";
import { positionOf } from "./tree-position.ts";

export type EntryRow = EntryLeaf;

/** How far from its place a moved entry is looked for. */
const NEIGHBOURHOOD = 2000;

/** `stored` is the leaf hash at the row's place, lower-case hex, if there is one. */
export function explainMismatch(
  db: Sqlite,
  row: EntryRow,
  stored: string | undefined,
): { kind: FaultKind; what: string } {
  if (stored === undefined) return { kind: "tree changed", what: "its hash is missing from the tree" };
  const leafAt = leavesOf(db);
  const hashOf = (entry: EntryRow, sequence: number): string => entryLeafHash({ ...entry, sequence }).toString("hex");
  const next = rowAt(db, row.sequence + 1);

  if (next && hashOf(next, row.sequence) === stored)
    return { kind: "entry inserted", what: "it was put in here, and those after it moved down" };
  if (hashOf(row, row.sequence + 1) === leafAt(row.sequence + 1) && !(next && hashOf(next, row.sequence) === stored))
    return { kind: "entry missing", what: "the entry that stood here was taken out, and those after it moved up" };
  const home = homeOf(db, row, hashOf);
  if (home !== undefined) return { kind: "entries swapped", what: `it stood at ${home} and was moved here` };
  if (treeIsAtFault(db, row, hashOf(row, row.sequence)))
    return { kind: "tree changed", what: "its hash in the tree was changed; the entry itself is whole" };
  const opening = db
    .prepare<[number], Buffer>("select opening from detail where sequence = ?")
    .pluck()
    .get(row.sequence);
  if (opening && hashOf({ ...row, commitment: commitmentOf(opening) }, row.sequence) === stored)
    return { kind: "entry changed", what: "its commitment was changed; its details are whole" };
  return { kind: "entry changed", what: "its time, type, reference or commitment was changed" };
}

const leavesOf = (db: Sqlite): ((index: number) => string | undefined) => {
  const node = db
    .prepare<[number, number], string>("select lower(hex(hash)) from node where tree_id = ? and position = ?")
    .pluck();
  return (index) => node.get(DEVICE_TREE, positionOf(0, index));
};

const rowAt = (db: Sqlite, sequence: number): EntryRow | undefined =>
  db
    .prepare<[number], EntryRow>(
      "select sequence, at_ms as atMs, type, ref, lower(hex(commitment)) as commitment from entry where sequence = ?",
    )
    .get(sequence);

/** The place whose stored hash this row fits, if it stands elsewhere nearby. */
function homeOf(db: Sqlite, row: EntryRow, hashOf: (entry: EntryRow, sequence: number) => string): number | undefined {
  const leafAt = leavesOf(db);
  for (let distance = 1; distance <= NEIGHBOURHOOD; distance++)
    for (const place of [row.sequence - distance, row.sequence + distance])
      if (place >= 0 && leafAt(place) === hashOf(row, place)) return place;
  return undefined;
}

/** Whether the parent in the tree was made of the row as it is, so that the leaf's stored hash is the one that changed. */
function treeIsAtFault(db: Sqlite, row: EntryRow, leaf: string): boolean {
  const isLeft = row.sequence % 2 === 0;
  const sibling = leavesOf(db)(isLeft ? row.sequence + 1 : row.sequence - 1);
  const parent = db
    .prepare<[number, number], Buffer>("select hash from node where tree_id = ? and position = ?")
    .pluck()
    .get(DEVICE_TREE, positionOf(1, Math.floor(row.sequence / 2)));
  if (sibling === undefined || !parent) return false;
  const [left, right] = isLeft ? [leaf, sibling] : [sibling, leaf];
  return nodeHash(Buffer.from(left, "hex"), Buffer.from(right, "hex")).equals(parent);
}
