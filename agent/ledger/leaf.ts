// The bytes that enter the trees: a leaf names what it is about and commits to details that can be erased. docs/spec/ledger.md §2.
import { hash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import { leafHash } from "./merkle.ts";

/** Bytes of salt before the details of every commitment. */
export const SALT_BYTES = 16;

/** Salt ‖ canonical JSON: what opens a commitment. Erasing it leaves the commitment standing and says nothing any more. */
export function opening(salt: Buffer, details: unknown): Buffer {
  return Buffer.concat([salt, Buffer.from(canonicalJson(details))]);
}

/** SHA-256 of an opening, lower-case hex. */
export const commitmentOf = (opening: Buffer): string => hash("sha256", opening, "hex");

/** The details an opening holds. Not checked against any type: a ledger outlives the version that wrote it. */
export const detailsOf = (opening: Buffer): unknown => JSON.parse(opening.toString("utf8", SALT_BYTES));

/** What the leaf of an entry is made of. */
export interface EntryLeaf {
  readonly sequence: number;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly atMs: number;
  readonly type: string;
  readonly ref: string;
  /** Lower-case hex. */
  readonly commitment: string;
}

/** The leaf of an entry in the device tree: six lines. */
export const entryLeaf = ({ sequence, atMs, type, ref, commitment }: EntryLeaf): string =>
  `doorstep-entry/1\n${sequence}\n${atMs}\n${type}\n${ref}\n${commitment}\n`;

/** What the leaf of a disclosure is made of. */
export interface DisclosureLeaf {
  /** Of the recipient's tree: `doorstep/DEVICE/RECIPIENT`. */
  readonly origin: string;
  readonly index: number;
  /** Disclosure id. */
  readonly disclosure: string;
  /** Lower-case hex, over the receipt's claims without `log`. */
  readonly commitment: string;
}

/** The leaf of a disclosure in its recipient's own tree: five lines. */
export const disclosureLeaf = ({ origin, index, disclosure, commitment }: DisclosureLeaf): string =>
  `doorstep-disclosure/1\n${origin}\n${index}\n${disclosure}\n${commitment}\n`;

/** Leaf hash of an entry, 32 bytes. */
export const entryLeafHash = (leaf: EntryLeaf): Buffer => leafHash(entryLeaf(leaf));

/** Leaf hash of a disclosure, 32 bytes. */
export const disclosureLeafHash = (leaf: DisclosureLeaf): Buffer => leafHash(disclosureLeaf(leaf));

const LINE = /^[^\p{Cc}]{0,200}$/u;

/** Whether `text` may stand in a line of a leaf: no control characters, at most 200 of any other. */
export const fitsLine = (text: string): boolean => LINE.test(text) && text.isWellFormed();
