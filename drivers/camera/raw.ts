// What masks need of a camera: pictures before anything has encoded them. Pure.
import type { Uptime } from "../clock/clock.ts";
import type { RawFormat } from "../mask/painter.ts";

/** One uncompressed picture. It is lent: once the next one is asked for, its memory may hold something else. */
export interface RawPicture {
  readonly format: RawFormat;
  /** "full": luma from 0 to 255, as JPEG has it. Default: limited, as video has it. */
  readonly range?: "full";
  /** Consecutive pieces that together are the picture; may be written to. */
  readonly pieces: readonly Uint8Array[];
  /** When it was captured. Strictly increasing within one iteration. */
  readonly at: Uptime;
}

/** A camera that gives raw pictures. */
export interface RawCamera {
  /**
   * Opens the camera and yields its pictures, all of one format. Ends as Camera.frames does: when `signal` aborts, when a
   * finite source is exhausted, or with an error; every process that held the camera has then been reaped.
   *
   * @throws DriverError with a CAMERA_… code, or FFMPEG_MISSING.
   */
  pictures(signal: AbortSignal): AsyncIterable<RawPicture>;
}
