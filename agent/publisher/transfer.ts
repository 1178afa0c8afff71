// A disclosure as the messages it is sent in (docs/spec/wire.md §2, §3): which there are, in which order, and what each carries. Pure.
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { EventDisclosure, MediaDisclosure, PictureDisclosure, PictureKind } from "../spool/disclosure.ts";
import { packetBytes, type Outgoing, type Protocol } from "./packet.ts";
import { clipTopic, type ClipEvent, type Manifest } from "./topics.ts";

/** One message of a disclosure. */
export type Step =
  | { readonly kind: "event" | "data" | "receipt" | "manifest" | "ready" | "picture" | "picture receipt" }
  | { readonly kind: "part"; readonly n: number };

/** One message, or parts of so many bytes (the last may be smaller). */
export type Mode =
  | { readonly mode: "single" }
  | { readonly mode: "parts"; readonly partBytes: number; readonly count: number };

/** Kept free below a broker's limit: some count the packet a few bytes differently. */
const MARGIN_BYTES = 16;
const PART_OVERHEAD_BYTES = 1_024;
const LARGEST_PART_BYTES = 1_000_000;

/** What the messages of a disclosure need besides it. */
export interface Setting {
  readonly device: string;
  readonly protocol: Protocol;
  /** Largest packet the broker takes, in bytes. */
  readonly limit: number;
  readonly now: WallTime;
}

/** Whether the broker takes it in one packet. */
export const fits = (message: Outgoing, bytes: number, { protocol, limit }: Setting): boolean =>
  packetBytes(message, bytes, protocol) <= limit - MARGIN_BYTES;

/** How the media of `disclosure` goes through a broker with this limit. As few parts as possible. */
export function modeOf(disclosure: MediaDisclosure, setting: Setting): Mode {
  const { bytes } = disclosure.media;
  if (fits(dataMessage(disclosure, setting), bytes, setting)) return { mode: "single" };
  const partBytes = Math.min(setting.limit - PART_OVERHEAD_BYTES, LARGEST_PART_BYTES);
  return { mode: "parts", partBytes, count: Math.ceil(bytes / partBytes) };
}

/** Everything that is to be sent, in order; of parts only those that `has` does not name. The news of it is told once. */
export function stepsOf(kind: MediaDisclosure["kind"], mode: Mode, has: readonly number[] = [], again = false): Step[] {
  if (kind !== "clip") return [{ kind: "picture" }, { kind: "picture receipt" }];
  const media = mediaSteps(mode).filter((step) => step.kind !== "part" || !has.includes(step.n));
  return [...media, ...closingSteps(), ...(again ? [] : [{ kind: "ready" } as const])];
}

/** An event is one message; taking a still back takes its receipt back, too. */
export const eventSteps = ({ topic, payload, retain }: EventDisclosure): Step[] =>
  topic === "latest/still" && retain && payload === ""
    ? [{ kind: "event" }, { kind: "picture receipt" }]
    : [{ kind: "event" }];

/** What a receiver that names `missing` parts is sent: those, receipt and manifest. One message counts as part 0. */
export const missingSteps = (mode: Mode, missing: readonly number[]): Step[] => [
  ...mediaSteps(mode).filter((step) => missing.includes(step.kind === "part" ? step.n : 0)),
  ...closingSteps(),
];

const mediaSteps = (mode: Mode): Step[] =>
  mode.mode === "single" ? [{ kind: "data" }] : Array.from({ length: mode.count }, (_, n) => ({ kind: "part", n }));

const closingSteps = (): Step[] => [{ kind: "receipt" }, { kind: "manifest" }];

/** Offset and length of part `n`, in bytes. */
export function partRange(
  bytes: number,
  partBytes: number,
  n: number,
): { readonly offset: number; readonly length: number } {
  const offset = n * partBytes;
  return { offset, length: Math.min(partBytes, bytes - offset) };
}

/** The whole topic of one below the device. */
export const recipientTopic = (device: string, topic: string): string => `doorstep/${device}/${topic}`;

/** Complete as the recorder wrote it. */
export const eventMessage = (event: EventDisclosure, step: Step, { device }: Setting): Outgoing => ({
  topic: recipientTopic(
    device,
    `${event.recipient}/${step.kind === "picture receipt" ? RECEIPT_LEAVES.still : event.topic}`,
  ),
  retain: event.retain,
  text: true,
  contentType: event.payload.startsWith("{") ? "application/json" : "text/plain",
  ...(event.expires_s !== undefined && { expiresS: event.expires_s }),
});

/** All of the media. */
export const dataMessage = (disclosure: MediaDisclosure, setting: Setting): Outgoing =>
  mediaMessage(disclosure, "data", setting, {});

/** Slice `n` of it. */
export function partMessage(
  disclosure: MediaDisclosure,
  mode: Mode & { mode: "parts" },
  n: number,
  sha256: string,
  setting: Setting,
): Outgoing {
  const { offset } = partRange(disclosure.media.bytes, mode.partBytes, n);
  const more = { n: String(n), of: String(mode.count), offset: String(offset), part_sha256: sha256 };
  return mediaMessage(disclosure, `part/${n}`, setting, more);
}

/** The JWS that goes with a clip. */
export const receiptMessage = (disclosure: MediaDisclosure, setting: Setting): Outgoing => ({
  topic: clipLeaf(disclosure, "receipt", setting),
  retain: false,
  text: true,
  contentType: "application/jose",
  expiresS: secondsLeft(disclosure, setting),
});

/** Sent last: everything before it is complete. */
export const manifestMessage = (disclosure: MediaDisclosure, setting: Setting): Outgoing => ({
  ...receiptMessage(disclosure, setting),
  topic: clipLeaf(disclosure, "manifest", setting),
  contentType: "application/json",
});

/** News of a clip that is there. */
export const readyMessage = (disclosure: MediaDisclosure, setting: Setting): Outgoing => ({
  ...manifestMessage(disclosure, setting),
  topic: recipientTopic(setting.device, `${disclosure.recipient}/event/clip`),
  expiresS: Math.min(60, secondsLeft(disclosure, setting)),
});

const RECEIPT_LEAVES: Readonly<Record<PictureKind, string>> = {
  still: "latest/receipt",
  preview: "latest/preview-receipt",
};

/**
 * The latest still or preview. A still is retained, and so is its receipt: whoever comes late can look and check. A preview shows
 * what a clip shows, and like a clip it stands nowhere.
 */
export const pictureMessage = (disclosure: PictureDisclosure, setting: Setting): Outgoing => ({
  topic: recipientTopic(setting.device, `${disclosure.recipient}/latest/${disclosure.kind}`),
  retain: disclosure.kind === "still",
  contentType: mediaType(disclosure),
  expiresS: secondsLeft(disclosure, setting),
});

/** The JWS of the latest still or preview. */
export const pictureReceiptMessage = (disclosure: PictureDisclosure, setting: Setting): Outgoing => ({
  ...receiptMessage(disclosure, setting),
  topic: recipientTopic(setting.device, `${disclosure.recipient}/${RECEIPT_LEAVES[disclosure.kind]}`),
  retain: disclosure.kind === "still",
});

/** The manifest of a clip that was sent this way; `hashes` of its parts, in order. */
export const manifestOf = (disclosure: MediaDisclosure, mode: Mode, hashes: readonly string[]): Manifest => ({
  v: 1,
  clip: disclosure.clip,
  disclosure: disclosure.id,
  started: disclosure.started,
  duration_s: disclosure.duration_s,
  not_after: disclosure.not_after,
  media: {
    type: disclosure.media.type,
    encrypted: disclosure.media.encrypted,
    bytes: disclosure.media.bytes,
    sha256: disclosure.media.sha256,
  },
  transfer:
    mode.mode === "single"
      ? { mode: "single" }
      : { mode: "parts", part_bytes: mode.partBytes, count: mode.count, sha256: hashes },
});

/** @param at RFC 3339. */
export const readyEvent = (disclosure: MediaDisclosure, at: string): ClipEvent => ({
  v: 1,
  event_type: "ready",
  clip: disclosure.clip,
  at,
});

function mediaMessage(
  disclosure: MediaDisclosure,
  leaf: "data" | `part/${number}`,
  setting: Setting,
  more: Readonly<Record<string, string>>,
): Outgoing {
  return {
    topic: clipLeaf(disclosure, leaf, setting),
    retain: false,
    contentType: mediaType(disclosure),
    expiresS: secondsLeft(disclosure, setting),
    userProperties: { clip: disclosure.clip, sha256: disclosure.media.sha256, ...more },
  };
}

const mediaType = ({ media }: MediaDisclosure): string => (media.encrypted ? "application/octet-stream" : media.type);

const clipLeaf = (disclosure: MediaDisclosure, leaf: Parameters<typeof clipTopic>[2], { device }: Setting): string =>
  recipientTopic(device, clipTopic(disclosure.recipient, disclosure.clip, leaf));

/** A broker keeps nothing for longer than it may be sent. */
const secondsLeft = ({ not_after }: MediaDisclosure, { now }: Setting): number =>
  Math.min(Math.max(1, Math.floor((Date.parse(not_after) - now) / 1000)), 31_536_000);
