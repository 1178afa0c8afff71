// keys/review.json: the password's scrypt hash and the hashes of the open sessions. Neither can be turned back into what it is of.
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import * as v from "valibot";
import { writeDurably } from "../durable.ts";
import { AgentError } from "../error.ts";

/** 16 MiB for about a second of a Pi Zero 2 W; five rounds make up for the small memory (OWASP's table of equal strength). */
const COST = { n: 16_384, r: 8, p: 5 };
const HASH_BYTES = 32;
export const SHORTEST_PASSWORD = 8;
const LONGEST_PASSWORD = 200;

const base64 = v.pipe(v.string(), v.base64());
const shape = v.object({
  v: v.literal(1),
  password: v.optional(v.object({ n: v.number(), r: v.number(), p: v.number(), salt: base64, hash: base64 })),
  /** The password file as it was when it was last taken over: only a changed one counts again. */
  file: v.optional(v.object({ path: v.string(), modified_ms: v.number(), bytes: v.number() })),
  sessions: v.pipe(v.array(v.object({ sha256: v.string(), opened_ms: v.number() })), v.maxLength(100)),
});
type Kept = v.InferOutput<typeof shape>;

/** One open session, as it is kept. */
export type KeptSession = Kept["sessions"][number];

const EMPTY: Kept = { v: 1, sessions: [] };

/** The file and what it says. Open it before use; one write at a time. */
export class KeyRing {
  readonly #path: string;
  #kept: Kept = EMPTY;
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the file. A missing or damaged one means that nobody is signed in and the password must be set again. */
  async open(): Promise<void> {
    try {
      this.#kept = v.parse(shape, JSON.parse(await readFile(this.#path, "utf8")));
    } catch {
      this.#kept = EMPTY;
    }
  }

  get hasPassword(): boolean {
    return this.#kept.password !== undefined;
  }

  get sessions(): readonly KeptSession[] {
    return this.#kept.sessions;
  }

  async keepSessions(sessions: readonly KeptSession[]): Promise<void> {
    await this.#write({ sessions: [...sessions] });
  }

  /** @throws AgentError PASSWORD_REFUSED when it is too short or too long to be one. */
  async setPassword(password: string): Promise<void> {
    if (password.length < SHORTEST_PASSWORD || password.length > LONGEST_PASSWORD)
      throw new AgentError("PASSWORD_REFUSED", `it has ${password.length} characters`);
    const salt = randomBytes(16);
    const hash = await derive(password, salt, COST);
    await this.#write({ password: { ...COST, salt: salt.toString("base64"), hash: hash.toString("base64") } });
  }

  /**
   * Takes over the password in `path` if the file has changed since it was last looked at; true if it did.
   *
   * @throws AgentError PASSWORD_REFUSED for a file that cannot be read or holds no password.
   */
  async adopt(path: string): Promise<boolean> {
    try {
      const { mtimeMs, size } = await stat(path);
      const file = { path, modified_ms: Math.trunc(mtimeMs), bytes: size };
      if (JSON.stringify(file) === JSON.stringify(this.#kept.file)) return false;
      const [line = ""] = (await readFile(path, "utf8")).split("\n");
      await this.setPassword(line.trim());
      await this.#write({ file });
      return true;
    } catch (error) {
      // First boot's file may be deleted once its password has been taken over.
      if ((error as NodeJS.ErrnoException).code === "ENOENT" && this.hasPassword) return false;
      if (error instanceof AgentError) throw new AgentError("PASSWORD_REFUSED", `${path}: ${error.detail}`, error);
      throw new AgentError("PASSWORD_REFUSED", (error as Error).message, error);
    }
  }

  /** Takes as long when no password is set. */
  async matches(password: string): Promise<boolean> {
    const known = this.#kept.password;
    const salt = known ? Buffer.from(known.salt, "base64") : Buffer.alloc(16);
    const hash = await derive(password.slice(0, LONGEST_PASSWORD + 1), salt, known ?? COST);
    return known !== undefined && timingSafeEqual(hash, Buffer.from(known.hash, "base64"));
  }

  async #write(change: Partial<Kept>): Promise<void> {
    this.#kept = { ...this.#kept, ...change };
    const mine = this.#work.then(() => writeDurably(this.#path, `${JSON.stringify(this.#kept)}\n`));
    this.#work = mine.catch(() => {});
    await mine;
  }
}

const derive = (password: string, salt: Buffer, { n, r, p }: typeof COST): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: n, r, p, maxmem: 256 * n * r };
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
