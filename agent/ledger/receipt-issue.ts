// Making a receipt: its claims, their commitment and leaf, and what the recipient's tree says of them. docs/spec/ledger.md §7.
import { signJws } from "./jws.ts";
import { commitmentOf, disclosureLeafHash, opening } from "./leaf.ts";
import type { Signer } from "./note.ts";
import type { ReceiptClaims } from "./receipt.ts";

/** What the consent gate knows of a disclosure; the ledger adds version, device, time and the place in the log. */
export type DisclosureFacts = Omit<ReceiptClaims, "v" | "iss" | "iat" | "log">;

/** A receipt's claims before they have a place in the log: what its leaf commits to. */
export type CommittedClaims = Omit<ReceiptClaims, "log">;

export interface DraftLeaf {
  /** 32 bytes. */
  readonly hash: Buffer;
  /** Lower-case hex. */
  readonly commitment: string;
}

/** The leaf of `claims` at `index` of the tree `origin`, with the commitment opened by `salt` (16 bytes). */
export function leafOfClaims(claims: CommittedClaims, salt: Buffer, origin: string, index: number): DraftLeaf {
  const commitment = commitmentOf(opening(salt, claims));
  return { hash: disclosureLeafHash({ origin, index, disclosure: claims.jti, commitment }), commitment };
}

/** The place of a receipt's leaf in its recipient's tree, when it is the newest. */
export interface ReceiptPlace {
  readonly origin: string;
  readonly index: number;
  /** Of the tree with the leaf in it. */
  readonly root: Buffer;
  readonly proof: readonly Buffer[];
  /** What opened the leaf's commitment. */
  readonly salt: Buffer;
}

/** The compact JWS of `claims` at `place`. */
export function issueReceipt(claims: CommittedClaims, place: ReceiptPlace, signer: Signer): string {
  const { origin, index, root, proof, salt } = place;
  const log: ReceiptClaims["log"] = {
    origin,
    index,
    size: index + 1,
    root: root.toString("base64"),
    proof: proof.map((hash) => hash.toString("base64")),
    salt: salt.toString("base64"),
  };
  return signJws({ ...claims, log }, signer);
}

/** The claims a leaf commits to: all of a receipt but `log`. */
export function committedClaims(claims: ReceiptClaims): CommittedClaims {
  const { log: _, ...committed } = claims;
  return committed;
}
