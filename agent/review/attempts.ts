// How often somebody may try to sign in. One count for everybody: behind the proxy all clients look alike. Pure.
import type { Clock, Uptime } from "../../drivers/clock/clock.ts";

/** As many mistakes are free. */
const FREE = 5;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 15 * 60_000;
/** After so long without a mistake they are forgotten. */
const FORGOTTEN_AFTER_MS = 60 * 60_000;

/** Pauses that double with each mistake, up to a quarter of an hour: about a hundred guesses a day. */
export class Attempts {
  readonly #clock: Clock;
  #mistakes = 0;
  #newest = Number.NEGATIVE_INFINITY as Uptime;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long until the next try is looked at, in milliseconds; 0 when it may be now. */
  waitMs(): number {
    const since = this.#clock.uptime() - this.#newest;
    if (since >= FORGOTTEN_AFTER_MS) this.#mistakes = 0;
    if (this.#mistakes < FREE) return 0;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this.#mistakes - FREE), LONGEST_PAUSE_MS);
    return Math.max(0, pause - since);
  }

  failed(): void {
    this.#mistakes += 1;
    this.#newest = this.#clock.uptime();
  }

  succeeded(): void {
    this.#mistakes = 0;
  }
}
