// From a level and how many interrupts the kernel has counted, to how many changes there were since the last look. Pure.
import type { Uptime } from "../clock/clock.ts";

/** A line as it was at one moment. */
export interface Look {
  readonly high: boolean;
  /** Interrupts so far, modulo 2³²; undefined where the kernel does not tell. */
  readonly edges: number | undefined;
  readonly at: Uptime;
}

/** A line that does not rest for this many readings is read as it happens to be: what follows has its own wake. */
const READINGS = 8;

/** Reads the level with the same count before and after it, so that both are of one moment. */
export function lookAt(level: () => 0 | 1, edges: () => number | undefined, now: () => Uptime): Look {
  let counted = edges();
  for (let i = 1; ; i++) {
    const high = level() === 1;
    const again = edges();
    if (again === counted || i === READINGS) return { high, edges: again, at: now() };
    counted = again;
  }
}

/** An interrupt is counted within this long after the level that it tells of can be read; microseconds, in truth. */
const COUNTED_WITHIN_MS = 100;

/** What has been told of a line, against what the kernel has counted on it. */
export class EdgeTally {
  #last: Look;
  /** Changes told whose interrupts have not been counted: the level was seen first, or the chip made one of several. */
  #ahead = 0;

  constructor(first: Look) {
    this.#last = first;
  }

  /**
   * How many changes there were since the look before, ending at this level: as many as were counted, and one more where the
   * level says that one was not. Called when the kernel has woken us; without a count that means at least one.
   */
  changes(now: Look): number {
    const { edges, high, at } = this.#last;
    this.#last = now;
    if (at + COUNTED_WITHIN_MS < now.at) this.#ahead = 0;
    const known = now.edges !== undefined && edges !== undefined;
    const counted = known ? (now.edges - edges) >>> 0 : 1;
    const untold = Math.max(0, counted - this.#ahead);
    const odd = Number(high !== now.high);
    const changes = untold + ((untold + odd) % 2);
    this.#ahead = known ? this.#ahead + changes - counted : 0;
    return changes;
  }
}
