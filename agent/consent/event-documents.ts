// The small messages of the gate as they stand in the spool. Pure. Topics and payloads: docs/spec/wire.md.
import { milliseconds, rfc3339 } from "../../drivers/clock/clock.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { ClipEvent, HouseState, Info, MotionEvent, RingEvent } from "../publisher/topics.ts";
import type { EventDisclosure } from "../spool/disclosure.ts";
import { DOOR_LINE_BYTES } from "../spool/door.ts";
import type { RecorderToPublisher } from "../spool/door.ts";
import type { ClipId } from "../vault/clip.ts";
import { EVENT_NOT_AFTER_MS, MEDIA_NOT_AFTER_MS } from "./decide.ts";

/** A message before it has an id and a recipient. */
export interface EventDraft {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  /** How long it may wait to be sent, in milliseconds. */
  readonly spanMs: number;
  /** How long a broker may keep it for somebody who is away, in seconds. */
  readonly expiresS?: number;
  /** The clip it speaks of. */
  readonly clip?: ClipId;
}

const EVENT_EXPIRES_S = EVENT_NOT_AFTER_MS / 1000;

/** Somebody rang, at `at`. */
export const ringDraft = (at: WallTime): EventDraft => ({
  topic: "event/ring",
  payload: JSON.stringify({ v: 1, event_type: "ring", at: rfc3339(at) } satisfies RingEvent),
  retain: false,
  spanMs: EVENT_NOT_AFTER_MS,
  expiresS: EVENT_EXPIRES_S,
});

/** Something moved, at `at`. */
export const motionDraft = (at: WallTime): EventDraft => ({
  topic: "event/motion",
  payload: JSON.stringify({ v: 1, event_type: "motion", at: rfc3339(at) } satisfies MotionEvent),
  retain: false,
  spanMs: EVENT_NOT_AFTER_MS,
  expiresS: EVENT_EXPIRES_S,
});

/** ON is worth a minute; OFF must arrive whenever it can, or a light stays on for days. */
export const motionStateDraft = (state: "ON" | "OFF"): EventDraft => ({
  topic: "motion",
  payload: state,
  retain: true,
  spanMs: state === "ON" ? EVENT_NOT_AFTER_MS : MEDIA_NOT_AFTER_MS,
});

/** A clip waits for the owner, as of `at`. */
export const waitingDraft = (clip: ClipId, at: WallTime): EventDraft => ({
  topic: "event/clip",
  payload: JSON.stringify({ v: 1, event_type: "waiting", clip, at: rfc3339(at) } satisfies ClipEvent),
  retain: false,
  spanMs: EVENT_NOT_AFTER_MS,
  expiresS: EVENT_EXPIRES_S,
  clip,
});

/** How many clips wait for the owner. */
export const countDraft = (count: number): EventDraft => ({
  topic: "waiting",
  payload: String(count),
  retain: true,
  spanMs: MEDIA_NOT_AFTER_MS,
});

/** How the device is. */
export const stateDraft = (state: HouseState): EventDraft => ({
  topic: "state",
  payload: JSON.stringify(state),
  retain: true,
  spanMs: MEDIA_NOT_AFTER_MS,
});

/** Kept for as long as the clip would have been: somebody who was away must hear of it, too. */
export const withdrawnDraft = (clip: ClipId, at: WallTime): EventDraft => ({
  topic: "event/clip",
  payload: JSON.stringify({ v: 1, event_type: "withdrawn", clip, at: rfc3339(at) } satisfies ClipEvent),
  retain: false,
  spanMs: MEDIA_NOT_AFTER_MS,
  expiresS: MEDIA_NOT_AFTER_MS / 1000,
  clip,
});

/** Who this device is: its name and its public key, base64 of 32 bytes. */
export const infoDraft = (device: string, key: string): EventDraft => ({
  topic: "info",
  payload: JSON.stringify({ v: 1, device, key } satisfies Info),
  retain: true,
  spanMs: MEDIA_NOT_AFTER_MS,
});

/** The head of the recipient's own tree, as a signed note. */
export const checkpointDraft = (note: string): EventDraft => ({
  topic: "checkpoint",
  payload: note,
  retain: true,
  spanMs: MEDIA_NOT_AFTER_MS,
});

/**
 * Whether a message takes something back, or says that nothing follows: it may go whenever there is a line, whatever was
 * decided since.
 */
export const isFarewell = ({
  topic,
  payload,
  retain,
}: Pick<EventDisclosure, "topic" | "payload" | "retain">): boolean =>
  retain
    ? payload === "" ||
      payload === "OFF" ||
      (topic === "state" && (JSON.parse(payload) as HouseState).sharing === "paused")
    : topic === "event/clip" && (JSON.parse(payload) as ClipEvent).event_type === "withdrawn";

/** Empties a retained topic. */
export const emptyDraft = (topic: string): EventDraft => ({
  topic,
  payload: topic === "motion" ? "OFF" : "",
  retain: true,
  spanMs: MEDIA_NOT_AFTER_MS,
});

/** The draft as it stands in the spool, to be sent until `spanMs` after `now`. */
export const eventDocument = (draft: EventDraft, id: string, recipient: string, now: WallTime): EventDisclosure => ({
  v: 1,
  id,
  kind: "event",
  recipient,
  topic: draft.topic,
  payload: draft.payload,
  retain: draft.retain,
  ...(draft.expiresS === undefined ? {} : { expires_s: draft.expiresS }),
  not_after: rfc3339((now + milliseconds(draft.spanMs)) as WallTime),
});

/** Room for topics in one line of door.sock, in bytes. */
const RETRACT_BYTES = DOOR_LINE_BYTES - 200;

/** `closed`, in as many lines of door.sock as its topics need; one even if there are none. */
export function closedMessages(topics: readonly string[]): readonly Extract<RecorderToPublisher, { type: "closed" }>[] {
  const filled: string[][] = [[]];
  let bytes = 0;
  for (const topic of topics) {
    bytes += topic.length + 3;
    if (bytes > RETRACT_BYTES) {
      filled.push([]);
      bytes = topic.length + 3;
    }
    filled.at(-1)!.push(topic);
  }
  return filled.map((retract) => ({ type: "closed", retract }));
}
