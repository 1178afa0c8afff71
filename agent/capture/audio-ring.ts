// The sound that belongs to the pictures in the pre-roll ring. Pure.
import type { Uptime } from "../../drivers/clock/clock.ts";
import type { AudioPacket } from "../../drivers/microphone/microphone.ts";

/** Minutes of speech; a microphone whose camera delivers nothing must not fill the memory. */
const MOST_BYTES = 2 << 20;

export class AudioRing {
  #packets: AudioPacket[] = [];
  #bytes = 0;

  push(packet: AudioPacket): void {
    this.#packets.push(packet);
    this.#bytes += packet.data.byteLength;
    while (this.#bytes > MOST_BYTES) this.#bytes -= this.#packets.shift()?.data.byteLength ?? this.#bytes;
  }

  /** Packets captured at or after `at`, in order. */
  since(at: Uptime): AudioPacket[] {
    return this.#packets.filter((packet) => packet.at >= at);
  }

  forgetBefore(at: Uptime): void {
    this.#packets = this.since(at);
    this.#bytes = this.#packets.reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  clear(): void {
    this.#packets = [];
    this.#bytes = 0;
  }
}
