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

/** Nobody seen for this long, and for at least two pictures, ends an event: they may have been hidden. */
export const UNSEEN_MS = 2_500;
/** Whoever was seen to leave is gone. */
export const LEFT_MS = 1_500;

export class EventTracker {
  #open: MotionEvent | undefined;
  #absences = 0;
  #endedMs = Number.NEGATIVE_INFINITY;

  /** The event going on. */
  get current(): MotionEvent | undefined {
    return this.#open;
  }

  /**
   * Takes the verdict on the picture at `atMs`; returns the event that ended with it, if one did. Another may have begun
   * with the same picture: see {@link current}.
   */
  push(verdict: Verdict, atMs: number): MotionEvent | undefined {
    const { present, absence, sinceMs = atMs } = verdict;
    const open = this.#open;
    if (!present) {
      if (!open) return undefined;
      this.#absences += 1;
      const span = absence === "left" ? LEFT_MS : UNSEEN_MS;
      const pictures = absence === "left" ? 1 : 2;
      const over = absence !== "doubtful" && this.#absences >= pictures && atMs - open.endMs >= span;
      return over ? this.end() : undefined;
    }
    this.#absences = 0;
    // Whoever came long after the last had been seen is somebody else.
    const ended = open && sinceMs - open.endMs >= LEFT_MS ? this.end() : undefined;
    const going = this.#open;
    // Reaching back must not reach into the event before.
    const startMs = going?.startMs ?? Math.max(sinceMs, this.#endedMs);
    const zones = [...new Set([...(going?.zones ?? []), ...verdict.zones])];
    this.#open = { startMs, endMs: atMs, zones, peak: Math.max(going?.peak ?? 0, verdict.strength) };
    return ended;
  }

  /** There are no more pictures: ends the event going on, if there is one. */
  end(): MotionEvent | undefined {
    const open = this.#open;
    this.#open = undefined;
    this.#endedMs = open?.endMs ?? this.#endedMs;
    return open;
  }
}
