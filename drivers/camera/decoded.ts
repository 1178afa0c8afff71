// The raw pictures of a camera that only gives H.264, a replayed recording: decoded by an ffmpeg child, one for one.
import { type Clock, type Uptime, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type SupervisedProcess, startProcess } from "../process/process.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { NAL, nalType } from "./nal-unit.ts";
import { type CutPicture, Y4mCutter } from "./raw-cutter.ts";
import type { RawCamera, RawPicture } from "./raw.ts";

/** Before a unit that has none: the decoder then knows that the picture before it is complete. */
const DELIMITER = Uint8Array.of(0, 0, 0, 1, 9, 0xf0);
/** One thread: what goes in must come out before the next goes in. */
const INPUT =
  "-hide_banner -nostdin -loglevel error -flags low_delay -threads 1 -probesize 32 -analyzeduration 0 -f h264 -i pipe:0";
const OUTPUT = "-fps_mode passthrough -pix_fmt yuv420p -flush_packets 1 -f yuv4mpegpipe pipe:1";

/** Pixels. Larger pictures are made smaller, keeping their shape; smaller ones stay. */
export interface Largest {
  readonly width: number;
  readonly height: number;
}

/** Opens `camera` and decodes what it yields. */
export class DecodedCamera implements RawCamera {
  readonly #camera: Camera;
  readonly #clock: Clock;
  readonly #program: string;
  readonly #largest: Largest;

  /** `program` is ffmpeg's path, or its name on PATH. */
  constructor(camera: Camera, largest: Largest, clock: Clock, program = "ffmpeg") {
    this.#camera = camera;
    this.#largest = largest;
    this.#clock = clock;
    this.#program = program;
  }

  /** @throws DriverError FFMPEG_MISSING, CAMERA_STREAM_BROKEN, and what the camera throws, after the pictures before it. */
  async *pictures(signal: AbortSignal): AsyncGenerator<RawPicture, void, undefined> {
    const over = new AbortController();
    const units = this.#camera.frames(AbortSignal.any([signal, over.signal]))[Symbol.asyncIterator]();
    const first = await units.next();
    if (first.done) return;
    const args = [...INPUT.split(" "), "-vf", fit(this.#largest), ...OUTPUT.split(" ")];
    const child = startProcess({ program: this.#program, args, stdin: true, grace: seconds(1) }, this.#clock);
    void child.ended.then(() => over.abort());
    const abort = (): void => void child.kill("aborted");
    signal.addEventListener("abort", abort, { once: true });
    const times: Uptime[] = [];
    const feeding = feed(child, first.value, units, times);
    const ready: CutPicture[] = [];
    const cutter = new Y4mCutter((picture) => ready.push(picture));
    try {
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        cutter.push(chunk, this.#clock.uptime());
        for (const { format, pieces, at } of ready.splice(0)) yield { format, pieces, at: times.shift() ?? at };
      }
      if (signal.aborted) return;
      const { cause, code, stderr } = await child.ended;
      const failure = await feeding;
      if (failure) throw failure.error;
      if (cause === "not-started") throw new DriverError("FFMPEG_MISSING", stderr.trim());
      if (code !== 0) throw new DriverError("CAMERA_STREAM_BROKEN", stderr.trim().split("\n").at(-1) ?? "");
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      over.abort();
      await child.kill("no longer wanted");
      await feeding;
    }
  }
}

/** Writes as fast as the decoder reads. Answers what the camera threw; never rejects. */
async function feed(
  child: SupervisedProcess,
  first: AccessUnit,
  rest: AsyncIterator<AccessUnit>,
  times: Uptime[],
): Promise<{ readonly error: unknown } | undefined> {
  const stdin = child.stdin!;
  try {
    for (let unit: AccessUnit | undefined = first; unit && !stdin.destroyed;) {
      times.push(unit.at);
      if (!delimited(unit.data)) stdin.write(DELIMITER);
      if (!stdin.write(unit.data))
        await Promise.race([new Promise((resolve) => stdin.once("drain", resolve)), child.ended]);
      const next = await rest.next();
      unit = next.done ? undefined : next.value;
    }
    return undefined;
  } catch (error) {
    return { error };
  } finally {
    stdin.end();
    await rest.return?.();
  }
}

const fit = ({ width, height }: Largest): string =>
  `scale=min(${width}\\,iw):min(${height}\\,ih):force_original_aspect_ratio=decrease:force_divisible_by=2`;

const delimited = (unit: Uint8Array): boolean => nalType(unit[unit[2] === 1 ? 3 : 4] ?? 0) === NAL.delimiter;
