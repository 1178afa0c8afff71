// The receipt as a receiver reads it: a compact JWS whose signature, form and subject must all be right (docs/spec/ledger.md).
import { z } from "zod";
import { AgentError } from "../error.ts";
import { openJws } from "../ledger/jws.ts";
import type { PublicKey } from "../ledger/public-key.ts";
import type { ReceiptClaims } from "../ledger/receipt.ts";
import { parseJson } from "./manifest.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const mediaType = z.enum(["video/mp4", "image/jpeg"]);
const count = z.int().min(0);
const hash = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);

const claimsSchema = z.object({
  v: z.literal(1),
  iss: z.string(),
  sub: z.string(),
  jti: z.string().regex(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/),
  iat: z.number(),
  clip: z.object({ id: z.string(), sha256: digest, started: z.string(), duration_s: z.number() }),
  sent: z.object({
    kind: z.enum(["clip", "still"]),
    type: mediaType,
    encrypted: z.boolean(),
    audio: z.boolean(),
    bytes: count,
    sha256: digest,
  }),
  decision: z.object({
    effect: z.literal("permit"),
    reasons: z.array(z.object({ rule: z.string(), text: z.string() })),
  }),
  policy_sha256: digest,
  owner_authorisation: z.object({
    how: z.enum(["policy", "page", "cli", "mqtt_signed", "home_assistant"]),
    at: z.string(),
  }),
  not_after: z.string(),
  log: z.object({
    origin: z.string(),
    index: count,
    size: count,
    root: hash,
    proof: z.array(hash).max(64),
    salt: z.string(),
  }),
});

/**
 * The claims of a receipt that `deviceKey` signed for media whose bytes hash to `mediaSha256`.
 *
 * @throws AgentError RECEIPT_MALFORMED, RECEIPT_SIGNATURE_WRONG or RECEIPT_FOR_OTHER_MEDIA.
 */
export function checkReceipt(jws: string, deviceKey: PublicKey, mediaSha256: string): ReceiptClaims {
  const claims = claimsSchema.safeParse(openJws(jws, deviceKey));
  if (!claims.success)
    throw new AgentError("RECEIPT_MALFORMED", `${claims.error.issues[0]?.path.join(".") ?? "it"} is not as it must be`);
  if (claims.data.sent.sha256 !== mediaSha256) throw new AgentError("RECEIPT_FOR_OTHER_MEDIA", claims.data.sent.sha256);
  return claims.data;
}

/** What a stored receipt calls itself, without verifying it. */
export function peekClaims(jws: string): { readonly jti: string } | undefined {
  const parsed = z.object({ jti: z.string() }).safeParse(decode(jws.split(".")[1] ?? ""));
  return parsed.success ? parsed.data : undefined;
}

const decode = (segment: string): unknown => parseJson(Buffer.from(segment, "base64url"));
