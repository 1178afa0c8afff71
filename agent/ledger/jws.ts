// Compact JWS with EdDSA (RFC 7515, RFC 8037), just as much as a receipt needs: one algorithm, one type, no extensions.
import { AgentError } from "../error.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Signer } from "./note.ts";
import type { PublicKey } from "./public-key.ts";

/** The `typ` of a receipt's header. */
export const RECEIPT_TYPE = "doorstep-receipt+jws";

/** A receipt is about 2 KiB; proofs grow by 46 bytes whenever the list doubles. */
const JWS_CHARACTERS = 65_536;

/** Signs `claims` synchronously, so that it can happen inside a transaction. */
export function signJws(claims: unknown, signer: Signer): string {
  const header = { alg: "EdDSA", kid: signer.publicKey.id, typ: RECEIPT_TYPE };
  const input = `${base64url(canonicalJson(header))}.${base64url(canonicalJson(claims))}`;
  return `${input}.${signer.sign(Buffer.from(input)).toString("base64url")}`;
}

/**
 * The payload of `jws` once its signature by `key` is verified.
 *
 * @throws AgentError RECEIPT_MALFORMED or RECEIPT_SIGNATURE_WRONG.
 */
export function openJws(jws: string, key: PublicKey): unknown {
  const [, header, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/.exec(jws.trimEnd()) ?? [];
  if (!header || !payload || !signature || jws.length > JWS_CHARACTERS)
    throw new AgentError("RECEIPT_MALFORMED", "not a compact JWS");
  const { alg, typ, kid, crit } = object(header, "header");
  if (alg !== "EdDSA" || typ !== RECEIPT_TYPE || crit !== undefined)
    throw new AgentError(
      "RECEIPT_MALFORMED",
      `its header is not that of a receipt (alg ${String(alg)}, typ ${String(typ)})`,
    );
  const bytes = Buffer.from(signature, "base64url");
  // The last character has bits to spare: only one of its spellings is ours.
  if (bytes.toString("base64url") !== signature || !key.verifies(Buffer.from(`${header}.${payload}`), bytes)) {
    const other = kid !== key.id ? `it names key ${String(kid)}, yours is ${key.id}` : "altered after it was signed";
    throw new AgentError("RECEIPT_SIGNATURE_WRONG", other);
  }
  return object(payload, "payload");
}

const base64url = (text: string): string => Buffer.from(text).toString("base64url");

function object(part: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new AgentError("RECEIPT_MALFORMED", `its ${name} is not JSON`, error);
  }
  throw new AgentError("RECEIPT_MALFORMED", `its ${name} is not an object`);
}
