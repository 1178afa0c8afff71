// Small grey pictures made by ffmpeg: one long-running child for a camera's stream, one a run for a file.
import type { AccessUnit } from "../camera/camera.ts";
import { type Clock, type Uptime, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type SupervisedProcess, startProcess } from "../process/process.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import { KeyGate } from "./key-gate.ts";
import type { LumaDecoder, LumaFile, LumaFrame, LumaOptions, LumaStream } from "./luma.ts";
import { Y4mReader } from "./y4m.ts";

/**
 * An access unit delimiter after each unit: the decoder then knows that the picture is complete and need not wait for the
 * next, which with key pictures only may be seconds away.
 */
const DELIMITER = Uint8Array.of(0, 0, 0, 1, 9, 0x10);
/** What waits for a slow decoder at most: about two groups of pictures. */
const QUEUE_BYTES = 4 << 20;
/** One thread on both sides: more would each keep a picture back, and what goes in must come out before the next goes in. */
const STREAM = "-flags low_delay -threads 1 -probesize 32 -analyzeduration 0 -f h264";
/** Edges between blocks stay as they are: scaled down to this size nobody sees them, and a fifth of the work is saved. */
const COARSE = "-skip_loop_filter all -flags2 fast";
const QUIET = "-hide_banner -nostdin -loglevel error";
const OUTPUT = "-threads 1 -pix_fmt gray -strict -1 -flush_packets 1 -f yuv4mpegpipe pipe:1";

export class FfmpegLuma implements LumaDecoder, LumaFile {
  readonly #clock: Clock;
  readonly #program: string;

  /** `program` is a path, or a name that is looked up on PATH. */
  constructor(clock: Clock, program = "ffmpeg") {
    this.#clock = clock;
    this.#program = program;
  }

  decode(options: LumaOptions, signal: AbortSignal): LumaStream {
    const queue = new BoundedQueue<AccessUnit>(QUEUE_BYTES, ({ data }) => data.byteLength);
    const gate = new KeyGate(options.every === "key", (unit) => queue.push(unit));
    return {
      push: (unit) => gate.push(unit),
      attend: (closely) => gate.attend(closely),
      frames: this.#frames(queue.take(signal), options, signal),
    };
  }

  async *#frames(
    units: AsyncIterable<AccessUnit>,
    { width, every }: LumaOptions,
    signal: AbortSignal,
  ): AsyncGenerator<LumaFrame, void, void> {
    if (signal.aborted) return;
    const input = words(`${QUIET} ${COARSE} ${STREAM} -i pipe:0 -fps_mode passthrough`);
    const ffmpeg = this.#start([...input, "-vf", scale(width), ...words(OUTPUT)], true);
    const expected: Expected[] = [];
    const abort = (): void => void ffmpeg.kill("aborted");
    signal.addEventListener("abort", abort, { once: true });
    const fed = feed(ffmpeg, units, every === "key" ? 1 : Math.max(1, Math.round(every)), expected);
    // Looked at below; until then its failure only ends the input.
    fed.catch(() => {});
    try {
      for await (const picture of this.#pictures(ffmpeg)) {
        // One chunk of the pipe may hold several pictures.
        if (signal.aborted) return;
        const { at, wanted } = expected.shift() ?? { at: this.#clock.uptime(), wanted: true };
        if (wanted) yield { ...picture, at };
      }
      if (signal.aborted) return;
      await this.#judge(ffmpeg);
      await fed;
    } finally {
      signal.removeEventListener("abort", abort);
      await ffmpeg.kill("no longer wanted");
    }
  }

  async *framesOfFile(
    file: string,
    width: number,
    fps: number,
    signal?: AbortSignal,
  ): AsyncGenerator<LumaFrame, void, void> {
    const filters = ["-map", "0:v:0", "-vf", `fps=${fps},${scale(width)}`];
    const ffmpeg = this.#start(
      [...words(`${QUIET} ${COARSE}`), "-i", `file:${file}`, ...filters, ...words(OUTPUT)],
      false,
    );
    const abort = (): void => void ffmpeg.kill("aborted");
    signal?.addEventListener("abort", abort, { once: true });
    let pictures = 0;
    try {
      for await (const picture of this.#pictures(ffmpeg))
        yield { ...picture, at: ((pictures++ * 1000) / fps) as Uptime };
      signal?.throwIfAborted();
      await this.#judge(ffmpeg, pictures === 0 ? `${file} has no pictures` : undefined);
    } finally {
      signal?.removeEventListener("abort", abort);
      await ffmpeg.kill("no longer wanted");
    }
  }

  #start(args: readonly string[], stdin: boolean): SupervisedProcess {
    return startProcess({ program: this.#program, args, stdin, grace: seconds(1) }, this.#clock);
  }

  async *#pictures(ffmpeg: SupervisedProcess): AsyncGenerator<{ width: number; height: number; pixels: Uint8Array }> {
    const reader = new Y4mReader();
    try {
      for await (const chunk of ffmpeg.stdout as AsyncIterable<Buffer>) yield* reader.push(chunk);
    } catch (error) {
      if (error instanceof RangeError) throw new DriverError("LUMA_UNDECODABLE", error.message, error);
      // The pipe broke: how the process ended says why.
    }
  }

  async #judge(ffmpeg: SupervisedProcess, otherwise?: string): Promise<void> {
    const { cause, code, stderr } = await ffmpeg.ended;
    if (cause === "not-started") throw new DriverError("LUMA_DECODER_MISSING", `${this.#program}: ${stderr.trim()}`);
    if (cause === "signalled" || (cause === "exited" && code !== 0))
      throw new DriverError("LUMA_UNDECODABLE", stderr.trim().split("\n").at(-1) ?? "no reason given");
    if (otherwise !== undefined) throw new DriverError("LUMA_UNDECODABLE", otherwise);
  }
}

const words = (line: string): string[] => line.split(" ");
/** Averages what becomes one pixel: noise goes down with it. */
const scale = (width: number): string => `scale=${width}:-1:flags=area`;

/** Two delimiters in a row would be taken for a picture that was lost. */
function withoutDelimiter(unit: Uint8Array): Uint8Array {
  const start = unit[2] === 1 ? 3 : 4;
  return ((unit[start] ?? 0) & 0x1f) === 9 ? unit.subarray(start + 2) : unit;
}

/** When a picture that will come out was captured, and whether it is one of those asked for. */
interface Expected {
  readonly at: Uptime;
  readonly wanted: boolean;
}

/** Writes as fast as ffmpeg reads and notes in `expected` what will come out. */
async function feed(
  ffmpeg: SupervisedProcess,
  units: AsyncIterable<AccessUnit>,
  every: number,
  expected: Expected[],
): Promise<void> {
  const stdin = ffmpeg.stdin!;
  let index = 0;
  try {
    for await (const { at, data, key } of units) {
      if (stdin.destroyed) return;
      if (key) index = 0;
      expected.push({ at, wanted: index++ % every === 0 });
      stdin.write(withoutDelimiter(data));
      if (!stdin.write(DELIMITER))
        await Promise.race([new Promise((resolve) => stdin.once("drain", resolve)), ffmpeg.ended]);
    }
  } finally {
    stdin.end();
  }
}
