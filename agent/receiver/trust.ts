// Whom a receiver believes: the device's key, named by the owner or remembered from first sight, and the witness's part, which is
// to remember every tree head and accept no other history than the one it has seen grow (docs/spec/wire.md §4).
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { AgentError } from "../error.ts";
import { rootBeforeLast } from "../ledger/merkle.ts";
import { openCheckpoint } from "../ledger/note.ts";
import { parsePublicKey, type PublicKey } from "../ledger/public-key.ts";
import type { ReceiptClaims } from "../ledger/receipt.ts";
import { parseJson } from "../spool/shape.ts";
import type { Journal } from "./journal.ts";

/**
 * Reads the key that --trust names, in any form that `doorstep ledger key` prints.
 *
 * @throws AgentError TRUSTED_KEY_UNREADABLE when there is no such file or no such key in it.
 */
export async function readTrustedKey(file: string): Promise<PublicKey> {
  try {
    return parsePublicKey(await readFile(file, "utf8"));
  } catch (cause) {
    throw new AgentError(
      "TRUSTED_KEY_UNREADABLE",
      cause instanceof AgentError ? `${file}: ${cause.detail}` : file,
      cause,
    );
  }
}

const infoSchema = v.object({ v: v.literal(1), device: v.string(), key: v.string() });

/** What a receiver believes of one device. `pinned` is the key from --trust; without it the first that is announced is kept. */
export class Trust {
  readonly #journal: Journal;
  readonly #device: string;
  readonly #recipient: string;
  readonly #pinned: PublicKey | undefined;

  constructor(journal: Journal, device: string, recipient: string, pinned?: PublicKey) {
    this.#journal = journal;
    this.#device = device;
    this.#recipient = recipient;
    this.#pinned = pinned;
  }

  /** Undefined until the device has announced one. */
  get key(): PublicKey | undefined {
    return this.#pinned ?? (this.#journal.key === undefined ? undefined : parsePublicKey(this.#journal.key));
  }

  /**
   * Hears the retained `info`. Returns the key if it is trusted from now on, for the first time; undefined if nothing changes.
   *
   * @throws AgentError DEVICE_KEY_CHANGED when it announces another key than the trusted one, which stays.
   */
  async hear(payload: Uint8Array): Promise<PublicKey | undefined> {
    const parsed = v.safeParse(infoSchema, parseJson(payload));
    if (!parsed.success || parsed.output.device !== this.#device) return undefined;
    const announced = parsePublicKey(parsed.output.key);
    const trusted = this.key;
    if (trusted?.equals(announced)) return undefined;
    if (trusted)
      throw new AgentError(
        "DEVICE_KEY_CHANGED",
        `${this.#device} announces ${announced.fingerprint}, trusted is ${trusted.fingerprint}`,
      );
    await this.#journal.trust(announced.base64);
    return announced;
  }

  /**
   * Remembers the tree head of a verified receipt, and the one before it, which the receipt's proof contains.
   *
   * @throws AgentError HISTORY_REWRITTEN when either is not the head this receiver has seen at that size.
   */
  async witnessReceipt({ log }: ReceiptClaims): Promise<void> {
    const heads: [number, string][] = [[log.size, log.root]];
    if (log.index === log.size - 1) {
      const proof = log.proof.map((hash) => Buffer.from(hash, "base64"));
      heads.push([log.index, rootBeforeLast(proof).toString("base64")]);
    }
    await this.#witness(heads);
  }

  /**
   * Remembers the retained `checkpoint`: a signed note of the tree of what was disclosed to this recipient.
   *
   * @throws AgentError HISTORY_REWRITTEN as above; CHECKPOINT_MALFORMED or CHECKPOINT_SIGNATURE_WRONG when it is not the device's.
   */
  async witnessCheckpoint(payload: Uint8Array): Promise<void> {
    if (!this.key || payload.length === 0) return;
    const note = Buffer.from(payload).toString("utf8");
    const { size, root } = openCheckpoint(note, this.key, `doorstep/${this.#device}/${this.#recipient}`);
    await this.#witness([[size, root.toString("base64")]], note);
  }

  async #witness(heads: readonly (readonly [size: number, root: string])[], note?: string): Promise<void> {
    for (const [size, root] of heads) {
      const seen = this.#journal.head(size);
      if (seen !== undefined && seen !== root)
        throw new AgentError(
          "HISTORY_REWRITTEN",
          `of the first ${size} disclosures to ${this.#recipient} the log of ${this.#device} now says something else`,
        );
    }
    await this.#journal.addHeads(heads, note);
  }
}
