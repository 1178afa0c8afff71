// Sound and pictures of one moment, ten minutes on: a sound card whose crystal is off, through the encoder into a clip's file.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { ClipWriter } from "../../../agent/capture/clip-writer.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { AacMicrophone } from "../../../drivers/microphone/aac.ts";
import type { AudioPacket } from "../../../drivers/microphone/microphone.ts";
import { type PcmSource, SAMPLE_RATE } from "../../../drivers/microphone/pcm.ts";
import { randomness } from "../motion/scenery.ts";
import { footage, probe, temporaryDirectory } from "./footage.ts";

const MINUTES = 10;
const START_MS = 1_000_000;
const CHUNK = SAMPLE_RATE / 10;
/** A burst of noise at each whole minute but the first, on the camera's clock. */
const BURST_S = 0.2;
const bursts = Array.from({ length: MINUTES - 1 }, (_, minute) => (minute + 1) * 60);

/** A card that takes `rate` samples in a true second and believes that they are 48,000; each chunk arrives up to 20 ms late. */
class Card implements PcmSource {
  readonly #rate: number;
  /** Samples that have come out of the encoder again: it is not fed faster than it works. */
  encoded = 0;
  #wake = (): void => {};

  constructor(ppm: number) {
    this.#rate = SAMPLE_RATE * (1 + ppm / 1e6);
  }

  comesOut(samples: number): void {
    this.encoded += samples;
    this.#wake();
  }

  async *chunks(signal: AbortSignal) {
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    const random = randomness(5);
    const whole = MINUTES * 60 * this.#rate;
    for (let sample = 0; sample < whole; sample += CHUNK) {
      while (sample - this.encoded > SAMPLE_RATE && !signal.aborted)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (signal.aborted) return;
      const pcm = new Int16Array(CHUNK).map((_, i) =>
        bursts.some((at) => (sample + i) / this.#rate >= at && (sample + i) / this.#rate < at + BURST_S)
          ? 20_000 * (random() - 0.5)
          : 0,
      );
      const arrivedAt = (START_MS + ((sample + CHUNK) / this.#rate) * 1000 + 20 * random()) as Uptime;
      yield { data: new Uint8Array(pcm.buffer), arrivedAt, lost: 0 };
    }
  }
}

/** What the card hears, as the microphone hands it on. */
async function heard(ppm: number): Promise<AudioPacket[]> {
  const card = new Card(ppm);
  const stop = new AbortController();
  const packets: AudioPacket[] = [];
  for await (const packet of new AacMicrophone(card, new SystemClock()).packets(stop.signal)) {
    packets.push(packet);
    card.comesOut(1024);
    if (packet.at > START_MS + (MINUTES * 60 - 2) * 1000) stop.abort();
  }
  return packets;
}

/** Seconds into the file at which it becomes loud. */
function loudAt(file: string): number[] {
  const args = ["-hide_banner", "-nostdin", "-i", file, "-map", "0:a", "-af", "silencedetect=noise=-40dB:d=1"];
  const { stderr } = spawnSync("ffmpeg", [...args, "-f", "null", "-"], { encoding: "utf8", maxBuffer: 1 << 26 });
  return Array.from(stderr.matchAll(/silence_end: ([\d.]+)/g), ([, at]) => Number(at)).slice(0, bursts.length);
}

test.each([100, -100])(
  "with a crystal that is off by %d ppm, sound stays within 40 ms of its picture for ten minutes",
  { timeout: 120_000 },
  async (ppm) => {
    using directory = temporaryDirectory();
    const writer = new ClipWriter({ directory: directory.path, id: "01kaqz3v5c0000000000000001", audio: true });
    const packets = await heard(ppm);
    for (const unit of footage({ seconds: MINUTES * 60, fps: 5, keyEvery: 25, size: "64x36", startMs: START_MS })) {
      while (packets[0] && packets[0].at <= unit.at) await writer.audio(packets.shift()!);
      await writer.video(unit);
    }
    const { file } = await writer.finish();

    const stored = probe(file).packets;
    const begins = (type: string): number => Number(stored.find(({ codec_type }) => codec_type === type)!.pts_time);
    expect(Math.abs(begins("audio") - begins("video"))).toBeLessThan(0.04);
    const off = loudAt(file).map((at, minute) => Math.abs(at - bursts[minute]!));
    expect(off).toHaveLength(bursts.length);
    expect(Math.max(...off)).toBeLessThan(0.04);
  },
);
