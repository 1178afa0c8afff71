// What can be wrong with a ledger, said so that an owner and a program both understand it. Pure.

export type FaultKind =
  /** Details do not open their commitment. */
  | "details changed"
  /** Details are gone though no erasure was written down. */
  | "details missing"
  /** The entry's own row is not what its leaf was made of. */
  | "entry changed"
  | "entry missing"
  | "entry inserted"
  | "entries swapped"
  /** A stored hash of the tree. */
  | "tree changed"
  /** Fewer entries than a signed head covers. */
  | "tail cut off"
  /** History differs from what a signed head covers: rewritten, or forked by restoring an old copy. */
  | "history rewritten"
  | "checkpoint changed"
  | "receipt changed"
  /** A receipt is gone though no erasure was written down. */
  | "receipt missing"
  /** A recipient's tree and the device's entries do not agree. */
  | "recipient tree changed"
  /** Signed by another key, or the key is missing. */
  | "key"
  /** The container: tables, identity, an export's own lines. */
  | "file changed";

export interface LedgerFault {
  readonly kind: FaultKind;
  /** The first entry it concerns. */
  readonly sequence?: number;
  readonly type?: string;
  /** RFC 3339. */
  readonly at?: string;
  /** One sentence, lower case, no full stop: the entry named, and what is wrong with it. */
  readonly text: string;
}
