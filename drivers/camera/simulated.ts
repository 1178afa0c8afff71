// A camera that draws what it sees: the simulated doorstep, encoded by ffmpeg, or a recording of it where there is no ffmpeg.
import { type Clock, milliseconds, rfc3339 } from "../clock/clock.ts";
import type { SimulatedDoorstep } from "../doorstep-scene/doorstep.ts";
import { ScenePainter } from "../doorstep-scene/painter.ts";
import { DriverError } from "../error.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { encodedUnits } from "./raw-encoder.ts";
import type { RawCamera, RawPicture } from "./raw.ts";
import { recordedDoorstep } from "./simulated-recording.ts";
import { liveH264 } from "./software-encoder.ts";

export interface SimulatedCameraOptions {
  /** Pixels; 1280 by 720 takes about a tenth of a core to draw and as much to encode, 640 by 360 a third of that. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Default "ffmpeg". */
  readonly ffmpeg?: string;
}

const BITS_PER_SECOND = 2_500_000;
/** ffmpeg's words for the colours it draws in. */
export const SIMULATED_COLOUR: readonly string[] =
  "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv".split(" ");

/** The camera of a {@link SimulatedDoorstep}. */
export class SimulatedCamera implements Camera, RawCamera {
  readonly #options: SimulatedCameraOptions;
  readonly #doorstep: SimulatedDoorstep;
  readonly #clock: Clock;

  constructor(options: SimulatedCameraOptions, doorstep: SimulatedDoorstep, clock: Clock) {
    this.#options = options;
    this.#doorstep = doorstep;
    this.#clock = clock;
  }

  /** @throws DriverError CAMERA_ENCODER_FAILED when ffmpeg is there but does not encode. */
  async *frames(signal: AbortSignal): AsyncGenerator<AccessUnit, void, undefined> {
    try {
      const { fps, ffmpeg } = this.#options;
      const encoder = liveH264(fps, BITS_PER_SECOND);
      const options = { source: this, fps, encoder, colour: SIMULATED_COLOUR, ...(ffmpeg && { ffmpeg }) };
      yield* encodedUnits(options, this.#clock, signal);
    } catch (error) {
      if (!(error instanceof DriverError && error.code === "FFMPEG_MISSING")) throw error;
      yield* recordedDoorstep(this.#doorstep, this.#clock, signal);
    }
  }

  /** What it draws, before anything encodes it. The memory of one picture is that of all. */
  async *pictures(signal: AbortSignal): AsyncGenerator<RawPicture, void, undefined> {
    const { fps, width, height } = this.#options;
    const painter = new ScenePainter(width, height);
    const format = { width: painter.width, height: painter.height, stride: painter.width };
    const periodMs = 1000 / fps;
    // The first picture takes as long as many others: everything that does not move is drawn for it.
    await painter.paint(this.#doorstep.sceneMs(this.#clock.uptime()), undefined, "");
    const start = this.#clock.uptime();
    for (let frame = 0; !signal.aborted; frame++) {
      const late = this.#clock.uptime() - (start + frame * periodMs);
      // A picture that is late is left out, not made up for.
      if (late < 0) await this.#clock.sleep(milliseconds(-late), signal).catch(() => {});
      else frame += Math.floor(late / periodMs);
      if (signal.aborted) return;
      const at = this.#clock.uptime();
      const label = rfc3339(this.#clock.wall()).replace("T", " ");
      const { bytes } = await painter.paint(this.#doorstep.sceneMs(at), this.#doorstep.visitorAt(at), label);
      yield { format, pieces: [bytes], at };
    }
  }
}
