// Decodes key pictures with a short-lived ffmpeg: Annex B goes in through one pipe, raw RGB comes out of the other.
import { constants, setPriority } from "node:os";
import { parseSps } from "../camera/sps.ts";
import { nalUnits } from "../camera/nal-unit.ts";
import { type Clock, type Duration, after, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type SupervisedProcess, startProcess } from "../process/process.ts";
import type { DecodeOptions, Picture, PictureDecoder } from "./picture.ts";

/** An access unit delimiter: two key pictures in a row are two pictures, even with the same idr_pic_id (H.264 §7.4.1.2.4). */
const DELIMITER = Uint8Array.of(0, 0, 0, 1, 9, 0x10);
/** Far above what a dozen 4K pictures take on the slowest board. */
const LIMIT: Duration = seconds(120);

/** One short-lived ffmpeg a call, fed and read at the pace of whoever takes the pictures. */
export class FfmpegPictureDecoder implements PictureDecoder {
  readonly #clock: Clock;
  readonly #program: string;

  /** `program` is a path, or a name that is looked up on PATH. */
  constructor(clock: Clock, program = "ffmpeg") {
    this.#clock = clock;
    this.#program = program;
  }

  async *decode(
    units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    { maxWidth, background = false, signal }: DecodeOptions,
  ): AsyncGenerator<Picture, void, void> {
    signal?.throwIfAborted();
    const source = iterate(units);
    const first = await source.next();
    if (first.done) return;
    const size = outputSize(first.value, maxWidth);
    const ffmpeg = startProcess(
      { program: this.#program, args: args(size), stdin: true, grace: seconds(1) },
      this.#clock,
    );
    if (background) yieldProcessor(ffmpeg);
    const abort = (): void => void ffmpeg.kill("aborted");
    signal?.addEventListener("abort", abort, { once: true });
    const spare = after(this.#clock, LIMIT, () => void ffmpeg.kill(`no end within ${LIMIT} ms`));
    try {
      const fed = feed(ffmpeg, first.value, source);
      // Looked at below; until then its failure only ends the input.
      fed.catch(() => {});
      let pictures = 0;
      for await (const picture of cut(ffmpeg, size)) {
        pictures++;
        yield picture;
      }
      await this.#judge(ffmpeg, pictures, await fed, signal);
    } finally {
      spare();
      signal?.removeEventListener("abort", abort);
      await ffmpeg.kill("no longer wanted");
      await source.return?.(undefined);
    }
  }

  async #judge(ffmpeg: SupervisedProcess, pictures: number, units: number, signal?: AbortSignal): Promise<void> {
    const { cause, stderr } = await ffmpeg.ended;
    signal?.throwIfAborted();
    if (cause === "not-started") throw new DriverError("PICTURE_DECODER_MISSING", `${this.#program}: ${stderr.trim()}`);
    if (pictures < units)
      throw new DriverError("PICTURE_UNDECODABLE", `${pictures} of ${units} key pictures: ${lastLine(stderr)}`);
  }
}

/** One thread: a second would double the memory to win a few milliseconds, and the camera wants the other cores. */
const args = ({ width, height }: Size): string[] =>
  [
    "-hide_banner -nostdin -loglevel error -threads 1 -filter_threads 1 -skip_frame nokey -probesize 32 -f h264 -i pipe:0",
    `-fps_mode passthrough -vf scale=${width}:${height}:flags=area -f rawvideo -pix_fmt rgb24 pipe:1`,
  ].flatMap((line) => line.split(" "));

interface Size {
  readonly width: number;
  readonly height: number;
}

function outputSize(unit: Uint8Array, maxWidth: number): Size {
  for (const nal of nalUnits(unit)) {
    const sps = parseSps(nal);
    if (!sps) continue;
    const width = Math.max(1, Math.min(sps.width, Math.floor(maxWidth)));
    return { width, height: Math.max(1, Math.round((sps.height * width) / sps.width)) };
  }
  throw new DriverError("PICTURE_UNDECODABLE", `no sequence parameter set in ${unit.length} bytes`);
}

async function* iterate(
  units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  yield* units;
}

/** Writes as fast as ffmpeg reads, and says how many units there were. */
async function feed(
  ffmpeg: SupervisedProcess,
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, void>,
): Promise<number> {
  const stdin = ffmpeg.stdin!;
  let units = 0;
  try {
    for (let unit: Uint8Array | void = first; unit && !stdin.destroyed; unit = (await rest.next()).value) {
      units++;
      stdin.write(DELIMITER);
      if (stdin.write(unit)) continue;
      await Promise.race([new Promise((resolve) => stdin.once("drain", resolve)), ffmpeg.ended]);
    }
    return units;
  } finally {
    stdin.end();
  }
}

async function* cut(ffmpeg: SupervisedProcess, { width, height }: Size): AsyncGenerator<Picture, void, void> {
  let rgb = Buffer.allocUnsafeSlow(width * height * 3);
  let filled = 0;
  for await (const chunk of ffmpeg.stdout as AsyncIterable<Buffer>)
    for (let from = 0; from < chunk.length;) {
      const taken = chunk.copy(rgb, filled, from);
      from += taken;
      filled += taken;
      if (filled < rgb.length) continue;
      yield { width, height, rgb };
      rgb = Buffer.allocUnsafeSlow(width * height * 3);
      filled = 0;
    }
}

function yieldProcessor({ pid }: SupervisedProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or may not be told: it then only works at everybody's pace.
  }
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
