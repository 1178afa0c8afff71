// The owner's public signing key: the raw 32 bytes of Ed25519 (RFC 8032) in base64. Pure.
import { type Kind, read, refuse } from "./kind.ts";

/** `text` if it is base64 (RFC 4648 §4, padded) of exactly 32 bytes in its only spelling; otherwise undefined. */
export function parseSigningKey(text: string): string | undefined {
  // 32 bytes are 43 characters, of which the last carries four bits and two zeroes.
  return /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text) ? text : undefined;
}

/** A public signing key. */
export const signingKeyKind: Kind<string> = {
  expected: "an Ed25519 public key: 32 bytes in base64, 44 characters",
  read(value) {
    const key = typeof value === "string" ? parseSigningKey(value) : undefined;
    if (key !== undefined) return read(key);
    if (typeof value === "string" && /PRIVATE|AGE-SECRET/i.test(value.slice(0, 200)))
      return refuse({ code: "CONFIG_SECRET_INLINE", found: "a secret key (not shown)", hint: "write the public half" });
    return refuse();
  },
  write: (key) => key,
};
