// What the agent needs of a camera: H.264 access units with the time they were captured.
import type { Uptime } from "../clock/clock.ts";

/** One coded picture (ITU-T H.264 §7.4.1.2): every NAL unit that belongs to it, in Annex B byte-stream form. */
export interface AccessUnit {
  /** Annex B bytes, owned by the receiver: never a view into a larger stream buffer. */
  readonly data: Uint8Array;
  /** True for an IDR picture; its bytes then hold the SPS and PPS that it needs. */
  readonly key: boolean;
  /** When it was captured. Strictly increasing within one iteration. */
  readonly at: Uptime;
}

export interface Camera {
  /**
   * Opens the camera, yields access units in decode order (which is display order: no B-frames) and starts with a key
   * picture. Ends when `signal` aborts, when a finite source is exhausted, or with an error. When the iteration has
   * ended, every process that held the camera has been reaped. One iteration at a time; a later one starts afresh.
   *
   * @throws DriverError with a CAMERA_… code.
   */
  frames(signal: AbortSignal): AsyncIterable<AccessUnit>;
}

/** Takes single pictures with a camera that nothing else has open. */
export interface Stills {
  /**
   * A JPEG of this moment. When it resolves or rejects, every process that held the camera has been reaped.
   *
   * @throws DriverError with a CAMERA_… code; what `signal` aborts with.
   */
  still(signal?: AbortSignal): Promise<Uint8Array>;
}
