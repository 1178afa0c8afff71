// What went wrong with rpicam-vid, from what it said and how it ended. Pure.
import { DriverError, type DriverErrorCode } from "../error.ts";
import type { Ending } from "../process/process.ts";

/** Logged when the sensor sends no frames although it was told to: a loose ribbon, mostly. */
const FRONTEND_TIMEOUT = /Camera frontend has timed out|Dequeue timer of .* has expired|Device timeout detected/;

/** In this order: what libcamera logs first says more than the exception that follows from it. */
const SAID: readonly (readonly [DriverErrorCode, RegExp])[] = [
  ["CAMERA_LEGACY_STACK", /configured for the legacy camera stack/],
  ["CAMERA_NOT_FOUND", /no cameras available/i],
  ["CAMERA_INDEX_UNKNOWN", /selected camera is not available/],
  ["CAMERA_BUSY", /in use by another process|Device or resource busy|failed to acquire camera/],
  ["CAMERA_FORBIDDEN", /Could not open any dma-?heap device|Permission denied/i],
  ["CAMERA_MEMORY_SHORT", /dma-?heap allocation failure|failed to allocate capture buffers|Cannot allocate memory/i],
  ["CAMERA_ENCODER_MISSING", /Unable to find an appropriate H\.?264 codec|cannot allocate output context/],
  [
    "CAMERA_OPTION_REFUSED",
    /unrecognised option|required argument|the argument .* is invalid|no such (level|profile)|unrecognised codec/,
  ],
  [
    "CAMERA_MODE_REFUSED",
    /failed to configure streams|failed to generate.* configuration|transforms requiring transpose/,
  ],
  ["CAMERA_NOT_ANSWERING", FRONTEND_TIMEOUT],
];

/** Why the program is not running any more, although nobody asked it to end. */
export function whyRpicamEnded({ cause, code, signal, stderr }: Ending): DriverError {
  if (cause === "not-started") return new DriverError("CAMERA_PROGRAM_MISSING", lastWords(stderr));
  const said = SAID.find(([, pattern]) => pattern.test(stderr));
  // Said long ago and recovered from, so not the cause of a later end by other means.
  if (said && (said[0] !== "CAMERA_NOT_ANSWERING" || code !== 0)) return new DriverError(said[0], lastWords(stderr));
  const how = signal ? `killed by ${signal}` : `exit code ${code}`;
  return new DriverError("CAMERA_PROGRAM_DIED", `rpicam-vid: ${how}: ${lastWords(stderr)}`);
}

/** Why no byte came for so long, although the program is running. */
export function whyRpicamSilent(silentMs: number, stderr: string): DriverError {
  const seconds = (silentMs / 1000).toFixed(1);
  return FRONTEND_TIMEOUT.test(stderr)
    ? new DriverError("CAMERA_NOT_ANSWERING", `no picture for ${seconds} s: ${lastWords(stderr)}`)
    : new DriverError("CAMERA_STALLED", `no picture for ${seconds} s, and not a word why`);
}

/** The exception that rpicam-vid died of, else the last line it wrote. */
function lastWords(stderr: string): string {
  const exception = /ERROR: \*\*\* (.*) \*\*\*/.exec(stderr)?.[1];
  const lines = stderr.trim().split("\n");
  return (exception ?? lines.at(-1) ?? "").trim().slice(0, 300) || "it said nothing";
}
