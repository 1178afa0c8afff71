// What the agent needs of a microphone: AAC frames with the time they were captured, on the camera's clock.
import type { Uptime } from "../clock/clock.ts";

export interface AudioPacket {
  /** One AAC-LC frame with its ADTS header (ISO/IEC 14496-3 §1.A.2.2), owned by the receiver. */
  readonly data: Uint8Array;
  /** Hertz, and the number of channels: what the ADTS header says too. */
  readonly sampleRate: number;
  readonly channels: number;
  /** When its first sample was captured. Strictly increasing within one iteration. */
  readonly at: Uptime;
  readonly durationMs: number;
}

export interface Microphone {
  /**
   * Opens the microphone and yields packets in order until `signal` aborts, or ends with an error. Nothing is opened
   * before the first packet is asked for; when the iteration has ended, every process that held the microphone has been
   * reaped. One iteration at a time; a later one starts afresh.
   *
   * @throws DriverError with a MICROPHONE_… code.
   */
  packets(signal: AbortSignal): AsyncIterable<AudioPacket>;
}
