// The device's Ed25519 signing key: made on the first start, kept in one file that only the recorder reads.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { AgentError } from "../error.ts";
import { createNow } from "./durable.ts";
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
  try {
    // Never in the place of another: two first starts cannot leave two keys in use.
    createNow(file, privateKey.export({ type: "pkcs8", format: "pem" }) as string);
  } catch (error) {
    throw new AgentError("LEDGER_KEY_UNREADABLE", `${file}: ${(error as Error).message}`, error);
  }
  return new SigningKey(privateKey);
}
