// Sound before it is encoded: what a sound card delivers.
import type { Uptime } from "../clock/clock.ts";

/** Hertz, one channel, signed 16 bit little-endian: what AAC is made from. */
export const SAMPLE_RATE = 48_000;
export const BYTES_PER_SAMPLE = 2;

export interface PcmChunk {
  /** Whole samples. */
  readonly data: Uint8Array;
  /** When the last of them reached us. */
  readonly arrivedAt: Uptime;
  /** Samples that were lost just before these: a gap of that length. */
  readonly lost: number;
}

/** A sound card. */
export interface PcmSource {
  /**
   * Opens the sound card and yields what it hears until `signal` aborts. When the iteration has ended, every process that
   * held the sound card has been reaped. One iteration at a time.
   *
   * @throws DriverError with a MICROPHONE_… code.
   */
  chunks(signal: AbortSignal): AsyncIterable<PcmChunk>;
}
