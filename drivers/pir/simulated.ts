// A passive infrared sensor that is told what it senses: for tests, the demo, and machines without one.
import { type Clock, type Duration, seconds } from "../clock/clock.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import type { Pir, PirLevel } from "./pir.ts";

/** Changes that may wait for somebody to take them; the kernel keeps a few too. More are lost. */
const MAX_WAITING = 64;

export class SimulatedPir implements Pir {
  readonly #clock: Clock;
  readonly #changes = new BoundedQueue<PirLevel>(MAX_WAITING);
  #active = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get active(): boolean {
    return this.#active;
  }

  /** What it senses from now on. Saying the same again is no change. */
  sense(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    this.#changes.push({ active, at: this.#clock.uptime() });
  }

  /** Somebody moves in front of it once: active for `hold`, as an AM312 is after a movement. */
  async trigger(hold: Duration = seconds(2), signal?: AbortSignal): Promise<void> {
    this.sense(true);
    await this.#clock.sleep(hold, signal).finally(() => this.sense(false));
  }

  levels(signal: AbortSignal): AsyncIterable<PirLevel> {
    return this.#changes.take(signal);
  }
}
