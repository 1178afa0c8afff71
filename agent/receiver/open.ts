// From a clip whose pieces are all here to a file that is verified, opened and durable, or to the reason why not
// (docs/spec/wire.md §4). Nothing gets its final name before every check has passed.
import { chmod, mkdir, rename, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rfc3339, type WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { verifyReceipt } from "../ledger/receipt-verify.ts";
import type { PublicKey } from "../ledger/public-key.ts";
import type { ReceiptClaims } from "../ledger/receipt.ts";
import type { Candidate } from "./collect.ts";
import { syncFolder, writeDurably } from "../durable.ts";
import { peekReceipt } from "./manifest.ts";
import type { PieceStore } from "./pieces.ts";
import { unsealFile } from "./unseal.ts";

/** What a receiver is and whom it believes. */
export interface Expectation {
  readonly device: string;
  readonly recipient: string;
  readonly deviceKey: PublicKey;
  readonly now: WallTime;
}

/** A clip or still that is verified and saved. */
export interface SavedClip {
  readonly id: string;
  readonly kind: "clip" | "still";
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
  const claims = verifyReceipt(candidate.receipt, expectation.deviceKey, manifest.media.sha256);
  if (claims.iss !== expectation.device || claims.sub !== expectation.recipient)
    throw new AgentError("RECEIPT_FOR_ANOTHER", `it is for ${claims.sub}, from ${claims.iss}`);
  const { sent } = claims;
  const agree =
    claims.clip.id === clip &&
    claims.jti === manifest.disclosure &&
    sent.bytes === manifest.media.bytes &&
    sent.type === manifest.media.type &&
    sent.encrypted === manifest.media.encrypted;
  if (!agree) throw new AgentError("MANIFEST_CONTRADICTED", `the receipt of clip ${clip} says otherwise`);
  // A receipt says when sending must end; written so that an instant that does not parse counts as past.
  if (!(Date.parse(claims.not_after) > expectation.now))
    throw new AgentError("CLIP_EXPIRED", `clip ${clip} was not to be sent after ${claims.not_after}`);
  return claims;
}

/**
 * Assembles, opens and saves a verified candidate: OUT/ID.mp4 (or .jpg) and its receipt beside it, both durable on return. A
 * later disclosure of the same clip never replaces an earlier one: it becomes OUT/ID.DISCLOSURE.mp4. Whoever may list OUT as its
 * group may read the clip; nobody else but the owner.
 *
 * @throws AgentError PARTS_ALTERED, CLIP_FOR_ANOTHER_KEY, CLIP_NOT_DECRYPTED, IDENTITY_MISSING; or what the file system says.
 */
export async function saveCandidate(
  candidate: Candidate,
  claims: ReceiptClaims,
  store: PieceStore,
  out: string,
  identities: readonly string[],
): Promise<SavedClip> {
  const assembled = await store.assemble(candidate);
  let opened = { path: assembled, bytes: claims.sent.bytes, sha256: claims.sent.sha256 };
  if (claims.sent.encrypted) {
    if (identities.length === 0) throw new AgentError("IDENTITY_MISSING", `clip ${candidate.clip} is encrypted`);
    const path = join(dirname(assembled), "opened");
    await rm(path, { force: true });
    opened = { path, ...(await unsealFile(assembled, path, identities)) };
  }
  await mkdir(out, { recursive: true });
  const base = join(out, await freeName(out, claims));
  const file = `${base}${claims.sent.type === "video/mp4" ? ".mp4" : ".jpg"}`;
  // The folder says who may watch: its owner alone, or its group too.
  if (((await stat(out)).mode & 0o040) !== 0) await chmod(opened.path, 0o640);
  await rename(opened.path, file);
  await syncFolder(out);
  // Last, so that a receipt never stands beside a clip that is not there.
  const receiptFile = `${base}${claims.sent.type === "video/mp4" ? "" : ".jpg"}.receipt.jws`;
  await writeDurably(receiptFile, `${candidate.receipt}\n`);
  return {
    id: candidate.clip,
    kind: claims.sent.kind,
    file,
    receiptFile,
    bytes: opened.bytes,
    sha256: opened.sha256,
    receipt: claims,
  };
}

async function freeName(out: string, { clip, jti, sent }: ReceiptClaims): Promise<string> {
  const still = sent.type === "image/jpeg" ? ".jpg" : "";
  const earlier = await readFile(join(out, `${clip.id}${still}.receipt.jws`), "utf8").catch(() => undefined);
  return earlier === undefined || peekReceipt(earlier)?.jti === jti ? clip.id : `${clip.id}.${jti}`;
}

/** RFC 3339 in UTC, so that instants compare as text. */
export const inUtc = (instant: string): string => rfc3339(Date.parse(instant) as WallTime);
