// From a clip whose pieces are all here to a file that is verified, opened and durable, or to the reason why not
// (docs/spec/wire.md §4). Nothing gets its final name before every check has passed.
import { chmod, rename, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rfc3339, type WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { outFolder } from "../folder.ts";
import { verifyReceipt } from "../ledger/receipt-verify.ts";
import type { PublicKey } from "../ledger/public-key.ts";
import type { ReceiptClaims } from "../ledger/receipt.ts";
import type { Candidate } from "./collect.ts";
import { syncFolder, writeDurably } from "../durable.ts";
import type { MediaKind } from "../spool/disclosure.ts";
import { peekReceipt } from "./manifest.ts";
import type { Picture } from "./latest.ts";
import { unsealFile } from "./unseal.ts";

/** What a receiver is and whom it believes. */
export interface Expectation {
  readonly device: string;
  readonly recipient: string;
  readonly deviceKey: PublicKey;
  readonly now: WallTime;
}

/** A clip, still or preview that is verified and saved. */
export interface SavedClip {
  readonly id: string;
  readonly kind: MediaKind;
  /** Absolute or relative as the out folder was given. */
  readonly file: string;
  readonly receiptFile: string;
  /** Of the opened media. */
  readonly bytes: number;
  /** Lower-case hex of the opened media. */
  readonly sha256: string;
  readonly receipt: ReceiptClaims;
}

/**
 * Checks the receipt against the device's key and everything the manifest says against the receipt.
 *
 * @throws AgentError RECEIPT_MALFORMED, RECEIPT_SIGNATURE_WRONG, RECEIPT_FOR_OTHER_MEDIA, RECEIPT_NOT_IN_LOG, RECEIPT_FOR_ANOTHER, MANIFEST_CONTRADICTED or CLIP_EXPIRED.
 */
export function verifyCandidate(candidate: Candidate, expectation: Expectation): ReceiptClaims {
  const { clip, manifest } = candidate;
  const claims = verifySigned(candidate.receipt, manifest.media.sha256, expectation);
  const { sent } = claims;
  const agree =
    claims.clip.id === clip &&
    claims.jti === manifest.disclosure &&
    sent.bytes === manifest.media.bytes &&
    sent.type === manifest.media.type &&
    sent.encrypted === manifest.media.encrypted;
  if (!agree) throw new AgentError("MANIFEST_CONTRADICTED", `the receipt of clip ${clip} says otherwise`);
  checkTerm(claims, expectation);
  return claims;
}

/**
 * Checks a picture, for which the receipt alone speaks.
 *
 * @throws AgentError as {@link verifyCandidate}.
 */
export function verifyPicture(
  { kind, clip, bytes, sha256, receipt }: Picture,
  expectation: Expectation,
): ReceiptClaims {
  const claims = verifySigned(receipt, sha256, expectation);
  if (claims.clip.id !== clip || claims.sent.kind !== kind || claims.sent.bytes !== bytes.length)
    throw new AgentError("MANIFEST_CONTRADICTED", `the receipt of the ${kind} of ${clip} says otherwise`);
  checkTerm(claims, expectation);
  return claims;
}

function verifySigned(receipt: string, sha256: string, { deviceKey, device, recipient }: Expectation): ReceiptClaims {
  const claims = verifyReceipt(receipt, deviceKey, sha256);
  if (claims.iss !== device || claims.sub !== recipient)
    throw new AgentError("RECEIPT_FOR_ANOTHER", `it is for ${claims.sub}, from ${claims.iss}`);
  return claims;
}

/** A receipt says when sending must end; written so that an instant that does not parse counts as past. */
function checkTerm({ clip, not_after }: ReceiptClaims, { now }: Expectation): void {
  if (!(Date.parse(not_after) > now))
    throw new AgentError("CLIP_EXPIRED", `clip ${clip.id} was not to be sent after ${not_after}`);
}

/** What {@link save} makes a clip or a picture of. */
export interface Verified {
  /** Exactly as it was sent, durable, on the file system of OUT. It is moved. */
  readonly path: string;
  readonly receipt: string;
  readonly claims: ReceiptClaims;
}

/**
 * Opens and saves what was verified: OUT/ID.mp4 (.jpg, .webp) and its receipt beside it, both durable on return. A later
 * disclosure of the same never replaces an earlier one: it becomes OUT/ID.DISCLOSURE.mp4. Whoever may list OUT as its group may
 * read it; nobody else but the owner.
 *
 * @throws AgentError CLIP_FOR_ANOTHER_KEY, CLIP_NOT_DECRYPTED, IDENTITY_MISSING; or what the file system says.
 */
export async function save(
  { path: sealed, receipt, claims }: Verified,
  out: string,
  identities: readonly string[],
): Promise<SavedClip> {
  let opened = { path: sealed, bytes: claims.sent.bytes, sha256: claims.sent.sha256 };
  if (claims.sent.encrypted) {
    if (identities.length === 0) throw new AgentError("IDENTITY_MISSING", `clip ${claims.clip.id} is encrypted`);
    const path = join(dirname(sealed), "opened");
    await rm(path, { force: true });
    opened = { path, ...(await unsealFile(sealed, path, identities)) };
  }
  outFolder(out);
  const base = join(out, await freeName(out, claims));
  const file = `${base}${EXTENSIONS[claims.sent.type]}`;
  // The folder says who may watch: its owner alone, or its group too.
  if (((await stat(out)).mode & 0o040) !== 0) await chmod(opened.path, 0o640);
  await rename(opened.path, file);
  await syncFolder(out);
  // Last, so that a receipt never stands beside a clip that is not there.
  const receiptFile = `${base}${receiptEnding(claims)}`;
  await writeDurably(receiptFile, `${receipt}\n`);
  return {
    id: claims.clip.id,
    kind: claims.sent.kind,
    file,
    receiptFile,
    bytes: opened.bytes,
    sha256: opened.sha256,
    receipt: claims,
  };
}

const EXTENSIONS = { "video/mp4": ".mp4", "image/jpeg": ".jpg", "image/webp": ".webp" } as const;

const receiptEnding = ({ sent: { type } }: ReceiptClaims): string =>
  `${type === "video/mp4" ? "" : EXTENSIONS[type]}.receipt.jws`;

async function freeName(out: string, claims: ReceiptClaims): Promise<string> {
  const { clip, jti } = claims;
  const earlier = await readFile(join(out, `${clip.id}${receiptEnding(claims)}`), "utf8").catch(() => undefined);
  return earlier === undefined || peekReceipt(earlier)?.jti === jti ? clip.id : `${clip.id}.${jti}`;
}

/** RFC 3339 in UTC, so that instants compare as text. */
export const inUtc = (instant: string): string => rfc3339(Date.parse(instant) as WallTime);
