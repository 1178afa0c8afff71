// A camera that draws what it sees: the simulated doorstep, encoded by ffmpeg, or a recording of it where there is no ffmpeg.
import { type Clock, type Uptime, milliseconds, rfc3339 } from "../clock/clock.ts";
import type { SimulatedDoorstep } from "../doorstep-scene/doorstep.ts";
import { ScenePainter } from "../doorstep-scene/painter.ts";
import { DriverError } from "../error.ts";
import { type Ending, type SupervisedProcess, startProcess } from "../process/process.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { liveUnits } from "./live-stream.ts";
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
const COLOUR = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv".split(" ");

/** The camera of a {@link SimulatedDoorstep}. */
export class SimulatedCamera implements Camera {
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
      yield* this.#drawn(signal);
    } catch (error) {
      if (!(error instanceof DriverError && error.code === "FFMPEG_MISSING")) throw error;
      yield* recordedDoorstep(this.#doorstep, this.#clock, signal);
    }
  }

  async *#drawn(signal: AbortSignal): AsyncGenerator<AccessUnit, void, undefined> {
    const { fps, ffmpeg, width, height } = this.#options;
    const painter = new ScenePainter(width, height);
    const child = startProcess(
      { program: ffmpeg ?? "ffmpeg", args: encoderArguments(painter, fps), stdin: true },
      this.#clock,
    );
    const taken: Uptime[] = [];
    const over = new AbortController();
    void child.ended.then(() => over.abort());
    const drawing = this.#draw(painter, child, taken, AbortSignal.any([signal, over.signal]));
    // The encoder gives one picture for each it gets, in order: no reordering, no lookahead.
    const stamp = (arrival: Uptime): Uptime => taken.shift() ?? arrival;
    const why = {
      whyEnded,
      whySilent: (): DriverError => new DriverError("CAMERA_ENCODER_FAILED", "ffmpeg gives no pictures"),
    };
    try {
      yield* liveUnits({ child, clock: this.#clock, stamp, ...why }, signal);
    } finally {
      over.abort();
      await drawing;
    }
  }

  /** Draws a picture each frame period and hands it to the encoder; one that is late is left out, not made up for. */
  async #draw(painter: ScenePainter, child: SupervisedProcess, taken: Uptime[], signal: AbortSignal): Promise<void> {
    const periodMs = 1000 / this.#options.fps;
    // The first picture takes as long as many others: everything that does not move is drawn for it.
    await painter.paint(this.#doorstep.sceneMs(this.#clock.uptime()), undefined, "");
    const start = this.#clock.uptime();
    for (let frame = 0; !signal.aborted; frame++) {
      const late = this.#clock.uptime() - (start + frame * periodMs);
      if (late < 0) await this.#clock.sleep(milliseconds(-late), signal).catch(() => {});
      else frame += Math.floor(late / periodMs);
      if (signal.aborted) return;
      const at = this.#clock.uptime();
      const label = rfc3339(this.#clock.wall()).replace("T", " ").replace(/\.\d+/, "");
      const { bytes } = await painter.paint(this.#doorstep.sceneMs(at), this.#doorstep.visitorAt(at), label);
      taken.push(at);
      await new Promise<void>((resolve) => {
        child.stdin!.write(bytes, () => resolve());
        void child.ended.then(() => resolve());
      });
    }
  }
}

function encoderArguments({ width, height }: ScenePainter, fps: number): string[] {
  const raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", `${width}x${height}`, "-framerate", String(fps)];
  return ["-hide_banner", "-loglevel", "error", ...raw, "-i", "pipe:0", ...COLOUR, ...liveH264(fps, BITS_PER_SECOND)];
}

function whyEnded({ cause, code, signal, stderr }: Ending): DriverError {
  if (cause === "not-started") return new DriverError("FFMPEG_MISSING", stderr.trim());
  const how = signal ? `by ${signal}` : `with exit code ${code}`;
  return new DriverError("CAMERA_ENCODER_FAILED", `ffmpeg ended ${how}: ${stderr.trim().slice(0, 200)}`);
}
