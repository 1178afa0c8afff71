// A USB camera, or any other that Linux shows as /dev/video…: read and encoded by an ffmpeg child.
import { type Clock, type Duration, seconds } from "../clock/clock.ts";
import { runProgram, startProcess } from "../process/process.ts";
import { ArrivalFilter } from "./arrival.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { liveUnits, type LiveStreamOptions } from "./live-stream.ts";
import { Y4mCutter } from "./raw-cutter.ts";
import { livePictures } from "./raw-stream.ts";
import type { RawCamera, RawPicture } from "./raw.ts";
import { bitsFor } from "./rpicam-arguments.ts";
import { liveH264 } from "./software-encoder.ts";
import { chooseFormat, type PixelFormat, readFormats, whyV4l2Ended, whyV4l2Silent } from "./v4l2-words.ts";

/** What to film with, and how. */
export interface V4l2Options {
  /** Path of the device: "/dev/video0", or better a name below /dev/v4l/by-id that stays with the camera. */
  readonly device: string;
  /** Pixels. The camera takes its nearest if it does not have these. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Degrees. */
  readonly rotation: 0 | 180;
  readonly bitsPerSecond?: number;
  /** Default "ffmpeg". */
  readonly ffmpeg?: string;
  readonly startLimit?: Duration;
  readonly stallLimit?: Duration;
}

type Opened = Omit<LiveStreamOptions, "idle">;

const PROBE_LIMIT = seconds(10);
const QUIET = ["-hide_banner", "-nostdin"];

/** A camera behind the kernel's Video4Linux2 interface. */
export class V4l2Camera implements Camera, RawCamera {
  readonly #options: V4l2Options;
  readonly #clock: Clock;

  constructor(options: V4l2Options, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * @throws DriverError when it does not start: FFMPEG_MISSING, CAMERA_DEVICE_MISSING, CAMERA_DEVICE_NOT_VIDEO,
   *   CAMERA_BUSY, CAMERA_FORBIDDEN, CAMERA_MODE_REFUSED; at any time: CAMERA_UNPLUGGED, CAMERA_STALLED,
   *   CAMERA_PROGRAM_DIED, CAMERA_STREAM_BROKEN.
   */
  async *frames(signal: AbortSignal): AsyncGenerator<AccessUnit, void, undefined> {
    const { fps } = this.#options;
    const opened = await this.#open(liveH264(fps, bitsFor({ ...this.#options, index: 0 })), signal);
    if (opened) yield* liveUnits(opened, signal);
  }

  /** Its pictures before anything encodes them. @throws As {@link frames}. */
  async *pictures(signal: AbortSignal): AsyncGenerator<RawPicture, void, undefined> {
    const opened = await this.#open(["-f", "yuv4mpegpipe", "pipe:1"], signal);
    if (opened) yield* livePictures({ ...opened, cutter: (emit) => new Y4mCutter(emit) }, signal);
  }

  /** Starts ffmpeg with `output` at the end of its arguments; undefined when aborted before. */
  async #open(output: readonly string[], signal: AbortSignal): Promise<Opened | undefined> {
    const { device, startLimit, stallLimit, ffmpeg = "ffmpeg" } = this.#options;
    const format = chooseFormat(await this.formats(), this.#options);
    if (signal.aborted) return undefined;
    const child = startProcess({ program: ffmpeg, args: [...this.#input(format), ...output] }, this.#clock);
    const filter = new ArrivalFilter();
    return {
      child,
      clock: this.#clock,
      stamp: (arrival) => filter.captured(arrival),
      ...(startLimit ? { startLimit } : {}),
      ...(stallLimit ? { stallLimit } : {}),
      whyEnded: (ending) => whyV4l2Ended(device, ending),
      whySilent: (silent) => whyV4l2Silent(device, silent),
    };
  }

  /**
   * What the camera offers. It is opened for that, so it has to be free.
   *
   * @throws DriverError FFMPEG_MISSING, CAMERA_DEVICE_MISSING, CAMERA_DEVICE_NOT_VIDEO, CAMERA_BUSY or CAMERA_FORBIDDEN.
   */
  async formats(): Promise<PixelFormat[]> {
    const { device, ffmpeg: program = "ffmpeg" } = this.#options;
    const args = [...QUIET, "-f", "v4l2", "-list_formats", "all", "-i", device];
    const { ending } = await runProgram({ program, args }, this.#clock, PROBE_LIMIT);
    const formats = readFormats(ending.stderr);
    // Listing always ends with an exit code other than 0: only the list tells whether it worked.
    if (formats.length === 0) throw whyV4l2Ended(device, ending);
    return formats;
  }

  #input(format: PixelFormat | undefined): string[] {
    const { device, width, height, fps, rotation } = this.#options;
    const wanted = ["-framerate", String(fps), "-video_size", `${width}x${height}`];
    const input = ["-f", "v4l2", ...(format ? ["-input_format", format.name] : []), ...wanted, "-i", device];
    const filters = [...(rotation === 180 ? ["hflip", "vflip"] : []), "format=yuv420p"].join(",");
    // A second thread that decodes JPEG holds a picture more, of 2 MB at 720p, and hands it over a picture later.
    const frugal = ["-threads", "1", "-filter_threads", "1"];
    return [...QUIET, "-loglevel", "error", ...frugal, ...input, "-an", "-vf", filters];
  }
}
