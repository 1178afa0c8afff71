// What the agent needs of a switch that closes camera and microphone.
import type { Uptime } from "../clock/clock.ts";

export interface SwitchPosition {
  /** True: everything stays closed. */
  readonly closed: boolean;
  readonly at: Uptime;
}

export interface PrivacySwitch {
  /**
   * Yields the position at once, then each change, until `signal` aborts.
   *
   * @throws DriverError GPIO_… when it cannot be read: camera and microphone must then stay closed.
   */
  positions(signal: AbortSignal): AsyncIterable<SwitchPosition>;
}
