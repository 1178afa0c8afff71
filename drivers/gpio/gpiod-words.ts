// What libgpiod's command-line tools are told and what they say, in the syntax of version 1 and of version 2. Pure.
import { DriverError } from "../error.ts";
import type { InputLine, Pull } from "./gpio.ts";

export type GpiodMajor = 1 | 2;

export interface GpiodVersion {
  readonly major: GpiodMajor;
  /** As it says itself: "2.2.1". */
  readonly text: string;
}

/** Reads the first line of `gpiomon --version`. Undefined when it is neither version 1 nor a later one. */
export function readGpiodVersion(output: string): GpiodVersion | undefined {
  const [, text, major] = /\(libgpiod\) v?((\d+)\.\S+)/.exec(output) ?? [];
  if (text === undefined || major === undefined || major === "0") return undefined;
  return { major: major === "1" ? 1 : 2, text };
}

/** Where version 1 finds a line: it knows no names. */
export interface LinePlace {
  readonly chip: string;
  readonly offset: number;
}

/** Reads what `gpiofind GPIO17` of version 1 says: "gpiochip0 17". */
export function readPlace(output: string): LinePlace | undefined {
  const [, chip, offset] = /^(\S+) (\d+)$/m.exec(output) ?? [];
  return chip === undefined ? undefined : { chip, offset: Number(offset) };
}

/** What the kernel calls BCM line `gpio` on every Raspberry Pi; chip numbers move from kernel to kernel. */
export const lineName = (gpio: number): string => `GPIO${gpio}`;

const BIAS: Readonly<Record<1 | 2, Readonly<Record<Pull, readonly string[]>>>> = {
  1: { up: ["-B", "pull-up"], down: ["-B", "pull-down"], none: ["-B", "disable"], "as-is": ["-B", "as-is"] },
  // Version 2 has no word for leaving it alone: it does so unless told.
  2: { up: ["-b", "pull-up"], down: ["-b", "pull-down"], none: ["-b", "disabled"], "as-is": [] },
};

/** For gpioget: the level now, as 0 or 1. `place` is for version 1 only. */
export const readArguments = ({ gpio, pull }: InputLine, place?: LinePlace): string[] =>
  place ? [...BIAS[1][pull], place.chip, String(place.offset)] : ["--numeric", ...BIAS[2][pull], lineName(gpio)];

/** For gpiomon: a line for each edge, "1 seconds nanoseconds" or "1 seconds.nanoseconds", on the monotonic clock. */
export const monitorArguments = ({ gpio, pull }: InputLine, place?: LinePlace): string[] =>
  place
    ? ["-b", ...BIAS[1][pull], "-F", "%e %s %n", place.chip, String(place.offset)]
    : ["--banner", ...BIAS[2][pull], "-e", "both", "-E", "monotonic", "-F", "%e %S", lineName(gpio)];

/** For gpioset: drives the line and holds it until told to stop. */
export const driveArguments = (gpio: number, high: boolean, place?: LinePlace): string[] =>
  place ? ["--mode=signal", place.chip, `${place.offset}=${Number(high)}`] : [`${lineName(gpio)}=${Number(high)}`];

/** For gpioset: drives the line once and lets it go. The Pi's own kernels keep the level then; others make it an input. */
export const driveOnceArguments = (gpio: number, high: boolean, place?: LinePlace): string[] =>
  place
    ? ["--mode=exit", place.chip, `${place.offset}=${Number(high)}`]
    : ["-t", "0", `${lineName(gpio)}=${Number(high)}`];

export type MonitorLine =
  /** The line is watched from now on. Only version 2 says so. */
  { readonly kind: "watching" } | { readonly kind: "edge"; readonly high: boolean; readonly monotonicMs: number };

/** One line of gpiomon's output; undefined for what means nothing. In both versions 1 is a rise, and a fall is not. */
export function readMonitorLine(line: string): MonitorLine | undefined {
  if (line.startsWith("Monitoring line")) return { kind: "watching" };
  const [, edge, s, separator, fraction] = /^([012]) (\d+)([ .])(\d{1,9})$/.exec(line) ?? [];
  if (s === undefined || fraction === undefined) return undefined;
  // Version 1 prints nanoseconds as a number, version 2 as the nine digits after a point.
  const ns = separator === "." ? Number(fraction.padEnd(9, "0")) : Number(fraction);
  return { kind: "edge", high: edge === "1", monotonicMs: Number(s) * 1000 + ns / 1e6 };
}

/** Why a tool ended that should not have, from what it wrote to stderr. */
export function whyGpiodFailed(
  gpio: number,
  stderr: string,
  otherwise: "GPIO_LINE_LOST" | "GPIO_LINE_MISSING" | "GPIO_CHIP_MISSING",
): DriverError {
  const name = lineName(gpio);
  const said = stderr.trim().split("\n")[0]?.slice(0, 200) ?? "";
  if (/resource busy/i.test(stderr)) return new DriverError("GPIO_LINE_BUSY", `${name}: ${said}`);
  if (/permission denied|not permitted/i.test(stderr)) return new DriverError("GPIO_FORBIDDEN", `${name}: ${said}`);
  if (/cannot find line|not found/i.test(stderr)) return new DriverError("GPIO_LINE_MISSING", name);
  return new DriverError(otherwise, said ? `${name}: ${said}` : name);
}
