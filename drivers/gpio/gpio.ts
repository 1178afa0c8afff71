// What the agent's drivers need of a Raspberry Pi's GPIO header: levels of an input with their times, and an output that can be believed.
import type { Uptime } from "../clock/clock.ts";
import type { DriverError } from "../error.ts";

/** "as-is" leaves the resistor as whoever booted the board has set it. */
export type Pull = "up" | "down" | "none" | "as-is";

export interface InputLine {
  /** BCM number: 17 is the line that the kernel calls GPIO17. */
  readonly gpio: number;
  readonly pull: Pull;
}

/** What a line reads, as volts: whether high means yes is its wiring's business. */
export interface LineLevel {
  readonly high: boolean;
  /** When it became so, by the kernel's own stamp where there is one. */
  readonly at: Uptime;
}

export interface OutputLine {
  /**
   * Resolves once the line is driven, and has been read back as far as the driver can.
   *
   * @throws DriverError GPIO_NOT_CONFIRMED when it reads otherwise, GPIO_LINE_LOST when it has been taken from us.
   */
  set(high: boolean): Promise<void>;
  /** Resolves, never rejects, if the line is taken from us before {@link close}; otherwise stays pending. */
  readonly lost: Promise<DriverError>;
  /** Drives it to where it rests and lets it go; harmless when repeated. Never rejects. */
  close(): Promise<void>;
}

export interface Gpio {
  /** Which driver, for status and log. */
  readonly name: string;
  /**
   * Yields the level at once, then each change of it, neither debounced nor inverted, until `signal` aborts. The line is
   * ours from the first level on, and free again when the iteration has ended.
   *
   * @throws DriverError GPIO_CHIP_MISSING, GPIO_LINE_MISSING, GPIO_LINE_BUSY, GPIO_FORBIDDEN, GPIO_PULL_UNSUPPORTED,
   *   GPIO_PROGRAM_MISSING or GPIO_ADDON_MISSING before the first level; GPIO_LINE_LOST or GPIO_CHATTER at any time.
   */
  levels(line: InputLine, signal: AbortSignal): AsyncIterable<LineLevel>;
  /**
   * Takes a line as an output. `restHigh`: its level now, after closing, and if our process dies.
   *
   * @throws DriverError as {@link levels} does before the first level.
   */
  output(gpio: number, restHigh: boolean): Promise<OutputLine>;
}

/** Changes that may wait for somebody to take them. A line that makes more is not a line of ours. */
export const MAX_WAITING_LEVELS = 1024;
