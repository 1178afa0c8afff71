// The Raspberry Pi's camera: a long-running rpicam-vid that writes H.264 to a pipe. Restarting it is its supervisor's business.
import { type Clock, type Duration, milliseconds, seconds } from "../clock/clock.ts";
import { runProgram, startProcess } from "../process/process.ts";
import { ArrivalFilter } from "./arrival.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { liveUnits, type LiveStreamOptions } from "./live-stream.ts";
import { type CutPicture, RawCutter } from "./raw-cutter.ts";
import { livePictures } from "./raw-stream.ts";
import type { RawCamera, RawPicture } from "./raw.ts";
import {
  rawArguments,
  rawFormat,
  readVersion,
  type RpicamSettings,
  type RpicamVersion,
  videoArguments,
} from "./rpicam-arguments.ts";
import { whyRpicamEnded, whyRpicamSilent } from "./rpicam-failure.ts";

/** What to film with, and how. */
export interface LibcameraOptions extends RpicamSettings {
  /** Default "rpicam-vid". */
  readonly program?: string;
  /** How long the first picture may take. Default 15 s: some sensors need nine. */
  readonly startLimit?: Duration;
  /** How long no byte may come before the camera counts as stalled. Default 5 s. */
  readonly stallLimit?: Duration;
}

const VERSION_LIMIT = seconds(10);
/** After SIGINT it finishes its last pictures. */
const GRACE = seconds(3);

/** A camera on the Pi's own connector. */
export class LibcameraCamera implements Camera, RawCamera {
  readonly #options: LibcameraOptions;
  readonly #clock: Clock;
  #version: RpicamVersion | undefined;

  constructor(options: LibcameraOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** What the program said of itself when it was last started; undefined before. */
  get version(): RpicamVersion | undefined {
    return this.#version;
  }

  /**
   * @throws DriverError when it does not start: CAMERA_PROGRAM_MISSING, CAMERA_NOT_FOUND, CAMERA_INDEX_UNKNOWN,
   *   CAMERA_BUSY, CAMERA_FORBIDDEN, CAMERA_MEMORY_SHORT, CAMERA_ENCODER_MISSING, CAMERA_OPTION_REFUSED,
   *   CAMERA_MODE_REFUSED, CAMERA_LEGACY_STACK; at any time: CAMERA_STALLED (silent), CAMERA_NOT_ANSWERING (the sensor is
   *   gone), CAMERA_PROGRAM_DIED, CAMERA_STREAM_BROKEN.
   */
  async *frames(signal: AbortSignal): AsyncGenerator<AccessUnit, void, undefined> {
    const { program = "rpicam-vid" } = this.#options;
    this.#version ??= await this.#probe(program);
    if (signal.aborted) return;
    yield* liveUnits(this.#open(videoArguments(this.#options, this.#version)), signal);
  }

  /** Its pictures before anything encodes them. @throws As {@link frames}; CAMERA_RAW_MISALIGNED. */
  async *pictures(signal: AbortSignal): AsyncGenerator<RawPicture, void, undefined> {
    if (signal.aborted) return;
    const opened = this.#open(rawArguments(this.#options));
    const cutter = (emit: (picture: CutPicture) => void): RawCutter => new RawCutter(rawFormat(this.#options), emit);
    const period = milliseconds(1000 / this.#options.fps);
    yield* livePictures({ ...opened, cutter, period, range: "full" }, signal);
  }

  #open(args: readonly string[]): LiveStreamOptions {
    const { program = "rpicam-vid", startLimit, stallLimit } = this.#options;
    const filter = new ArrivalFilter();
    return {
      child: startProcess({ program, args, grace: GRACE }, this.#clock),
      clock: this.#clock,
      stamp: (arrival) => filter.captured(arrival),
      ...(startLimit ? { startLimit } : {}),
      ...(stallLimit ? { stallLimit } : {}),
      whyEnded: whyRpicamEnded,
      whySilent: whyRpicamSilent,
    };
  }

  /** Asks for the version, which needs no camera and disturbs none. */
  async #probe(program: string): Promise<RpicamVersion> {
    const { ending, stdout } = await runProgram({ program, args: ["--version"] }, this.#clock, VERSION_LIMIT);
    if (ending.cause !== "exited" || ending.code !== 0) throw whyRpicamEnded(ending);
    return readVersion(stdout.toString());
  }
}
