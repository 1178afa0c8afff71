// What the agent needs of a passive infrared sensor.
import type { Uptime } from "../clock/clock.ts";

export interface PirLevel {
  /** True while the sensor reports warmth that moves. */
  readonly active: boolean;
  readonly at: Uptime;
}

export interface Pir {
  /**
   * Yields each change of the debounced level, in order, until `signal` aborts. Warm-up is not filtered here.
   *
   * @throws DriverError with a GPIO_… code.
   */
  levels(signal: AbortSignal): AsyncIterable<PirLevel>;
}
