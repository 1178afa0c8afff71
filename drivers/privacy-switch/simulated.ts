// A privacy switch without a wire: for tests, the demo, and machines without one.
import type { Clock } from "../clock/clock.ts";
import type { DriverError } from "../error.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import type { PrivacySwitch, SwitchPosition } from "./privacy-switch.ts";

/** Movements that may wait for somebody to take them. */
const MAX_WAITING = 64;

export class SimulatedPrivacySwitch implements PrivacySwitch {
  readonly #clock: Clock;
  #closed: boolean;
  #positions: BoundedQueue<SwitchPosition> | undefined;
  #fault: DriverError | undefined;

  constructor(clock: Clock, closed = false) {
    this.#clock = clock;
    this.#closed = closed;
  }

  /** Somebody moves it. Where it is already, nothing happens. */
  turn(closed: boolean): void {
    if (closed === this.#closed) return;
    this.#closed = closed;
    this.#positions?.push({ closed, at: this.#clock.uptime() });
  }

  /** From now on it cannot be read, as one whose wire is held by another program; undefined mends it. */
  breakWith(error: DriverError | undefined): void {
    this.#fault = error;
    if (error) this.#positions?.end(error);
  }

  async *positions(signal: AbortSignal): AsyncGenerator<SwitchPosition, void, undefined> {
    if (this.#fault) throw this.#fault;
    const positions = new BoundedQueue<SwitchPosition>(MAX_WAITING);
    this.#positions = positions;
    positions.push({ closed: this.#closed, at: this.#clock.uptime() });
    yield* positions.take(signal);
  }
}
