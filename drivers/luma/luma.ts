// What the agent needs to look for motion: small grey pictures, from the camera's own stream or from a file.
import type { AccessUnit } from "../camera/camera.ts";
import type { Uptime } from "../clock/clock.ts";

export interface LumaFrame {
  readonly width: number;
  readonly height: number;
  /** Brightness, a byte a pixel, rows from the top, no padding. Owned by the receiver. */
  readonly pixels: Uint8Array;
  /** When it was captured; in a file, milliseconds from its beginning. */
  readonly at: Uptime;
}

/** How the pictures are to be made. */
export interface LumaOptions {
  /** Pixels; the height follows. */
  readonly width: number;
  /** "key": key pictures only, which costs least. n: key pictures and every n-th of the others, all of them decoded. */
  readonly every: "key" | number;
}

/** A camera's stream being decoded. */
export interface LumaStream {
  /**
   * Takes the next unit; never waits. Units begin with a key picture and keep their format. What the decoder cannot keep
   * up with is left out, up to the next key picture.
   */
  push(unit: AccessUnit): void;
  /**
   * Whether every picture is decoded, as at first, or for the time being only key pictures, which costs a fraction. Taken
   * up again, it goes back to the last key picture. Says nothing to a stream of key pictures only.
   */
  attend(closely: boolean): void;
  /**
   * Yields a small picture for those units that the options ask for, in order, each as soon as its unit has come. Begins
   * to work when it is iterated, once. Ends when the signal aborts; whatever did the work is gone then.
   *
   * @throws DriverError LUMA_DECODER_MISSING or LUMA_UNDECODABLE.
   */
  readonly frames: AsyncIterable<LumaFrame>;
}

/** Decodes what a camera yields. */
export interface LumaDecoder {
  decode(options: LumaOptions, signal: AbortSignal): LumaStream;
}

/** Decodes a recording. */
export interface LumaFile {
  /**
   * Yields `fps` pictures a second of the recording in `file`, as fast as they are taken.
   *
   * @throws DriverError LUMA_DECODER_MISSING or LUMA_UNDECODABLE.
   */
  framesOfFile(file: string, width: number, fps: number, signal?: AbortSignal): AsyncIterable<LumaFrame>;
}
