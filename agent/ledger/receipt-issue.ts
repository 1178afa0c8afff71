// Making a receipt: its claims, their commitment and leaf, and what the recipient's tree says of them. docs/spec/ledger.md §7.
import { commitmentOf, disclosureLeafHash, opening } from "./leaf.ts";
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

/** The claims a leaf commits to: all of a receipt but `log`. */
export function committedClaims(claims: ReceiptClaims): CommittedClaims {
  const { log: _, ...committed } = claims;
  return committed;
}
