// The latest still and the latest preview: each a picture and its receipt, two messages in any order and no manifest
// (docs/spec/wire.md R9). Holds one pair of each kind, in memory. What it pairs is not verified.
import * as v from "valibot";
import type { PictureKind } from "../spool/disclosure.ts";
import { instant as isInstant, parseJson, ulid as isUlid } from "../spool/shape.ts";
import { sha256Hex } from "./pieces.ts";

/** Doorstep's stills are at most 60 kB and its previews 300 kB: this leaves room for any age header. */
const MOST_BYTES = 1_000_000;

const TOPICS: Readonly<Record<PictureKind, { readonly picture: string; readonly receipt: string }>> = {
  still: { picture: "latest/still", receipt: "latest/receipt" },
  preview: { picture: "latest/preview", receipt: "latest/preview-receipt" },
};
const KINDS = ["still", "preview"] as const;

/** Below a recipient's level, the topics of its pictures. */
export const PICTURE_TOPICS: readonly string[] = KINDS.flatMap((kind) => Object.values(TOPICS[kind]));

/** A picture and the receipt that names it. */
export interface Picture {
  readonly kind: PictureKind;
  readonly clip: string;
  readonly bytes: Buffer;
  /** Lower-case hex of `bytes`. */
  readonly sha256: string;
  /** Not verified yet. */
  readonly receipt: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

/** Keeps the last message of each topic until the other half comes. */
export class Latest {
  readonly #messages = new Map<string, Buffer>();

  /** Takes one message of {@link PICTURE_TOPICS}. Returns the picture it completes. */
  take(topic: string, payload: Buffer): Picture | undefined {
    const kind = KINDS.find((one) => Object.values(TOPICS[one]).includes(topic));
    if (!kind || payload.length > MOST_BYTES) return undefined;
    this.#messages.set(topic, payload);
    return this.#pair(kind);
  }

  /** Whatever is whole: for when a key has become known. */
  whole(): readonly Picture[] {
    return KINDS.flatMap((kind) => this.#pair(kind) ?? []);
  }

  #pair(kind: PictureKind): Picture | undefined {
    const bytes = this.#messages.get(TOPICS[kind].picture);
    const receipt = this.#messages.get(TOPICS[kind].receipt)?.toString("latin1");
    if (!bytes || receipt === undefined) return undefined;
    const claims = v.safeParse(pictureClaims, parseJson(Buffer.from(receipt.split(".")[1] ?? "", "base64url")));
    const sha256 = sha256Hex(bytes);
    if (!claims.success || claims.output.sent.kind !== kind || claims.output.sent.sha256 !== sha256) return undefined;
    return { kind, clip: claims.output.clip.id, bytes, sha256, receipt, notAfter: claims.output.not_after };
  }
}

/** Enough to put a receipt beside its picture, and to name a file after them. */
const pictureClaims = v.object({
  jti: v.custom<string>(isUlid),
  clip: v.object({ id: v.custom<string>(isUlid) }),
  sent: v.object({ kind: v.string(), sha256: v.string() }),
  not_after: v.custom<string>(isInstant),
});
