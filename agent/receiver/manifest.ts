// What a receiver accepts as a manifest and as a topic of a clip (docs/spec/wire.md §4). Pure. Whatever does not parse is ignored.
import { z } from "zod";
import type { Manifest } from "../publisher/topics.ts";

/** A longer one is not read at all: 10,000 parts, the most there may be, need 700 kB. */
export const MANIFEST_LIMIT_BYTES = 1_000_000;
/** A longer one is not read at all: a receipt with a proof in a tree of 2^40 leaves is 6 kB. */
export const RECEIPT_LIMIT_BYTES = 64_000;

const MOST_PARTS = 10_000;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const ulid = z.string().regex(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/);
const instant = z.iso.datetime({ offset: true });
const size = z.int().min(0);

const manifestSchema = z
  .object({
    v: z.literal(1),
    clip: ulid,
    disclosure: ulid,
    started: instant,
    duration_s: z.number().min(0),
    not_after: instant,
    media: z.object({
      type: z.enum(["video/mp4", "image/jpeg"]),
      encrypted: z.boolean(),
      bytes: size,
      sha256: digest,
    }),
    transfer: z.discriminatedUnion("mode", [
      z.object({ mode: z.literal("single") }),
      z.object({
        mode: z.literal("parts"),
        part_bytes: z.int().min(1),
        count: z.int().min(1).max(MOST_PARTS),
        sha256: z.array(digest).min(1).max(MOST_PARTS),
      }),
    ]),
  })
  .refine(({ media, transfer }) => transfer.mode === "single" || partsAddUp(media.bytes, transfer));

function partsAddUp(bytes: number, parts: { part_bytes: number; count: number; sha256: readonly string[] }): boolean {
  return parts.count === parts.sha256.length && parts.count === Math.max(1, Math.ceil(bytes / parts.part_bytes));
}

/** The manifest in these bytes, unknown keys left out, or undefined. */
export function parseManifest(payload: Uint8Array): Manifest | undefined {
  if (payload.length > MANIFEST_LIMIT_BYTES) return undefined;
  const parsed = manifestSchema.safeParse(parseJson(payload));
  return parsed.success ? parsed.data : undefined;
}

/** What a JSON payload says, or undefined when it is not UTF-8 or not JSON. */
export function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return undefined;
  }
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

const peek = z.object({ jti: z.string(), sent: z.object({ sha256: digest }) });

/**
 * The disclosure's id and the hash of what was sent, as a receipt says, without verifying anything: enough to put it beside its
 * clip.
 */
export function peekReceipt(jws: string): { readonly jti: string; readonly sentSha256: string } | undefined {
  const claims = peek.safeParse(parseJson(Buffer.from(jws.split(".")[1] ?? "", "base64url")));
  return claims.success ? { jti: claims.data.jti, sentSha256: claims.data.sent.sha256 } : undefined;
}

const stillClaims = z.object({
  jti: ulid,
  clip: z.object({ id: ulid, started: instant, duration_s: z.number() }),
  sent: z.object({
    kind: z.literal("still"),
    type: z.literal("image/jpeg"),
    encrypted: z.boolean(),
    bytes: size,
    sha256: digest,
  }),
  not_after: instant,
});

/**
 * A still travels without a manifest: its receipt says all that one would. Undefined if `jws` is not a still's; nothing is
 * verified.
 */
export function manifestOfStill(jws: string): Manifest | undefined {
  const claims = stillClaims.safeParse(parseJson(Buffer.from(jws.split(".")[1] ?? "", "base64url")));
  if (!claims.success) return undefined;
  const { jti, clip, sent, not_after } = claims.data;
  return {
    v: 1,
    clip: clip.id,
    disclosure: jti,
    started: clip.started,
    duration_s: clip.duration_s,
    not_after,
    media: { type: sent.type, encrypted: sent.encrypted, bytes: sent.bytes, sha256: sent.sha256 },
    transfer: { mode: "single" },
  };
}
