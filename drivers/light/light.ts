// The light that tells people at the door what is open (promise 11).
import type { DriverError } from "../error.ts";

/** Steady: camera open. Slow blink: recording. Double blink: microphone open. */
export type LightPattern = "off" | "steady" | "slow-blink" | "double-blink";

export interface Light {
  /**
   * Shows `pattern` until told otherwise; resolves once the line has been driven and read back.
   *
   * @throws DriverError LIGHT_… or GPIO_… when it cannot be confirmed: camera and microphone must then stay closed.
   */
  show(pattern: LightPattern): Promise<void>;
  /** Calls `listener` if the light stops showing what it was told, without having been told otherwise. */
  onLost(listener: (error: DriverError) => void): void;
  /** Turns it off and lets the line go. */
  close(): Promise<void>;
}
