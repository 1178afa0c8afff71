// Signed heads against the trees they speak of, and what else of the file is nobody's entry: identity, trees, strays.
import type { Sqlite } from "../sqlite.ts";
import { AgentError } from "../error.ts";
import { digestIn, type Digest } from "./digest.ts";
import { nameOf, type Findings } from "./findings.ts";
import { openCheckpoint, type TreeHead } from "./note.ts";
import type { PublicKey } from "./public-key.ts";
import { DEVICE_TREE, TreeStore, type Tree } from "./tree-store.ts";

/** What a walk over a tree knows of it. */
export interface WalkedTree {
  /** Leaves. */
  readonly size: number;
  /** Undefined when the walk did not take it. */
  rootAt(size: number): Digest | undefined;
}

/**
 * Verifies every checkpoint of `tree`, which has been walked.
 *
 * @returns how many were verified, and the size the newest covers.
 */
export function checkCheckpoints(
  db: Sqlite,
  tree: Tree,
  walked: WalkedTree,
  key: PublicKey,
  findings: Findings,
): { count: number; signed: number } {
  const rows = db
    .prepare<[number], { size: number; note: string }>(
      "select size, note from checkpoint where tree_id = ? order by size",
    )
    .all(tree.id);
  let signed = 0;
  for (const { size, note } of rows) {
    const head = opened(note, tree, key, findings);
    if (!head) continue;
    if (head.size === size && agrees(db, tree, walked, head, signed, findings)) signed = size;
    else if (head.size !== size)
      findings.other("checkpoint changed", `a checkpoint of ${tree.origin} filed under ${size} covers ${head.size}`);
  }
  return { count: rows.length, signed };
}

function opened(note: string, tree: Tree, key: PublicKey, findings: Findings): TreeHead | undefined {
  try {
    return openCheckpoint(note, key, tree.origin);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    findings.other("checkpoint changed", `a checkpoint of ${tree.origin} cannot be trusted (${error.message})`);
    return undefined;
  }
}

/** `before` is the size of the last checkpoint that agreed. */
function agrees(
  db: Sqlite,
  tree: Tree,
  walked: WalkedTree,
  head: TreeHead,
  before: number,
  findings: Findings,
): boolean {
  if (head.size > walked.size) {
    findings.other(
      "tail cut off",
      `${tree.origin} ends at ${walked.size}, but a signed head covers ${head.size}: the end was cut off`,
      sequenceOf(tree, walked.size),
    );
    return false;
  }
  if ((walked.rootAt(head.size) ?? rootAt(db, tree, head.size)) === digestIn(head.root)) return true;
  const what = tree.id === DEVICE_TREE ? nameAt(db, before) : `disclosure ${before} to ${tree.recipient}`;
  const range = `what was signed is not what is there: history was rewritten between ${what} and number ${head.size - 1} of ${tree.origin}`;
  findings.other("history rewritten", range, sequenceOf(tree, before));
  return false;
}

/** For heads signed during the walk. Undefined when nodes are missing, which the tree's own check has reported. */
function rootAt(db: Sqlite, tree: Tree, size: number): Digest | undefined {
  try {
    return digestIn(new TreeStore(db).root(tree.id, size));
  } catch (error) {
    if (error instanceof AgentError) return undefined;
    throw error;
  }
}

const sequenceOf = (tree: Tree, index: number): number | undefined => (tree.id === DEVICE_TREE ? index : undefined);

function nameAt(db: Sqlite, sequence: number): string {
  const row = db
    .prepare<[number], { sequence: number; atMs: number; type: string; ref: string }>(
      "select sequence, at_ms as atMs, type, ref from entry where sequence = ?",
    )
    .get(sequence);
  return row ? nameOf(row) : `entry ${sequence}`;
}

/** Whose ledger it is, and rows that belong to nothing. */
export function checkFrame(db: Sqlite, trees: readonly Tree[], key: PublicKey, findings: Findings): void {
  const rows = db.prepare<[], { device: string; public_key: Buffer }>("select device, public_key from identity").all();
  const [identity] = rows;
  if (rows.length !== 1 || !identity) findings.other("file changed", "it does not say whose ledger it is");
  else if (!identity.public_key.equals(key.raw))
    findings.other("key", "it was begun with another key than the one given");
  const device = trees.find(({ id }) => id === DEVICE_TREE);
  if (identity && device?.origin !== `doorstep/${identity.device}`)
    findings.other("file changed", `the device is called ${identity.device}, its tree ${device?.origin ?? "nothing"}`);
  for (const { origin, recipient, id } of trees)
    if (id === DEVICE_TREE ? recipient !== undefined : !(recipient && origin.endsWith(`/${recipient}`)))
      findings.other("file changed", `the tree ${origin} is filed under ${recipient ?? "nobody"}`);
  const [first = -1, last = -1] = [trees[0]?.id, trees.at(-1)?.id];
  if (first !== DEVICE_TREE || last !== trees.length - 1) findings.other("file changed", "the list of trees has a gap");
  for (const [table, what] of [
    ["node", "hashes"],
    ["recipient_leaf", "disclosures"],
    ["checkpoint", "checkpoints"],
  ] as const)
    for (const beyond of ["tree_id < 0", `tree_id > ${last}`])
      if (db.prepare(`select 1 from ${table} where ${beyond} limit 1`).get())
        findings.other("file changed", `there are ${what} of a tree that is not there`);
}

/** Disclosures of media on record in the device tree that are in no recipient's tree. */
export function checkUnlisted(db: Sqlite, findings: Findings): void {
  const rows = db
    .prepare<[], { sequence: number; atMs: number; type: string; ref: string }>(
      `select sequence, at_ms as atMs, type, ref from entry join detail using (sequence)
       where type = 'disclosure' and json_extract(cast(substr(opening, 17) as text), '$.kind') in ('clip', 'still', 'preview')
       and not exists (select 1 from recipient_leaf l where l.sequence = entry.sequence) limit 20`,
    )
    .all();
  for (const row of rows) findings.entry("recipient tree changed", row, "it is missing from its recipient's list");
}
