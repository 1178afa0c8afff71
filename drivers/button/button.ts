// What the agent needs of a bell push. Wiring, debouncing and libgpiod are the implementation's business.
import type { Uptime } from "../clock/clock.ts";

export interface Press {
  /** When contact closed, after debouncing. */
  readonly at: Uptime;
}

export interface Button {
  /**
   * Yields each press once, in order, until `signal` aborts. One iteration at a time.
   *
   * @throws DriverError with a GPIO_… code.
   */
  presses(signal: AbortSignal): AsyncIterable<Press>;
}
