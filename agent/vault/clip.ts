// What the program knows of one recording. Pure.
import type { Trigger } from "../../config/trigger.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";

/** A lower-case ULID: 26 characters, sorts by time. */
export type ClipId = string;

/**
 * recording: being written. ready: finalised, fsynced, hashed. quarantined: kept, never shared (altered, or a mask could
 * not be proven). deleted: only the row is left.
 */
export type ClipState = "recording" | "ready" | "quarantined" | "deleted";

/** One recording. */
export interface Clip {
  readonly id: ClipId;
  readonly state: ClipState;
  /** When the first picture, pre-roll included, was captured. */
  readonly startedAt: WallTime;
  /** Whether the wall clock could be trusted then. */
  readonly clockTrusted: boolean;
  readonly durationMs: number;
  /** The actual pre-roll, which may be shorter than the configured one. */
  readonly preRollMs: number;
  readonly bytes: number;
  /** Lower-case hex of the finished file. */
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly hasAudio: boolean;
  /** In the order they happened, each once. */
  readonly triggers: readonly Trigger[];
  /** Names of the zones something moved in; "unknown" when motion was not analysed. */
  readonly zones: readonly string[] | "unknown";
  readonly pinned: boolean;
  /** A visitor held the objection input: never goes out automatically. */
  readonly objected: boolean;
}

/** One thing that made a clip start, or go on. */
export interface Cause {
  readonly kind: "trigger" | "zone";
  /** The trigger's name, or the zone's. */
  readonly name: string;
  /** From the first picture of the clip. */
  readonly offsetMs: number;
  /** 0 for what has no length, like a press. */
  readonly spanMs: number;
  /** Zones only: the largest share of the zone that moved, 0–1. */
  readonly strength?: number;
}
