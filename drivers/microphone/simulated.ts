// A sound card that is not there: the murmur of a street, and a doorbell's two notes now and then.
import { type Clock, milliseconds } from "../clock/clock.ts";
import { BYTES_PER_SAMPLE, type PcmChunk, type PcmSource, SAMPLE_RATE } from "./pcm.ts";

export interface SimulatedPcmOptions {
  /** Seconds from one ring to the next. Default 10. */
  readonly ringEvery?: number;
  /** How much faster its crystal runs than it should, in parts per million. Default 0. */
  readonly ppm?: number;
}

const CHUNK_MS = 20;
const CHUNK_SAMPLES = (SAMPLE_RATE * CHUNK_MS) / 1000;
const NOTES = [660, 528];
const NOTE_S = 0.4;

export class SimulatedPcm implements PcmSource {
  readonly #clock: Clock;
  readonly #ringEvery: number;
  readonly #ppm: number;

  constructor(clock: Clock, { ringEvery = 10, ppm = 0 }: SimulatedPcmOptions = {}) {
    this.#clock = clock;
    this.#ringEvery = ringEvery;
    this.#ppm = ppm;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk, void, void> {
    const start = this.#clock.uptime();
    for (let chunk = 1; !signal.aborted; chunk++) {
      const due = start + (chunk * CHUNK_MS) / (1 + this.#ppm / 1e6);
      const wait = Math.max(0, due - this.#clock.uptime());
      await this.#clock.sleep(milliseconds(wait), signal).catch(() => {});
      if (signal.aborted) return;
      const data = this.#sound((chunk - 1) * CHUNK_SAMPLES);
      yield { data, arrivedAt: this.#clock.uptime(), lost: 0 };
    }
  }

  #sound(from: number): Uint8Array {
    const data = new Uint8Array(CHUNK_SAMPLES * BYTES_PER_SAMPLE);
    const view = new DataView(data.buffer);
    for (let n = 0; n < CHUNK_SAMPLES; n++) {
      const s = (from + n) / SAMPLE_RATE;
      const sinceRing = s % this.#ringEvery;
      const note = NOTES[Math.floor(sinceRing / NOTE_S)];
      const fade = Math.exp(-6 * (sinceRing % NOTE_S));
      const ring = note === undefined ? 0 : 9000 * fade * Math.sin(2 * Math.PI * note * s);
      const murmur = 120 * Math.sin(2 * Math.PI * 97 * s) * Math.sin(2 * Math.PI * 0.7 * s);
      view.setInt16(n * BYTES_PER_SAMPLE, Math.round(ring + murmur), true);
    }
    return data;
  }
}
