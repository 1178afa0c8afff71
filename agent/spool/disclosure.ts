// What stands in the door (DESIGN §2): one directory a media disclosure, one file an event. Pure. docs/spec/spool.md is normative.

/** What of a clip can leave: all of it, one picture, a few small pictures that move. */
export const MEDIA_KINDS = ["clip", "still", "preview"] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];
/** Made after the clip, sent without a manifest, and never acknowledged. */
export type PictureKind = Exclude<MediaKind, "clip">;
export type MediaType = "video/mp4" | "image/jpeg" | "image/webp";

/** spool/out/new/ID/ holds disclosure.json, receipt.jws and the media, exactly as it will be sent. */
export interface MediaDisclosure {
  readonly v: 1;
  /** The disclosure's own lower-case ULID; the directory's name. */
  readonly id: string;
  readonly kind: MediaKind;
  readonly recipient: string;
  /** The clip's ULID: level {id} of its topics. */
  readonly clip: string;
  readonly started: string;
  readonly duration_s: number;
  /** RFC 3339. The publisher sends nothing after it, whatever it has been told. */
  readonly not_after: string;
  readonly media: {
    /** A name in the same directory: "clip.mp4", "clip.mp4.age", "still.jpg" or "preview.webp"… */
    readonly file: string;
    readonly type: MediaType;
    readonly encrypted: boolean;
    readonly bytes: number;
    readonly sha256: string;
  };
}

/** spool/out/new/ID.json: a small message for one recipient, complete, with its topic below doorstep/{device}/{recipient}/. */
export interface EventDisclosure {
  readonly v: 1;
  readonly id: string;
  readonly kind: "event";
  readonly recipient: string;
  /** Below the recipient's level: "event/ring", "motion", "info"… */
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly expires_s?: number;
  readonly not_after: string;
}

export type SpoolDocument = MediaDisclosure | EventDisclosure;

export type PictureDisclosure = MediaDisclosure & { readonly kind: PictureKind };
export const isPicture = (document: SpoolDocument): document is PictureDisclosure =>
  document.kind !== "event" && document.kind !== "clip";

/** In the order in which something passes through them. */
export const SPOOL_FOLDERS = ["tmp", "new", "sent", "failed"] as const;
export type SpoolFolder = (typeof SPOOL_FOLDERS)[number];

/** What has come to its end, and where what is left of it goes. */
export interface Ended {
  readonly id: string;
  readonly to: "sent" | "failed" | "nowhere";
}
