// Reads the two documents of the door from bytes that anybody may have put there. Pure. docs/spec/spool.md §3 is normative.
import { MEDIA_KINDS } from "./disclosure.ts";
import type { EventDisclosure, MediaDisclosure } from "./disclosure.ts";
import {
  boolean,
  closed,
  instant,
  integer,
  level,
  number,
  oneOf,
  optional,
  parseJson,
  sha256,
  text,
  ulid,
} from "./shape.ts";

/** The most a disclosure.json or an event may weigh, in bytes. */
export const DOCUMENT_BYTES = 131_072;
/** The most a receipt.jws may weigh, in bytes. */
export const RECEIPT_BYTES = 65_536;
/** The most a media file may weigh, in bytes. */
export const MEDIA_BYTES = 4 * 1024 ** 3;

/** Names beside the media. */
export const DISCLOSURE_FILE = "disclosure.json";
export const RECEIPT_FILE = "receipt.jws";

/** Levels that are the device's own and can never name a recipient (docs/spec/wire.md §1). */
export const RESERVED_LEVELS: readonly string[] = ["status", "command", "request", "approval", "selftest"];

const recipient = (value: unknown): value is string => level(value) && !RESERVED_LEVELS.includes(value);

/** Below the recipient's level: one to four levels of our own alphabet, so no wildcard and no way out. */
const recipientTopic = text(160, /^[a-z0-9_-]{1,40}(\/[a-z0-9_-]{1,40}){0,3}$/);

const isMedia = closed<MediaDisclosure>({
  v: oneOf(1),
  id: ulid,
  kind: oneOf(...MEDIA_KINDS),
  recipient,
  clip: ulid,
  started: instant,
  duration_s: number(0, 86_400),
  not_after: instant,
  media: closed<MediaDisclosure["media"]>({
    file: text(40, /^(clip|still|preview)(\.[a-z0-9]{1,8}){1,2}$/),
    type: oneOf("video/mp4", "image/jpeg", "image/webp"),
    encrypted: boolean,
    bytes: integer(1, MEDIA_BYTES),
    sha256,
  }),
});

const isEvent = closed<EventDisclosure>({
  v: oneOf(1),
  id: ulid,
  kind: oneOf("event"),
  recipient,
  topic: recipientTopic,
  payload: text(65_536),
  retain: boolean,
  expires_s: optional(integer(1, 31_536_000)),
  not_after: instant,
});

/** The disclosure in `bytes`, or undefined when it is not exactly one. */
export const parseMediaDisclosure = (bytes: Uint8Array): MediaDisclosure | undefined => parsed(bytes, isMedia);

/** The event in `bytes`, or undefined when it is not exactly one. */
export const parseEventDisclosure = (bytes: Uint8Array): EventDisclosure | undefined => parsed(bytes, isEvent);

/** Whether it is a lower-case ULID. */
export const isUlid = ulid;
/** Whether it is exactly such a document. */
export const isMediaDisclosure = isMedia;
/** Whether it is exactly such a document. */
export const isEventDisclosure = isEvent;

function parsed<T>(bytes: Uint8Array, check: (value: unknown) => value is T): T | undefined {
  if (bytes.length > DOCUMENT_BYTES) return undefined;
  const value = parseJson(bytes);
  return check(value) ? value : undefined;
}
