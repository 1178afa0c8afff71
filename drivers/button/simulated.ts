// A bell push without a wire: for tests, the demo, and machines without one.
import type { Clock } from "../clock/clock.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import type { Button, Press } from "./button.ts";

/** Presses that may wait for somebody to take them; the kernel keeps a few too. More are lost. */
const MAX_WAITING = 64;

export class SimulatedButton implements Button {
  readonly #clock: Clock;
  readonly #presses = new BoundedQueue<Press>(MAX_WAITING);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  press(): void {
    this.#presses.push({ at: this.#clock.uptime() });
  }

  presses(signal: AbortSignal): AsyncIterable<Press> {
    return this.#presses.take(signal);
  }
}
