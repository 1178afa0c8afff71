// What a receiver must remember between runs: the key it trusts, the tree heads it has seen, what it has saved, its client id.
// One small JSON file, written whole. A damaged one stops the receiver: forgetting a key would mean trusting the next.
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { AgentError } from "../error.ts";
import { writeDurably } from "../durable.ts";

/** Heads kept to compare new ones with: at twenty clips a day, the last three months. */
const MOST_HEADS = 2_000;

const schema = v.strictObject({
  v: v.literal(1),
  client_id: v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,23}$/)),
  key: v.optional(v.string()),
  heads: v.array(v.tuple([v.pipe(v.number(), v.safeInteger(), v.minValue(0)), v.string()])),
  checkpoint: v.optional(v.string()),
  saved: v.array(
    v.strictObject({
      disclosure: v.string(),
      clip: v.string(),
      sha256: v.string(),
      not_after: v.string(),
      told: v.boolean(),
    }),
  ),
});

/** One disclosure that is safe in the out folder. */
export interface Saved {
  readonly disclosure: string;
  readonly clip: string;
  /** Of the bytes that were sent. */
  readonly sha256: string;
  readonly not_after: string;
  /** Whether the device has been told. */
  readonly told: boolean;
}

/** The memory of one receiver of one device. */
export class Journal {
  readonly #file: string;
  readonly clientId: string;
  #key: string | undefined;
  readonly #heads: Map<number, string>;
  #checkpoint: string | undefined;
  #saved: readonly Saved[];

  private constructor(file: string, content: v.InferOutput<typeof schema>) {
    this.#file = file;
    this.clientId = content.client_id;
    this.#key = content.key;
    this.#heads = new Map(content.heads);
    this.#checkpoint = content.checkpoint;
    this.#saved = content.saved;
  }

  /**
   * Reads `file`, or begins a new memory under `newClientId`.
   *
   * @throws AgentError RECEIVER_MEMORY_DAMAGED when it is there and cannot be understood.
   */
  static async open(file: string, newClientId: string): Promise<Journal> {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT")
        throw new AgentError("RECEIVER_MEMORY_DAMAGED", `cannot read ${file}`, cause);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const journal = new Journal(file, { v: 1, client_id: newClientId, heads: [], saved: [] });
      await journal.#write();
      return journal;
    }
    try {
      return new Journal(file, v.parse(schema, JSON.parse(text)));
    } catch (cause) {
      throw new AgentError("RECEIVER_MEMORY_DAMAGED", file, cause);
    }
  }

  /** The device's key as remembered from its first sight; base64. */
  get key(): string | undefined {
    return this.#key;
  }

  async trust(key: string): Promise<void> {
    this.#key = key;
    await this.#write();
  }

  /** The root (base64) seen for a tree of `size` leaves. */
  head(size: number): string | undefined {
    return this.#heads.get(size);
  }

  /** The last checkpoint that was added: the device's signature under what it had sent us. */
  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  /** Remembers heads (roots in base64), and the signed note that stated them if there was one. */
  async addHeads(heads: readonly (readonly [size: number, root: string])[], checkpoint?: string): Promise<void> {
    const known = heads.every(([size, root]) => this.#heads.get(size) === root);
    if (known && (checkpoint === undefined || checkpoint === this.#checkpoint)) return;
    for (const [size, root] of heads) this.#heads.set(size, root);
    for (const size of Array.from(this.#heads.keys()).sort((a, b) => a - b)) {
      if (this.#heads.size <= MOST_HEADS) break;
      this.#heads.delete(size);
    }
    this.#checkpoint = checkpoint ?? this.#checkpoint;
    await this.#write();
  }

  /** The saved disclosure of `clip` whose sent bytes hash to `sha256`. */
  saved(clip: string, sha256: string): Saved | undefined {
    return this.#saved.find((saved) => saved.clip === clip && saved.sha256 === sha256);
  }

  hasSaved(clip: string): boolean {
    return this.#saved.some((saved) => saved.clip === clip);
  }

  untold(): readonly Saved[] {
    return this.#saved.filter(({ told }) => !told);
  }

  /** Remembers a disclosure until `not_after`, from when on it would be refused anyway. `now` is RFC 3339 in UTC. */
  async add(saved: Saved, now: string): Promise<void> {
    this.#saved = [...this.#saved.filter(({ not_after }) => not_after >= now), saved];
    await this.#write();
  }

  async told(disclosure: string): Promise<void> {
    if (!this.untold().some((saved) => saved.disclosure === disclosure)) return;
    this.#saved = this.#saved.map((saved) => (saved.disclosure === disclosure ? { ...saved, told: true } : saved));
    await this.#write();
  }

  async #write(): Promise<void> {
    const content: v.InferOutput<typeof schema> = {
      v: 1,
      client_id: this.clientId,
      ...(this.#key !== undefined && { key: this.#key }),
      heads: Array.from(this.#heads),
      ...(this.#checkpoint !== undefined && { checkpoint: this.#checkpoint }),
      saved: [...this.#saved],
    };
    await writeDurably(this.#file, `${JSON.stringify(content, null, 1)}\n`);
  }
}
