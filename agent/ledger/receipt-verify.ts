// Verifying a receipt with the device's public key and the file that came with it: no ledger, no network. docs/spec/ledger.md §7.
import * as v from "valibot";
import { AgentError } from "../error.ts";
import { instant as isInstant } from "../spool/shape.ts";
import { openJws } from "./jws.ts";
import { verifyInclusion } from "./merkle.ts";
import type { TreeHead } from "./note.ts";
import type { PublicKey } from "./public-key.ts";
import { committedClaims, leafOfClaims } from "./receipt-issue.ts";
import type { ReceiptClaims } from "./receipt.ts";

const matching = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern));
const sha256 = matching(/^[0-9a-f]{64}$/);
const hash = matching(/^[A-Za-z0-9+/]{43}=$/);
const instant = v.pipe(
  matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  v.check((text) => isInstant(text)),
);
const word = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(2 ** 40));

/** Unknown members are let through: they are signed and committed to like the rest, and a later version may add some. */
const CLAIMS = v.looseObject({
  v: v.literal(1),
  iss: word,
  sub: word,
  jti: word,
  iat: v.pipe(v.number(), v.safeInteger()),
  clip: v.looseObject({
    id: word,
    sha256,
    started: instant,
    duration_s: v.pipe(v.number(), v.finite(), v.minValue(0)),
  }),
  sent: v.looseObject({
    kind: v.picklist(["clip", "still", "preview"]),
    type: v.picklist(["video/mp4", "image/jpeg", "image/webp"]),
    encrypted: v.boolean(),
    audio: v.boolean(),
    bytes: count,
    sha256,
  }),
  decision: v.looseObject({
    effect: v.literal("permit"),
    reasons: v.array(v.looseObject({ rule: v.string(), text: v.string() })),
  }),
  policy_sha256: sha256,
  owner_authorisation: v.looseObject({
    how: v.picklist(["policy", "page", "cli", "mqtt_signed", "home_assistant"]),
    at: instant,
  }),
  not_after: instant,
  log: v.strictObject({
    origin: word,
    index: count,
    size: count,
    root: hash,
    proof: v.pipe(v.array(hash), v.maxLength(64)),
    salt: matching(/^[A-Za-z0-9+/]{22}==$/),
  }),
});

/**
 * The claims of `jws`, once signature, media and inclusion in the recipient's own tree have been verified.
 *
 * @param mediaSha256 lower-case hex over the bytes as they were sent, before any decryption.
 * @throws AgentError RECEIPT_MALFORMED, RECEIPT_SIGNATURE_WRONG, RECEIPT_FOR_OTHER_MEDIA or RECEIPT_NOT_IN_LOG.
 */
export function verifyReceipt(jws: string, key: PublicKey, mediaSha256: string): ReceiptClaims {
  const claims = openReceipt(jws, key);
  if (claims.sent.sha256 !== mediaSha256)
    throw new AgentError("RECEIPT_FOR_OTHER_MEDIA", `it is about ${claims.sent.sha256}, the file is ${mediaSha256}`);
  return claims;
}

/**
 * The same without the media, for whoever keeps receipts only.
 *
 * @throws AgentError RECEIPT_MALFORMED, RECEIPT_SIGNATURE_WRONG or RECEIPT_NOT_IN_LOG.
 */
export function openReceipt(jws: string, key: PublicKey): ReceiptClaims {
  const payload = openJws(jws, key);
  const read = v.safeParse(CLAIMS, payload);
  if (!read.success) {
    const [fault] = read.issues;
    throw new AgentError("RECEIPT_MALFORMED", `${v.getDotPath(fault) ?? "it"}: ${fault.message.toLowerCase()}`);
  }
  // What was signed, not what the schema made of it: the leaf commits to every member.
  const claims = payload as ReceiptClaims;
  const { origin, index, size, proof, salt } = claims.log;
  if (origin !== `doorstep/${claims.iss}/${claims.sub}`)
    throw new AgentError("RECEIPT_NOT_IN_LOG", `it names the list ${origin}, which is not that of ${claims.sub}`);
  if (index !== size - 1)
    throw new AgentError("RECEIPT_NOT_IN_LOG", `it was made as entry ${index} of ${size}, not as the newest`);
  const leaf = leafOfClaims(committedClaims(claims), Buffer.from(salt, "base64"), origin, index);
  if (!verifyInclusion(leaf.hash, index, size, receiptHead(claims).root, proof.map(decode)))
    throw new AgentError("RECEIPT_NOT_IN_LOG", `entry ${index} of ${origin} is something else`);
  return claims;
}

/** The head of the recipient's tree that a verified receipt states. */
const receiptHead = ({ log }: ReceiptClaims): TreeHead => ({
  origin: log.origin,
  size: log.size,
  root: decode(log.root),
});

const decode = (base64: string): Buffer => Buffer.from(base64, "base64");
