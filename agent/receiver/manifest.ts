// What a receiver accepts as a manifest and as a topic of a clip (docs/spec/wire.md §4). Pure. Whatever does not parse is ignored.
import * as v from "valibot";
import type { Manifest } from "../publisher/topics.ts";
import { instant as isInstant, parseJson, sha256 as isSha256, ulid as isUlid } from "../spool/shape.ts";

/** A longer one is not read at all: 10,000 parts, the most there may be, need 700 kB. */
export const MANIFEST_LIMIT_BYTES = 1_000_000;
/** A longer one is not read at all: a receipt with a proof in a tree of 2^40 leaves is 6 kB. */
export const RECEIPT_LIMIT_BYTES = 64_000;

const MOST_PARTS = 10_000;

const digest = v.custom<string>(isSha256);
const ulid = v.custom<string>(isUlid);
const instant = v.custom<string>(isInstant);
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));
const span = v.pipe(v.number(), v.finite(), v.minValue(0));

const manifestSchema = v.pipe(
  v.object({
    v: v.literal(1),
    clip: ulid,
    disclosure: ulid,
    started: instant,
    duration_s: span,
    not_after: instant,
    media: v.object({
      type: v.picklist(["video/mp4", "image/jpeg"]),
      encrypted: v.boolean(),
      bytes: whole(0),
      sha256: digest,
    }),
    transfer: v.variant("mode", [
      v.object({ mode: v.literal("single") }),
      v.object({
        mode: v.literal("parts"),
        part_bytes: whole(1),
        count: whole(1, MOST_PARTS),
        sha256: v.pipe(v.array(digest), v.minLength(1), v.maxLength(MOST_PARTS)),
      }),
    ]),
  }),
  v.check(({ media, transfer }) => transfer.mode === "single" || partsAddUp(media.bytes, transfer)),
);

function partsAddUp(bytes: number, parts: { part_bytes: number; count: number; sha256: readonly string[] }): boolean {
  return parts.count === parts.sha256.length && parts.count === Math.max(1, Math.ceil(bytes / parts.part_bytes));
}

/** The manifest in these bytes, unknown keys left out, or undefined. */
export function parseManifest(payload: Uint8Array): Manifest | undefined {
  if (payload.length > MANIFEST_LIMIT_BYTES) return undefined;
  const parsed = v.safeParse(manifestSchema, parseJson(payload));
  return parsed.success ? parsed.output : undefined;
}

const TOPIC = /^clip\/([0-7][0-9a-hjkmnp-tv-z]{25})\/(data|manifest|receipt|part\/\d{1,5})$/;

export type Leaf = "data" | "part" | "manifest" | "receipt";

/** What a clip's topic says. */
export interface ClipTopic {
  readonly clip: string;
  readonly leaf: Leaf;
}

/**
 * Reads a topic below `doorstep/{device}/{recipient}/`: "clip/ID/data", "clip/ID/part/3", …; undefined for any other. The number
 * of a part is not kept: a part is known by its hash, so one that arrives under another's number is still itself.
 */
export function parseClipTopic(suffix: string): ClipTopic | undefined {
  const [, clip, leaf] = TOPIC.exec(suffix) ?? [];
  return clip && leaf ? { clip, leaf: leaf.startsWith("part/") ? "part" : (leaf as Leaf) } : undefined;
}

const peek = v.object({ jti: v.string(), sent: v.object({ sha256: digest }) });

/**
 * The disclosure's id and the hash of what was sent, as a receipt says, without verifying anything: enough to put it beside its
 * clip.
 */
export function peekReceipt(jws: string): { readonly jti: string; readonly sentSha256: string } | undefined {
  const claims = v.safeParse(peek, parseJson(Buffer.from(jws.split(".")[1] ?? "", "base64url")));
  return claims.success ? { jti: claims.output.jti, sentSha256: claims.output.sent.sha256 } : undefined;
}
