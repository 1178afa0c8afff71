// The device's Ed25519 public key in every form somebody may hold it in: raw base64, PEM, C2SP note verifier key, fingerprint.
import { createPublicKey, hash, verify, type KeyObject } from "node:crypto";
import { AgentError } from "../error.ts";

/** What precedes the 32 raw bytes in a DER SubjectPublicKeyInfo for Ed25519 (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The signature type byte of C2SP signed notes for Ed25519. */
const NOTE_ED25519 = 1;

export class PublicKey {
  /** The 32 bytes of RFC 8032. */
  readonly raw: Buffer;
  readonly #key: KeyObject;

  /** @throws AgentError LEDGER_KEY_MALFORMED. */
  constructor(raw: Buffer) {
    if (raw.length !== 32) throw new AgentError("LEDGER_KEY_MALFORMED", `${raw.length} bytes where a key has 32`);
    this.raw = raw;
    this.#key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
  }

  /** What `ledger key` prints and `{recipient}/info` carries. */
  get base64(): string {
    return this.raw.toString("base64");
  }

  get pem(): string {
    return this.#key.export({ type: "spki", format: "pem" }) as string;
  }

  /** The first 128 bits of SHA-256 over the raw key, lower-case hex: the `kid` of a receipt. */
  get id(): string {
    return hash("sha256", this.raw, "hex").slice(0, 32);
  }

  /** The same in eight groups of four, for two people to compare on the telephone. */
  get fingerprint(): string {
    return this.id.match(/.{4}/g)!.join(" ");
  }

  /** The first four bytes that mark a note's signature by this key under `name`. */
  noteKeyId(name: string): Buffer {
    const digest = hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(NOTE_ED25519), this.raw]), "hex");
    return Buffer.from(digest.slice(0, 8), "hex");
  }

  /** The C2SP verifier key, as Go's `note.NewVerifier` reads it: name+id+base64. */
  noteKey(name: string): string {
    const key = Buffer.concat([Buffer.of(NOTE_ED25519), this.raw]).toString("base64");
    return `${name}+${this.noteKeyId(name).toString("hex")}+${key}`;
  }

  verifies(data: Buffer, signature: Buffer): boolean {
    return verify(null, data, this.#key, signature);
  }

  equals(other: PublicKey): boolean {
    return this.raw.equals(other.raw);
  }
}

/**
 * Reads a key in any of its forms, from a file's text or the command line. Lines around it (a comment, the fingerprint) do
 * not matter; the first form found counts.
 *
 * @throws AgentError LEDGER_KEY_MALFORMED.
 */
export function parsePublicKey(text: string): PublicKey {
  const pem = /-----BEGIN PUBLIC KEY-----([\sA-Za-z0-9+/=]+)-----END PUBLIC KEY-----/.exec(text);
  if (pem) return fromSpki(Buffer.from(pem[1]!, "base64"));
  for (const word of text.slice(0, 4096).split(/\s+/)) {
    const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(word) ?? [];
    if (name && id && encoded) return fromNoteKey(name, id, encoded);
    if (/^[A-Za-z0-9+/]{43}=$/.test(word)) return new PublicKey(Buffer.from(word, "base64"));
  }
  throw new AgentError("LEDGER_KEY_MALFORMED", "neither base64 of 32 bytes, nor PEM, nor a note verifier key");
}

function fromSpki(der: Buffer): PublicKey {
  if (!der.subarray(0, SPKI_PREFIX.length).equals(SPKI_PREFIX))
    throw new AgentError("LEDGER_KEY_MALFORMED", "a PEM key, but not an Ed25519 public key");
  return new PublicKey(der.subarray(SPKI_PREFIX.length));
}

function fromNoteKey(name: string, id: string, encoded: string): PublicKey {
  const bytes = Buffer.from(encoded, "base64");
  if (bytes[0] !== NOTE_ED25519) throw new AgentError("LEDGER_KEY_MALFORMED", `key type ${bytes[0]} of ${name}`);
  const key = new PublicKey(bytes.subarray(1));
  if (key.noteKeyId(name).toString("hex") !== id)
    throw new AgentError("LEDGER_KEY_MALFORMED", `the verifier key of ${name} does not match its own checksum`);
  return key;
}
