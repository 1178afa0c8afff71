// Sealing what leaves to a recipient's age keys (DESIGN §7, obligation "encrypt"): a clip as a stream, small payloads whole.
// What comes out is an age v1 file that the `age` command reads. Opening one is the receiver's business.
import { createHash, randomBytes } from "node:crypto";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { PAYLOAD_NONCE_BYTES, PayloadSealer } from "../age-payload.ts";
import { ageFamily, type AgeFamily } from "../../config/age-recipient.ts";
import { AgentError } from "../error.ts";

/** Loaded with the first that is sealed: 3 MB, and most doorbells share little, and seldom. */
const age = async () => import("age-encryption");

/** Read at once: large enough to spare system calls, small enough not to hold up a Pi's event loop. */
const READ_BYTES = 256 * 1024;

/** Written at once; two of them are in memory. */
const WRITE_BYTES = 256 * 1024;

const FILE_KEY_BYTES = 16;
/** What age-encryption appends to the header for an empty payload: a nonce and one empty chunk's tag. */
const EMPTY_PAYLOAD_BYTES = PAYLOAD_NONCE_BYTES + 16;

/** What was written. */
export interface Sealed {
  /** Of the age file, header included. */
  readonly bytes: number;
  /** Lower-case hex, of the age file. */
  readonly sha256: string;
}

/**
 * Streams the file at `source` into a new age file at `destination`, readable by every one of `keys`. Memory does not grow with
 * the file. The caller fsyncs it, with the directory. A failure leaves nothing at `destination`.
 *
 * @throws AgentError KEYS_MIXED, KEY_MALFORMED or KEYS_MISSING before anything is written; NOT_SEALED when a file could not
 *   be read or written, `destination` already exists included.
 */
export async function sealFile(source: string, destination: string, keys: readonly string[]): Promise<Sealed> {
  const { fileKey, header } = await beginAgeFile(keys);
  const input = await open(source, "r").catch((cause: unknown) => {
    throw new AgentError("NOT_SEALED", `cannot read ${source}`, cause);
  });
  try {
    const output = await open(destination, "wx", 0o640).catch((cause: unknown) => {
      throw new AgentError("NOT_SEALED", `cannot create ${destination}`, cause);
    });
    try {
      return await sealInto(input, output, fileKey, header);
    } catch (cause) {
      await unlink(destination).catch(() => {});
      throw new AgentError("NOT_SEALED", `cannot write ${destination}`, cause);
    } finally {
      await output.close();
    }
  } finally {
    await input.close();
  }
}

async function sealInto(
  input: FileHandle,
  output: FileHandle,
  fileKey: Uint8Array,
  header: Uint8Array,
): Promise<Sealed> {
  const nonce = randomBytes(PAYLOAD_NONCE_BYTES);
  const sealer = new PayloadSealer(fileKey, nonce);
  const writing = new HashedOutput(output);
  await writing.put(header);
  await writing.put(nonce);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (;;) {
    const { bytesRead } = await input.read(buffer, 0, READ_BYTES, null);
    if (bytesRead === 0) break;
    for (const chunk of sealer.update(buffer.subarray(0, bytesRead))) await writing.put(chunk);
  }
  await writing.put(sealer.final());
  return writing.end();
}

/** Gathers what is written into pieces worth a system call, and hashes and fills the next one while the kernel takes the last. */
class HashedOutput {
  readonly #output: FileHandle;
  readonly #digest = createHash("sha256");
  #filling = Buffer.allocUnsafe(WRITE_BYTES);
  #idle = Buffer.allocUnsafe(WRITE_BYTES);
  #used = 0;
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(output: FileHandle) {
    this.#output = output;
  }

  /** Takes `bytes`, which may be written over as soon as this resolves. */
  async put(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.length > 0;) {
      const taken = Math.min(rest.length, WRITE_BYTES - this.#used);
      this.#filling.set(rest.subarray(0, taken), this.#used);
      this.#used += taken;
      rest = rest.subarray(taken);
      if (this.#used === WRITE_BYTES) await this.#turn();
    }
  }

  /** Writes what is left and waits for all of it. */
  async end(): Promise<Sealed> {
    await this.#turn();
    await this.#writing;
    return { bytes: this.#bytes, sha256: this.#digest.digest("hex") };
  }

  async #turn(): Promise<void> {
    const full = this.#filling.subarray(0, this.#used);
    this.#digest.update(full);
    this.#bytes += full.length;
    await this.#writing;
    // On a handle this continues where the last call stopped, and goes on until all of it is written or refused.
    this.#writing = this.#output.writeFile(full);
    this.#writing.catch(() => {});
    [this.#filling, this.#idle] = [this.#idle, this.#filling];
    this.#used = 0;
  }
}

/**
 * Seals a small payload (an event, a still) in memory.
 *
 * @throws AgentError KEYS_MIXED, KEY_MALFORMED or KEYS_MISSING.
 */
export async function sealBytes(bytes: Uint8Array, keys: readonly string[]): Promise<Buffer> {
  const { fileKey, header } = await beginAgeFile(keys);
  const nonce = randomBytes(PAYLOAD_NONCE_BYTES);
  const sealer = new PayloadSealer(fileKey, nonce);
  const pieces = [header, nonce];
  for (const chunk of sealer.update(bytes)) pieces.push(chunk.slice());
  return Buffer.concat([...pieces, sealer.final()]);
}

/**
 * Seals a small text (an event) as text, armoured as `age -a` does: what stands in the spool is JSON.
 *
 * @throws AgentError KEYS_MIXED, KEY_MALFORMED or KEYS_MISSING.
 */
export async function sealText(text: string, keys: readonly string[]): Promise<string> {
  return (await age()).armor.encode(await sealBytes(Buffer.from(text), keys));
}

interface AgeFile {
  /** Never reused: one file, one key. */
  readonly fileKey: Uint8Array;
  readonly header: Uint8Array;
}

/** The header for `keys` and the file key it wraps. */
async function beginAgeFile(keys: readonly string[]): Promise<AgeFile> {
  const families = new Set(keys.map(familyOrThrow));
  if (families.size === 0) throw new AgentError("KEYS_MISSING", "no key to encrypt to");
  if (families.size > 1)
    throw new AgentError("KEYS_MIXED", "one file cannot be sealed to a post-quantum and a classic key at once");

  const encrypter = new (await age()).Encrypter();
  for (const key of keys) {
    try {
      encrypter.addRecipient(key);
    } catch (cause) {
      throw malformed(key, cause);
    }
  }
  // A recipient that adds nothing to the header and only sees the file key: age-encryption has no other way to ask for it.
  let fileKey = new Uint8Array(0);
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = key.slice();
      return [];
    },
  });
  let whole: Uint8Array;
  try {
    whole = await encrypter.encrypt(new Uint8Array(0));
  } catch (cause) {
    // The checksum held but the point did not: a key that is all zeros, for one.
    throw new AgentError("KEY_MALFORMED", "nothing can be sealed to one of the keys", cause);
  }
  // The empty payload that came with the header is dropped, nonce and all, and never leaves this function.
  const header = whole.slice(0, whole.length - EMPTY_PAYLOAD_BYTES);
  if (fileKey.length !== FILE_KEY_BYTES) throw new AgentError("NOT_SEALED", "age-encryption made no file key");
  return { fileKey, header };
}

function familyOrThrow(key: string): AgeFamily {
  const family = ageFamily(key);
  if (!family) throw malformed(key);
  return family;
}

const malformed = (key: string, cause?: unknown): AgentError =>
  new AgentError("KEY_MALFORMED", `${JSON.stringify(key.slice(0, 24))}… is not an age recipient of either kind`, cause);
