// The Raspberry Pi's camera: a long-running rpicam-vid that writes H.264 to a pipe. Restarting it is its supervisor's business.
import { type Clock, type Duration, seconds } from "../clock/clock.ts";
import { runProgram, startProcess } from "../process/process.ts";
import { ArrivalFilter } from "./arrival.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { liveUnits } from "./live-stream.ts";
import { readVersion, type RpicamSettings, type RpicamVersion, videoArguments } from "./rpicam-arguments.ts";
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
export class LibcameraCamera implements Camera {
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
    const { program = "rpicam-vid", startLimit, stallLimit } = this.#options;
    this.#version ??= await this.#probe(program);
    if (signal.aborted) return;
    const child = startProcess(
      { program, args: videoArguments(this.#options, this.#version), grace: GRACE },
      this.#clock,
    );
    const filter = new ArrivalFilter();
    const limits = { ...(startLimit ? { startLimit } : {}), ...(stallLimit ? { stallLimit } : {}) };
    const reasons = { whyEnded: whyRpicamEnded, whySilent: whyRpicamSilent };
    const stamp = filter.captured.bind(filter);
    yield* liveUnits({ child, clock: this.#clock, stamp, ...limits, ...reasons }, signal);
  }

  /** Asks for the version, which needs no camera and disturbs none. */
  async #probe(program: string): Promise<RpicamVersion> {
    const { ending, stdout } = await runProgram({ program, args: ["--version"] }, this.#clock, VERSION_LIMIT);
    if (ending.cause !== "exited" || ending.code !== 0) throw whyRpicamEnded(ending);
    return readVersion(stdout.toString());
  }
}
