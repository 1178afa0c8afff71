// The payload of an age file (C2SP age.md, "Payload"): 64 KiB chunks of ChaCha20-Poly1305, sealed and opened as they come.
// Headers, and with them every question of keys, stay with age-encryption; its own payload loop is plain JavaScript and an
// order of magnitude slower than the OpenSSL that Node carries, which a Raspberry Pi feels on every clip.
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { AgentError } from "./error.ts";
import { release } from "./release.ts";

/** Bytes of random nonce between the header and the first chunk. */
export const PAYLOAD_NONCE_BYTES = 16;

const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const LAST = 1;

const payloadKey = (fileKey: Uint8Array, nonce: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", fileKey, nonce, "payload", 32));

/** Counts chunks: 11 bytes big-endian, then 1 on the last chunk and 0 before it. */
class ChunkNonce {
  readonly bytes = new Uint8Array(12);

  next(): void {
    // Chunks are 64 KiB: a counter that wrapped would mean 2^88 of them.
    for (let i = 10; i >= 0; i--) {
      this.bytes[i] = (this.bytes[i]! + 1) & 0xff;
      if (this.bytes[i] !== 0) return;
    }
  }

  last(): void {
    this.bytes[11] = LAST;
  }
}

/** Gathers bytes into chunks of one size and says when one is certainly not the last: when another byte follows it. */
class Chunks {
  readonly #chunk: Uint8Array;
  #used = 0;

  constructor(size: number) {
    this.#chunk = new Uint8Array(size);
  }

  *take(bytes: Uint8Array): Generator<Uint8Array> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#used === this.#chunk.length) {
        yield this.#chunk;
        this.#used = 0;
      }
      const taken = Math.min(this.#chunk.length - this.#used, rest.length);
      this.#chunk.set(rest.subarray(0, taken), this.#used);
      this.#used += taken;
      rest = rest.subarray(taken);
    }
  }

  last(): Uint8Array {
    return this.#chunk.subarray(0, this.#used);
  }
}

/** Seals one payload under one file key. `nonce` must be random and never used again with that key. */
export class PayloadSealer {
  readonly #key: Uint8Array;
  readonly #nonce = new ChunkNonce();
  readonly #chunks = new Chunks(CHUNK_BYTES);
  readonly #sealed = new Uint8Array(SEALED_CHUNK_BYTES);

  constructor(fileKey: Uint8Array, nonce: Uint8Array) {
    this.#key = payloadKey(fileKey, nonce);
  }

  /** The chunks that `bytes` completes, perhaps none. Each is good until the next is asked for. */
  *update(bytes: Uint8Array): Generator<Uint8Array> {
    for (const chunk of this.#chunks.take(bytes)) {
      yield this.#seal(chunk);
      this.#nonce.next();
    }
  }

  /** The last chunk. To be called once, at the end. */
  final(): Uint8Array {
    this.#nonce.last();
    return this.#seal(this.#chunks.last());
  }

  #seal(chunk: Uint8Array): Uint8Array {
    const cipher = createCipheriv("chacha20-poly1305", this.#key, this.#nonce.bytes, { authTagLength: TAG_BYTES });
    const sealed = cipher.update(chunk);
    cipher.final();
    this.#sealed.set(sealed);
    this.#sealed.set(cipher.getAuthTag(), sealed.length);
    release(sealed);
    return this.#sealed.subarray(0, chunk.length + TAG_BYTES);
  }
}

/** Opens one payload. What `update` yields is authentic, but only `final` proves that nothing was cut off the end. */
export class PayloadOpener {
  readonly #key: Uint8Array;
  readonly #nonce = new ChunkNonce();
  readonly #chunks = new Chunks(SEALED_CHUNK_BYTES);
  readonly #opened = new Uint8Array(CHUNK_BYTES);
  #first = true;

  constructor(fileKey: Uint8Array, nonce: Uint8Array) {
    this.#key = payloadKey(fileKey, nonce);
  }

  /**
   * Each chunk is good until the next is asked for.
   *
   * @throws AgentError CLIP_NOT_DECRYPTED when a chunk was altered, or is not where it was sealed.
   */
  *update(bytes: Uint8Array): Generator<Uint8Array> {
    for (const chunk of this.#chunks.take(bytes)) {
      yield this.#open(chunk);
      this.#nonce.next();
      this.#first = false;
    }
  }

  /** @throws AgentError CLIP_NOT_DECRYPTED as above, or when the payload was cut short. */
  final(): Uint8Array {
    this.#nonce.last();
    const opened = this.#open(this.#chunks.last());
    if (opened.length === 0 && !this.#first)
      throw new AgentError("CLIP_NOT_DECRYPTED", "the last chunk of the encrypted payload is empty");
    return opened;
  }

  #open(chunk: Uint8Array): Uint8Array {
    if (chunk.length < TAG_BYTES) throw new AgentError("CLIP_NOT_DECRYPTED", "the encrypted payload is cut short");
    const decipher = createDecipheriv("chacha20-poly1305", this.#key, this.#nonce.bytes, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(chunk.subarray(chunk.length - TAG_BYTES));
    try {
      const opened = decipher.update(chunk.subarray(0, chunk.length - TAG_BYTES));
      decipher.final();
      this.#opened.set(opened);
      release(opened);
    } catch (cause) {
      throw new AgentError("CLIP_NOT_DECRYPTED", "the encrypted payload was altered or cut short", cause);
    }
    return this.#opened.subarray(0, chunk.length - TAG_BYTES);
  }
}
