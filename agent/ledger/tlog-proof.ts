// Proofs that stand alone: c2sp.org/tlog-proof, a checkpoint with the path from one leaf to its root. docs/spec/ledger.md §6.
import { AgentError } from "../error.ts";
import { verifyInclusion } from "./merkle.ts";
import { openCheckpoint, type TreeHead } from "./note.ts";
import type { PublicKey } from "./public-key.ts";

export interface TlogProof {
  /** The leaf itself, so that whoever holds the file alone can recompute its hash. Carried as `extra`, trusted by nobody. */
  readonly leaf?: string;
  readonly index: number;
  readonly path: readonly Buffer[];
  /** A signed note, verbatim. */
  readonly checkpoint: string;
}

const FIRST_LINE = "c2sp.org/tlog-proof@v1";

/** The text of a proof, as a `.tlog-proof` file holds it. */
export function formatTlogProof({ leaf, index, path, checkpoint }: TlogProof): string {
  const extra = leaf === undefined ? [] : [`extra ${Buffer.from(leaf).toString("base64")}`];
  const hashes = path.map((hash) => hash.toString("base64"));
  return [FIRST_LINE, ...extra, `index ${index}`, ...hashes, "", checkpoint].join("\n");
}

/** @throws AgentError PROOF_MALFORMED. */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf("\n\n");
  const [first, ...lines] = text.slice(0, Math.max(end, 0)).split("\n");
  if (first !== FIRST_LINE) throw new AgentError("PROOF_MALFORMED", `the first line is not ${FIRST_LINE}`);
  const extra = /^extra ([A-Za-z0-9+/]+={0,2})$/.exec(lines[0] ?? "")?.[1];
  if (extra !== undefined) lines.shift();
  const index = /^index (0|[1-9][0-9]{0,12})$/.exec(lines.shift() ?? "")?.[1];
  if (index === undefined) throw new AgentError("PROOF_MALFORMED", "it does not say which index it proves");
  if (lines.length > 64 || !lines.every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line)))
    throw new AgentError("PROOF_MALFORMED", "a line of the path is not a hash");
  return {
    ...(extra === undefined ? {} : { leaf: Buffer.from(extra, "base64").toString() }),
    index: Number(index),
    path: lines.map((line) => Buffer.from(line, "base64")),
    checkpoint: text.slice(end + 2),
  };
}

/**
 * The head that `proof` shows `leaf` (a leaf hash) to be in.
 *
 * @throws AgentError CHECKPOINT_MALFORMED, CHECKPOINT_SIGNATURE_WRONG or PROOF_WRONG.
 */
export function openTlogProof(proof: TlogProof, leaf: Buffer, key: PublicKey, origin?: string): TreeHead {
  const head = openCheckpoint(proof.checkpoint, key, origin);
  if (!verifyInclusion(leaf, proof.index, head.size, head.root, proof.path))
    throw new AgentError("PROOF_WRONG", `the path of index ${proof.index} does not lead to the checkpoint's root`);
  return head;
}
