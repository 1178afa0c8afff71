// Every topic below doorstep/{device}/ and what it carries (DESIGN §9): one map for publisher, receiver, page and tests. Pure.
// docs/spec/wire.md is normative.
import type { MediaType } from "../spool/disclosure.ts";

/** What says that a clip is complete, and how to put it together. */
export interface Manifest {
  readonly v: 1;
  readonly clip: string;
  readonly disclosure: string;
  readonly started: string;
  readonly duration_s: number;
  readonly not_after: string;
  readonly media: {
    readonly type: MediaType;
    readonly encrypted: boolean;
    readonly bytes: number;
    readonly sha256: string;
  };
  readonly transfer:
    | { readonly mode: "single" }
    | {
        readonly mode: "parts";
        readonly part_bytes: number;
        readonly count: number;
        readonly sha256: readonly string[];
      };
}

/** News of a clip. */
export interface ClipEvent {
  readonly v: 1;
  readonly event_type: "ready" | "withdrawn" | "waiting";
  readonly clip: string;
  readonly at: string;
}

/** The bell was rung. */
export interface RingEvent {
  readonly v: 1;
  readonly event_type: "ring";
  readonly at: string;
}

/** Something moved. */
export interface MotionEvent {
  readonly v: 1;
  readonly event_type: "motion";
  readonly at: string;
}

export const CAMERA_STATES = ["off", "starting", "on", "failed", "closed"] as const;
export const MICROPHONE_STATES = ["off", "on", "failed"] as const;
export const SHARING_STATES = ["on", "paused"] as const;

/** How the device is, for a plain recipient with told_of_state. Says the same for as long as nothing changes. */
export interface HouseState {
  readonly v: 1;
  /** closed: on purpose, by a switch or a mask that cannot be proven. */
  readonly camera: (typeof CAMERA_STATES)[number];
  readonly microphone: (typeof MICROPHONE_STATES)[number];
  /** With this recipient. paused: by its own command. */
  readonly sharing: (typeof SHARING_STATES)[number];
  /** How sharing goes on, in words; "" while it is on. */
  readonly resume: string;
  /** What is wrong, each with what to do about it, and no detail of today's. */
  readonly problems: readonly { readonly code: string; readonly remedy: string }[];
}

/** What a receiver says on {recipient}/ack. */
export type Acknowledgement =
  | { readonly v: 1; readonly type: "hello" }
  | { readonly v: 1; readonly type: "arrived"; readonly clip: string; readonly sha256: string }
  | { readonly v: 1; readonly type: "missing"; readonly clip: string; readonly parts: readonly number[] };

/** What a receiver needs to know of the device. */
export interface Info {
  readonly v: 1;
  readonly device: string;
  /** The device's Ed25519 public key, base64 of the raw 32 bytes: what `ledger key` prints. */
  readonly key: string;
}

/** A clip's topic below doorstep/{device}/. */
export const clipTopic = (
  recipient: string,
  clip: string,
  leaf: "data" | "manifest" | "receipt" | `part/${number}`,
): string => `${recipient}/clip/${clip}/${leaf}`;
