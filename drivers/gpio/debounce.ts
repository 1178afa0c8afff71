// From the trembling of a contact to what it means: leading edge, confirmed; and when a line is not to be believed at all. Pure.
import type { Uptime } from "../clock/clock.ts";

/** What a line is taken to be. */
export interface Change {
  readonly active: boolean;
  /** When the first edge towards it came, not when it was confirmed. */
  readonly at: Uptime;
}

/**
 * Takes the first edge away from the settled level as the moment, and believes it if the line still reads so when
 * `confirmMs` have passed; what it does in between is bouncing. Unlike waiting for quiet, this can neither be starved by a
 * line that never rests nor lose a press shorter than its own wait.
 */
export class Debouncer {
  readonly #confirmMs: number;
  #settled: boolean;
  #level: boolean;
  #since: Uptime | undefined;

  /** `confirmMs` 0 believes every edge. */
  constructor(confirmMs: number, level: boolean) {
    this.#confirmMs = confirmMs;
    this.#settled = level;
    this.#level = level;
  }

  /** What the line is taken to be now. */
  get settled(): boolean {
    return this.#settled;
  }

  /** When {@link settle} has something to decide; undefined while nothing is open. */
  get deadline(): Uptime | undefined {
    return this.#since === undefined ? undefined : ((this.#since + this.#confirmMs) as Uptime);
  }

  /** An edge, or the same level once more. What was due before it is decided first. */
  edge(active: boolean, at: Uptime): Change | undefined {
    const due = this.settle(at);
    this.#level = active;
    if (active !== this.#settled) this.#since ??= at;
    return due ?? this.settle(at);
  }

  /** The change that is believed by `now`, once. */
  settle(now: Uptime): Change | undefined {
    const { deadline } = this;
    if (deadline === undefined || now < deadline) return undefined;
    const at = this.#since!;
    this.#since = undefined;
    if (this.#level === this.#settled) return undefined;
    this.#settled = this.#level;
    return { active: this.#settled, at };
  }
}

/** A child that rings as fast as it can for a minute makes fewer rises than this, bouncing included. */
const RISES_A_MINUTE = 300;
const MINUTE_MS = 60_000;
/** Once a line has chattered, this many rises a second say that it still does. */
const RISES_A_SECOND_AGAIN = 5;
const SECOND_MS = 1_000;

/** Notices a line that goes up and down as no finger and no sensor does: a loose wire takes up the mains. */
export class ChatterGauge {
  #rises: Uptime[] = [];
  #suspicious = false;

  /** True if this rise is one too many. From then on fewer are, until {@link calm}. */
  rise(at: Uptime): boolean {
    const [most, within] = this.#suspicious ? [RISES_A_SECOND_AGAIN, SECOND_MS] : [RISES_A_MINUTE, MINUTE_MS];
    this.#rises = [...this.#rises.filter((earlier) => at - earlier < within), at];
    if (this.#rises.length <= most) return false;
    this.#rises = [];
    this.#suspicious = true;
    return true;
  }

  /** The line has behaved. */
  calm(): void {
    this.#suspicious = false;
  }
}
