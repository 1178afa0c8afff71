// A sound card's samples as AAC packets with capture times, encoded by an ffmpeg child.
import type { Clock } from "../clock/clock.ts";
import { seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type SupervisedProcess, startProcess } from "../process/process.ts";
import { adtsHeader } from "./adts.ts";
import type { AudioPacket, Microphone } from "./microphone.ts";
import { BYTES_PER_SAMPLE, type PcmSource, SAMPLE_RATE } from "./pcm.ts";
import { SampleClock } from "./sample-clock.ts";

const SAMPLES_PER_PACKET = 1024;
/** The encoder's first packet holds nothing of the input yet: its sound lies one packet before the first sample. */
const PRIMING_PACKETS = 1;
/** An encoder this far behind will not catch up. Five seconds of sound. */
const MOST_WAITING_BYTES = 5 * SAMPLE_RATE * BYTES_PER_SAMPLE;
/** A longer gap than this is not filled: the time stamps tell of it. */
const LONGEST_FILL_SAMPLES = 2 * SAMPLE_RATE;
const ARGS = [
  "-hide_banner -nostdin -loglevel error -probesize 32 -analyzeduration 0 -f s16le -ar 48000 -ac 1 -i pipe:0",
  "-threads 1 -c:a aac -b:a 64k -flush_packets 1 -f adts pipe:1",
].flatMap((line) => line.split(" "));

export class AacMicrophone implements Microphone {
  readonly #source: PcmSource;
  readonly #clock: Clock;
  readonly #program: string;

  /** `program` is a path, or a name that is looked up on PATH. */
  constructor(source: PcmSource, clock: Clock, program = "ffmpeg") {
    this.#source = source;
    this.#clock = clock;
    this.#program = program;
  }

  async *packets(signal: AbortSignal): AsyncGenerator<AudioPacket, void, void> {
    if (signal.aborted) return;
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const times = new SampleClock(SAMPLE_RATE);
    const ffmpeg = startProcess({ program: this.#program, args: ARGS, stdin: true, grace: seconds(1) }, this.#clock);
    const kill = (): void => void ffmpeg.kill("aborted");
    both.addEventListener("abort", kill, { once: true });
    let failure: unknown;
    const fed = this.#feed(ffmpeg, times, both).catch((error: unknown) => {
      failure = error;
    });
    try {
      let last = Number.NEGATIVE_INFINITY;
      let count = -PRIMING_PACKETS;
      for await (const { data, sampleRate, channels } of adtsFrames(ffmpeg)) {
        if (signal.aborted) return;
        const at = times.timeOf(count++ * SAMPLES_PER_PACKET);
        // After a jump back in the mapping (never more than a crystal's worth) time does not run backwards.
        if (at <= last) continue;
        last = at;
        yield { data, sampleRate, channels, at, durationMs: (SAMPLES_PER_PACKET / sampleRate) * 1000 };
      }
      // Whichever died first: the sound card's own error says more than the encoder's.
      const { cause, stderr } = await ffmpeg.ended;
      stop.abort();
      await fed;
      if (signal.aborted) return;
      if (failure instanceof DriverError) throw failure;
      const code = cause === "not-started" ? "MICROPHONE_PROGRAM_MISSING" : "MICROPHONE_FAILED";
      throw new DriverError(code, `${this.#program}: ${stderr.trim().split("\n").at(-1) || cause}`, failure);
    } finally {
      both.removeEventListener("abort", kill);
      stop.abort();
      await ffmpeg.kill("no longer wanted");
      await fed;
    }
  }

  async #feed(ffmpeg: SupervisedProcess, times: SampleClock, signal: AbortSignal): Promise<void> {
    const stdin = ffmpeg.stdin!;
    let samples = 0;
    try {
      for await (const { data, arrivedAt, lost } of this.#source.chunks(signal)) {
        if (stdin.destroyed) return;
        if (stdin.writableLength > MOST_WAITING_BYTES)
          throw new DriverError("MICROPHONE_FAILED", `${this.#program} does not keep up with the sound`);
        const silence = Math.min(lost, LONGEST_FILL_SAMPLES);
        if (silence > 0) stdin.write(new Uint8Array(silence * BYTES_PER_SAMPLE));
        samples += silence + data.byteLength / BYTES_PER_SAMPLE;
        times.arrived(samples, arrivedAt);
        stdin.write(data);
      }
    } finally {
      stdin.end();
    }
  }
}

interface AdtsFrame {
  readonly data: Uint8Array;
  readonly sampleRate: number;
  readonly channels: number;
}

/** Cuts the encoder's output into frames, each in memory of its own. Ends with the output, however it ends. */
async function* adtsFrames(ffmpeg: SupervisedProcess): AsyncGenerator<AdtsFrame, void, void> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of ffmpeg.stdout as AsyncIterable<Buffer>) {
      rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      for (let header = adtsHeader(rest); header && header.frameBytes <= rest.length; header = adtsHeader(rest)) {
        const { frameBytes, sampleRate, channels } = header;
        yield { data: Uint8Array.from(rest.subarray(0, frameBytes)), sampleRate, channels };
        rest = rest.subarray(frameBytes);
      }
    }
  } catch {
    // The pipe broke: how the process ended says why.
  }
}
