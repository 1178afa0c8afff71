// The device's Ed25519 signing key: made on the first start, kept in one file that only the recorder reads.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { AgentError } from "../error.ts";
import type { Signer } from "./note.ts";
import { PublicKey } from "./public-key.ts";

export class SigningKey implements Signer {
  readonly publicKey: PublicKey;
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
    const jwk = createPublicKey(key).export({ format: "jwk" });
    this.publicKey = new PublicKey(Buffer.from(jwk.x ?? "", "base64url"));
  }

  /** Ed25519 over `data`: 64 bytes, the same for the same data. */
  sign(data: Buffer): Buffer {
    return sign(null, data, this.#key);
  }
}

/**
 * The key in `file` (PKCS #8 PEM), or undefined when there is no such file.
 *
 * @throws AgentError LEDGER_KEY_UNREADABLE when there is one, but it cannot be read or holds something else.
 */
export function readSigningKey(file: string): SigningKey | undefined {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new AgentError("LEDGER_KEY_UNREADABLE", `${file}: ${(error as Error).message}`, error);
  }
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "ed25519")
      throw new AgentError(
        "LEDGER_KEY_UNREADABLE",
        `${file}: not an Ed25519 key but ${key.asymmetricKeyType ?? "secret"}`,
      );
    // A key restored from a backup often comes back readable for everybody.
    chmodSync(file, 0o600);
    return new SigningKey(key);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError("LEDGER_KEY_UNREADABLE", `${file}: not a private key in PEM`, error);
  }
}

/**
 * Makes a key and writes it to `file` (0600, its folder 0700), fsynced before it is used. Never replaces a file.
 *
 * @throws AgentError LEDGER_KEY_UNREADABLE when it cannot be written, or when a key is there already.
 */
export function createSigningKey(file: string): SigningKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const half = `${file}.half-written`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fd = openSync(half, "w", 0o600);
    try {
      writeSync(fd, privateKey.export({ type: "pkcs8", format: "pem" }) as string);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    // link, unlike rename, fails if the name is taken: two first starts cannot leave two keys in use.
    linkSync(half, file);
    unlinkSync(half);
    syncFolder(dirname(file));
  } catch (error) {
    throw new AgentError("LEDGER_KEY_UNREADABLE", `${file}: ${(error as Error).message}`, error);
  }
  return new SigningKey(privateKey);
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
