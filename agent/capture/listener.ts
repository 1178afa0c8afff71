// What Capture tells the rest of the recorder: clips that begin, are ready, failed; what the camera is doing.
import type { Trigger } from "../../config/trigger.ts";
import type { Uptime, WallTime } from "../../drivers/clock/clock.ts";
import type { ClipId } from "../vault/clip.ts";
import type { CloseReason } from "./session.ts";
import type { SourceState } from "./supervisor.ts";

/** What is known of a clip when its first picture goes to the card. */
export interface ClipDraft {
  readonly id: ClipId;
  /** When the first picture, pre-roll included, was captured; and whether the wall clock could be trusted then. */
  readonly startedAt: WallTime;
  readonly clockTrusted: boolean;
  /** The actual pre-roll, which may be shorter or up to a key interval longer than the configured one. */
  readonly preRollMs: number;
  readonly width: number;
  readonly height: number;
  /** Why it was begun: each trigger once, in the order they happened. Never empty. */
  readonly triggers: readonly Trigger[];
  /** The clip that this one follows without a gap. */
  readonly continues?: ClipId;
}

/** Where something moved in a clip, when, and how strongly. */
export interface Movement {
  readonly zone: string;
  /** Milliseconds from the beginning of the clip, first and last. */
  readonly fromMs: number;
  readonly toMs: number;
  /** 0–1: the largest part of the zone that moved at once. */
  readonly peak: number;
}

/** A clip that is finalised, fsynced and hashed. */
export interface FinishedClip extends ClipDraft {
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly durationMs: number;
  readonly hasAudio: boolean;
  /** Every reason, `at` in milliseconds from the beginning of the clip; `times` counts merged repetitions. */
  readonly reasons: readonly { readonly trigger: Trigger; readonly atMs: number; readonly times: number }[];
  /** Names of the zones something moved in, in that order; "unknown" unless motion was analysed all the time. */
  readonly zones: readonly string[] | "unknown";
  readonly movements: readonly Movement[];
  /** The objection input was held at some time during the clip. */
  readonly objected: boolean;
  readonly endedBy: CloseReason;
  /** Pictures left out because the card was too slow. */
  readonly droppedPictures: number;
}

export interface CaptureStatus {
  /** "asleep": until the next trigger. "shut": closed on purpose, see `shutBy`. */
  readonly camera: "asleep" | "shut" | "opening" | "open" | "ended" | "failed";
  /** What closed it (privacy switch, owner, …), in order; empty unless it is shut. */
  readonly shutBy: readonly string[];
  /** "none": there is none, or audio is off. */
  readonly microphone: "none" | SourceState["kind"];
  readonly recording: ClipId | undefined;
  readonly cameraError?: unknown;
  readonly microphoneError?: unknown;
}

/** Called in order, one at a time; must not throw. The next clip is told of only when onReady's promise has resolved. */
export interface CaptureListener {
  /** A clip has its first picture. Ends in exactly one of onReady, onFailed and onDiscarded with the same id. */
  onStarted(draft: ClipDraft): void;
  /** {@link Capture.stop} waits for the promise. */
  onReady(clip: FinishedClip): void | Promise<void>;
  /** AgentError CLIP_NOT_WRITTEN. */
  onFailed(id: ClipId, error: unknown): void;
  /** The sensor alone had asked for it, and nothing moved in it: it has been removed. */
  onDiscarded(id: ClipId): void;
  /** A trigger led to no clip: the sensor was warming up, the camera was shut, or gave no picture in time. */
  onMissed(trigger: Trigger, at: Uptime, reason: "warm-up" | "closed" | "no-picture"): void;
  /** The camera, the microphone or the recording changed its state. */
  onCameraState(status: CaptureStatus): void;
}

/** The same listener, with `first` told of each change of state before it is. */
export const watchedBy = (listener: CaptureListener, first: (status: CaptureStatus) => void): CaptureListener => ({
  onStarted: (draft) => listener.onStarted(draft),
  onReady: (clip) => listener.onReady(clip),
  onFailed: (id, error) => listener.onFailed(id, error),
  onDiscarded: (id) => listener.onDiscarded(id),
  onMissed: (trigger, at, reason) => listener.onMissed(trigger, at, reason),
  onCameraState: (status) => {
    first(status);
    listener.onCameraState(status);
  },
});
