// Measures loudness with ffmpeg: sound decoded to 8 kHz mono, of which only the peaks are kept.
import { constants, setPriority } from "node:os";
import { type Clock, after, minutes, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { startProcess } from "../process/process.ts";
import type { LoudnessMeter } from "./loudness.ts";

const SAMPLES_PER_SECOND = 8000;
const LIMIT = minutes(2);
const FULL_SCALE = 32_768;

/** Needs nothing but ffmpeg; one short-lived process a recording, at the lowest priority. */
export class FfmpegLoudnessMeter implements LoudnessMeter {
  readonly #clock: Clock;
  readonly #program: string;

  /** `program` is a path, or a name that is looked up on PATH. */
  constructor(clock: Clock, program = "ffmpeg") {
    this.#clock = clock;
    this.#program = program;
  }

  async peaks(file: string, signal?: AbortSignal): Promise<readonly number[]> {
    signal?.throwIfAborted();
    const args = ["-hide_banner", "-nostdin", "-loglevel", "error", "-threads", "1", "-i", `file:${file}`, ...OUTPUT];
    const ffmpeg = startProcess({ program: this.#program, args, grace: seconds(1) }, this.#clock);
    yieldProcessor(ffmpeg.pid);
    const abort = (): void => void ffmpeg.kill("aborted");
    signal?.addEventListener("abort", abort, { once: true });
    const spare = after(this.#clock, LIMIT, () => void ffmpeg.kill(`no end within ${LIMIT} ms`));
    try {
      const peaks = new Peaks();
      for await (const chunk of ffmpeg.stdout as AsyncIterable<Buffer>) peaks.add(chunk);
      const { cause, code, stderr } = await ffmpeg.ended;
      signal?.throwIfAborted();
      if (cause === "not-started")
        throw new DriverError("LOUDNESS_METER_MISSING", `${this.#program}: ${stderr.trim()}`);
      if (cause !== "exited" || code !== 0)
        throw new DriverError("LOUDNESS_NOT_MEASURED", `${file}: ${stderr.trim().split("\n").at(-1) ?? cause}`);
      return peaks.all();
    } finally {
      spare();
      signal?.removeEventListener("abort", abort);
      await ffmpeg.kill("no longer wanted");
    }
  }
}

const OUTPUT = `-vn -ac 1 -ar ${SAMPLES_PER_SECOND} -f s16le pipe:1`.split(" ");

/** The largest sample of each second, from chunks that may cut a sample in two. */
class Peaks {
  readonly #peaks: number[] = [];
  #samples = 0;
  #half: number | undefined;

  add(chunk: Buffer): void {
    let at = 0;
    if (this.#half !== undefined && chunk.length) {
      this.#sample(Buffer.of(this.#half, chunk[0]!).readInt16LE());
      at = 1;
    }
    for (; at + 1 < chunk.length; at += 2) this.#sample(chunk.readInt16LE(at));
    this.#half = at < chunk.length ? chunk[at] : undefined;
  }

  all(): readonly number[] {
    return this.#peaks;
  }

  #sample(value: number): void {
    const second = Math.floor(this.#samples++ / SAMPLES_PER_SECOND);
    this.#peaks[second] = Math.max(this.#peaks[second] ?? 0, Math.abs(value) / FULL_SCALE);
  }
}

function yieldProcessor(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or may not be told: it then only works at everybody's pace.
  }
}
