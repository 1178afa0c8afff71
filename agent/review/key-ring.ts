// keys/review.json: the password's scrypt hash and the hashes of the open sessions. Neither can be turned back into what it is of.
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import { writeDurably } from "../durable.ts";
import { AgentError } from "../error.ts";

/** 16 MiB for about a second of a Pi Zero 2 W; five rounds make up for the small memory (OWASP's table of equal strength). */
const COST = { n: 16_384, r: 8, p: 5 };
const HASH_BYTES = 32;
export const SHORTEST_PASSWORD = 8;
const LONGEST_PASSWORD = 200;

const shape = z.object({
  v: z.literal(1),
  password: z.object({ n: z.number(), r: z.number(), p: z.number(), salt: z.base64(), hash: z.base64() }).optional(),
  /** The password file as it was when it was last taken over: only a changed one counts again. */
  file: z.object({ path: z.string(), modified_ms: z.number(), bytes: z.number() }).optional(),
  sessions: z.array(z.object({ sha256: z.string(), opened_ms: z.number() })).max(100),
});
type Kept = z.infer<typeof shape>;

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
      this.#kept = shape.parse(JSON.parse(await readFile(this.#path, "utf8")));
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
