// A camera whose pictures are painted over before anything encodes them, and which yields none before that is proven (promise 10).
import type { Clock, Duration } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import type { FfmpegMaskWitness } from "../mask/ffmpeg-witness.ts";
import { MaskPainter } from "../mask/painter.ts";
import type { Pattern } from "../mask/pattern.ts";
import type { AccessUnit, Camera } from "./camera.ts";
import { encodedUnits } from "./raw-encoder.ts";
import type { RawCamera, RawPicture } from "./raw.ts";
import { type Encoder, maskedH264 } from "./software-encoder.ts";

export interface MaskedCameraOptions {
  readonly source: RawCamera;
  /** Draws the pattern and finds it; knows the areas. */
  readonly witness: FfmpegMaskWitness;
  /** Nominal; pictures keep their own times. */
  readonly fps: number;
  readonly bitsPerSecond: number;
  /** Default libx264. */
  readonly encoder?: Encoder;
  /** ffmpeg's words for the colours of the source, where they are known. */
  readonly colour?: readonly string[];
  /** Default "ffmpeg". */
  readonly ffmpeg?: string;
  /** How long the encoder may be silent: a slow source may be, too. */
  readonly stallLimit?: Duration;
}

/** A key picture and one that leans on it: what painting and coding do later they have done by then. */
const WITNESSED = 2;

export class MaskedCamera implements Camera {
  readonly #options: MaskedCameraOptions;
  readonly #clock: Clock;

  constructor(options: MaskedCameraOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * @throws DriverError MASK_NOT_PROVEN when the first pictures do not show the pattern: nothing has been yielded then;
   *   MASK_NOT_CHECKED when they could not be looked at; FFMPEG_MISSING, CAMERA_ENCODER_FAILED, CAMERA_PICTURE_CHANGED;
   *   and the source's own.
   */
  async *frames(signal: AbortSignal): AsyncGenerator<AccessUnit, void, undefined> {
    const { encoder, fps, bitsPerSecond } = this.#options;
    const brush = new Brush(this.#options.witness);
    const arguments_ = maskedH264(fps, bitsPerSecond, encoder);
    const prepare = (picture: RawPicture): void => brush.paint(picture);
    const units = encodedUnits({ ...this.#options, encoder: arguments_, prepare }, this.#clock, signal);
    const held: AccessUnit[] = [];
    let proven = false;
    for await (const unit of units) {
      if (proven) {
        yield unit;
        continue;
      }
      held.push(unit);
      if (held.length < WITNESSED) continue;
      if (!(await this.#prove(held, brush, signal))) return;
      proven = true;
      yield* held.splice(0);
    }
    // A recording that is shorter than that.
    if (!proven && held.length > 0 && !signal.aborted && (await this.#prove(held, brush, signal))) yield* held;
  }

  /** False when aborted meanwhile. */
  async #prove(units: readonly AccessUnit[], { pattern }: Brush, signal: AbortSignal): Promise<boolean> {
    const data = units.map((unit) => unit.data);
    try {
      const wrong = pattern ? await this.#options.witness.prove(data, pattern, signal) : "nothing was painted";
      if (signal.aborted) return false;
      if (wrong !== undefined) throw new DriverError("MASK_NOT_PROVEN", wrong);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }
}

/** Paints one start's pictures: its pattern is drawn when the first one tells their size. */
class Brush {
  readonly #witness: FfmpegMaskWitness;
  #painter: MaskPainter | undefined;
  pattern: Pattern | undefined;

  constructor(witness: FfmpegMaskWitness) {
    this.#witness = witness;
  }

  paint({ format, pieces }: RawPicture): void {
    this.pattern ??= this.#witness.begin(format.width, format.height);
    this.#painter ??= new MaskPainter(this.pattern, format);
    this.#painter.paint(pieces);
  }
}
