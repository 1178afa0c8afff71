// From pictures with somebody in them to visits: when each began and ended, where, how much. Pure.
import type { Verdict } from "./detector.ts";

export interface MotionEvent {
  readonly startMs: number;
  /** The last picture with somebody in it. */
  readonly endMs: number;
  /** Zones in the order they were entered. */
  readonly zones: readonly string[];
  /** 0–1: the largest {@link Verdict.strength}. */
  readonly peak: number;
}

/** Nobody seen for this long, and for at least two pictures, ends an event. */
export const ABSENCE_MS = 2_000;

export class EventTracker {
  #open: MotionEvent | undefined;
  #absences = 0;
  #endedMs = Number.NEGATIVE_INFINITY;

  /** The event going on. */
  get current(): MotionEvent | undefined {
    return this.#open;
  }

  /** Takes the verdict on the picture at `atMs`; returns the event that ended with it, if one did. */
  push(verdict: Verdict, atMs: number): MotionEvent | undefined {
    const open = this.#open;
    if (verdict.present) {
      this.#absences = 0;
      // Reaching back must not reach into the event before.
      const startMs = open?.startMs ?? Math.max(verdict.sinceMs ?? atMs, this.#endedMs);
      const zones = [...new Set([...(open?.zones ?? []), ...verdict.zones])];
      this.#open = { startMs, endMs: atMs, zones, peak: Math.max(open?.peak ?? 0, verdict.strength) };
      return undefined;
    }
    if (!open) return undefined;
    this.#absences += 1;
    return this.#absences >= 2 && atMs - open.endMs >= ABSENCE_MS ? this.end() : undefined;
  }

  /** There are no more pictures: ends the event going on, if there is one. */
  end(): MotionEvent | undefined {
    const open = this.#open;
    this.#open = undefined;
    this.#endedMs = open?.endMs ?? this.#endedMs;
    return open;
  }
}
