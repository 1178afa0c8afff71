// Which looks of the owner's are looks at the same thing: a player asks for a clip in many pieces, and that is one viewing.
import { minutes, type Clock, type Uptime } from "../../drivers/clock/clock.ts";

/** So long after the last piece the next one is a viewing of its own. */
const ONE_LOOK = minutes(10);
const REMEMBERED = 500;

/** Remembers what is being looked at. */
export class Viewings {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Uptime>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this look is a new one. Call it for every piece, after what was asked for has been given. */
  begins(what: string): boolean {
    const now = this.#clock.uptime();
    const last = this.#seen.get(what);
    this.#seen.delete(what);
    this.#seen.set(what, now);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.keys().next().value!);
    return last === undefined || now - last >= ONE_LOOK;
  }

  /** Whether it is being looked at now. */
  goesOn(what: string): boolean {
    const last = this.#seen.get(what);
    return last !== undefined && this.#clock.uptime() - last < ONE_LOOK;
  }
}
