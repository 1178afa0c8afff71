// Each recipient's own tree: its leaves, their receipts, and the entries of the device tree that state its heads.
import type { Sqlite } from "../sqlite.ts";
import { AgentError } from "../error.ts";
import { bytesOf, digestIn, type Digest } from "./digest.ts";
import type { EntryDetails } from "./entry.ts";
import type { Findings } from "./findings.ts";
import { detailsOf, disclosureLeafHash } from "./leaf.ts";
import { openReceipt } from "./receipt-verify.ts";
import type { PublicKey } from "./public-key.ts";
import type { Tree } from "./tree-store.ts";
import { TreeCheck } from "./verify-tree.ts";

interface Leaf {
  readonly disclosure: string;
  readonly index: number;
  readonly sequence: number;
  /** Lower-case hex. */
  readonly commitment: string;
  readonly clip: string | null;
  readonly receipt: string | null;
  /** Of the entry at `sequence`; null when there is none. */
  readonly type: string | null;
  readonly ref: string | null;
  readonly atMs: number | null;
  readonly opening: Buffer | null;
}

const LEAVES = `
  select disclosure_id as disclosure, leaf_index as "index", l.sequence, lower(hex(l.commitment)) as "commitment",
         clip_id as clip, receipt, type, ref, at_ms as atMs, opening
  from recipient_leaf l left join entry e on e.sequence = l.sequence left join detail d on d.sequence = l.sequence
  where tree_id = ? and leaf_index >= ? and leaf_index < ? order by leaf_index`;

export class RecipientCheck {
  readonly #findings: Findings;
  readonly #key: PublicKey;
  readonly #tree: Tree;
  readonly #check: TreeCheck;
  readonly #leaves;
  /** Sequences of disclosures without a receipt: an erasure must account for each. */
  readonly withoutReceipt: number[] = [];
  #receipts = 0;
  #window = new Map<number, Leaf>();

  constructor(db: Sqlite, tree: Tree, key: PublicKey, findings: Findings) {
    this.#findings = findings;
    this.#key = key;
    this.#tree = tree;
    this.#leaves = db.prepare<[number, number, number], Leaf>(LEAVES);
    this.#check = new TreeCheck(db, tree.id, {
      leaf: (index) => {
        const leaf = this.#window.get(index);
        if (leaf) this.#fault(leaf, "its leaf in the recipient's tree was changed");
        else
          findings.other("recipient tree changed", `disclosure ${index} to ${tree.recipient} is missing from its list`);
      },
      node: (first, last) =>
        findings.other(
          "recipient tree changed",
          `the hash over disclosures ${first} to ${last} to ${tree.recipient} was changed or is missing`,
        ),
    });
  }

  /** Receipts verified so far. */
  get receipts(): number {
    return this.#receipts;
  }

  /** The recipient's tree as far as it has been walked. */
  get tree(): TreeCheck {
    return this.#check;
  }

  get size(): number {
    return this.#check.size;
  }

  /** Walks one window; false when the tree ends. */
  step(): boolean {
    const from = this.#check.size;
    const to = from + this.#check.ahead();
    if (to === from) return false;
    const rows = this.#leaves.all(this.#tree.id, from, to);
    this.#window = new Map(rows.map((leaf) => [leaf.index, leaf]));
    for (let index = from; index < to; index++) {
      const leaf = this.#window.get(index);
      this.#check.take([leaf ? this.#hash(leaf) : ""]);
      if (leaf) this.#one(leaf);
    }
    return true;
  }

  finish(): void {
    while (this.step());
    const { leaves, whole } = this.#check.extent();
    const { recipient, id } = this.#tree;
    if (!whole || leaves === 0)
      this.#findings.other("recipient tree changed", `the tree of ${recipient} has nodes too many or too few`);
    for (const leaf of this.#leaves.all(id, leaves, 2 ** 50).slice(0, 20))
      this.#fault(leaf, `it is not in the tree of ${recipient}: it was added behind the ledger's back`);
  }

  #hash({ index, disclosure, commitment }: Leaf): Digest {
    return digestIn(disclosureLeafHash({ origin: this.#tree.origin, index, disclosure, commitment }));
  }

  /** Base64, as receipts and entries write it. */
  #root(): string {
    return bytesOf(this.#check.root()).toString("base64");
  }

  #one(leaf: Leaf): void {
    if (leaf.type !== "disclosure" || leaf.ref !== leaf.disclosure)
      this.#fault(leaf, `entry ${leaf.sequence} of the device is not the disclosure it belongs to`);
    this.#details(leaf);
    if ((leaf.receipt === null) !== (leaf.clip === null))
      this.#fault(leaf, "of clip and receipt only one was erased", "receipt changed");
    if (leaf.receipt === null) this.withoutReceipt.push(leaf.sequence);
    else this.#receipt(leaf, leaf.receipt);
  }

  #details(leaf: Leaf): void {
    if (!leaf.opening) return;
    const stated = readDetails(leaf.opening);
    const root = this.#root();
    const { recipient, recipient_tree: head } = stated ?? {};
    if (recipient !== this.#tree.recipient || head?.size !== leaf.index + 1 || head.root !== root)
      this.#fault(leaf, `the head of ${this.#tree.recipient}'s tree that its entry states is not the one there`);
  }

  #receipt(leaf: Leaf, receipt: string): void {
    this.#receipts++;
    try {
      const { jti, sub, clip, log } = openReceipt(receipt, this.#key);
      const root = this.#root();
      const fits =
        jti === leaf.disclosure && sub === this.#tree.recipient && clip.id === leaf.clip && log.index === leaf.index;
      if (!fits || log.size !== leaf.index + 1 || log.root !== root)
        this.#fault(leaf, "the receipt kept for it belongs elsewhere", "receipt changed");
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#fault(leaf, `the receipt kept for it cannot be verified (${error.message})`, "receipt changed");
    }
  }

  #fault(
    leaf: Leaf,
    what: string,
    kind: "recipient tree changed" | "receipt changed" = "recipient tree changed",
  ): void {
    const { sequence, disclosure: ref } = leaf;
    this.#findings.entry(kind, { sequence, atMs: leaf.atMs ?? Number.NaN, type: leaf.type ?? "disclosure", ref }, what);
  }
}

/** Undefined for details that are not even JSON; their entry's commitment has spoken by then. */
function readDetails(opening: Buffer): EntryDetails["disclosure"] | undefined {
  try {
    return detailsOf(opening) as EntryDetails["disclosure"];
  } catch {
    return undefined;
  }
}
