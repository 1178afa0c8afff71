// What a place looks like when nobody is there, and how much it varies by itself (leaves, rain, noise), pixel by pixel. Pure.
import { type Exposure, UNCHANGED, exposureBetween } from "./exposure.ts";

/** How long ordinary change (light, shadows) takes to become background. */
const ADAPT_S = 10;
/** Something unexplained that is not a confirmed object becomes background this much slower. */
const UNEXPLAINED = 0.1;
/** A place that starts to move about (wind) is learnt quickly, and trusted to be calm again slowly. */
const RESTLESS_S = 4;
const CALM_S = 20;
/** However sparse pictures are, one alone must not make the next look usual. */
const RESTLESS_AT_ONCE = 0.12;
/** How many times its usual deviation a pixel must be off. */
const DEVIATIONS = 4;
/** A neighbour that looks like it explains a pixel: leaves and cameras shake by a pixel. */
const NEIGHBOUR = 0.6;
/** The exposure that the model is kept in follows the camera's at this rate a second. */
const REBASE = 0.2;
/** What is compared to see whether anything stirs lies at least this far back. */
const EARLIER_S = 1;

export class Background {
  readonly width: number;
  readonly height: number;
  /** Expected brightness, in the exposure of the model. */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
  /** The last picture in the exposure of the model. */
  current: Float32Array;
  /** What it was one to two seconds earlier, or in the picture before where those are sparser: people sway slowly. */
  earlier: Float32Array;
  #next: Float32Array;
  #sinceNext = 0;
  exposure: Exposure = UNCHANGED;
  #frames = 0;
  readonly #least: number;

  /** `least`: a difference in brightness below this is never anything. */
  constructor(width: number, height: number, least: number) {
    this.width = width;
    this.height = height;
    this.#least = least;
    const pixels = width * height;
    this.mean = new Float32Array(pixels);
    this.deviation = new Float32Array(pixels);
    this.current = new Float32Array(pixels);
    this.earlier = new Float32Array(pixels);
    this.#next = new Float32Array(pixels);
  }

  get frames(): number {
    return this.#frames;
  }

  /** Begins anew with this picture. Near edges a pixel is expected to vary until it has been watched for a while. */
  reset(picture: Uint8Array): void {
    this.mean.set(picture);
    this.current.set(picture);
    this.earlier.set(picture);
    this.#next.set(picture);
    this.#sinceNext = 0;
    this.exposure = UNCHANGED;
    this.#frames = 1;
    const { width, height } = this;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        let low = 255;
        let high = 0;
        for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
          for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
            const value = picture[v * width + u]!;
            if (value < low) low = value;
            if (value > high) high = value;
          }
        this.deviation[y * width + x] = 2 + 0.15 * (high - low);
      }
  }

  /** Marks in `unexpected` what the background does not explain, `seconds` after the last picture; returns how many pixels. */
  compare(picture: Uint8Array, seconds: number, objects: Uint16Array, unexpected: Uint8Array): number {
    const { mean, deviation, width, height, current } = this;
    this.#keepEarlier(seconds);
    this.exposure = exposureBetween(mean, picture, objects);
    const { gain, offset } = this.exposure;
    for (let i = 0; i < picture.length; i++) current[i] = (picture[i]! - offset) / gain;
    let count = 0;
    unexpected.fill(0);
    for (let y = 1; y < height - 1; y++)
      for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
        const value = current[i]!;
        const threshold = Math.max(this.#least, DEVIATIONS * deviation[i]!);
        if (Math.abs(value - mean[i]!) < threshold) continue;
        if (this.#clipped(picture[i]!, mean[i]!) || this.#likeNeighbour(value, i, NEIGHBOUR * threshold)) continue;
        unexpected[i] = 1;
        count += 1;
      }
    return count;
  }

  /** Learns from the picture last compared. `held`: objects, whose pixels say nothing about the background. */
  learn(seconds: number, unexpected: Uint8Array, held: Uint8Array): void {
    const { mean, deviation, current } = this;
    this.#frames += 1;
    const first = 1 / this.#frames;
    const adapt = Math.max(first, 1 - Math.exp(-seconds / ADAPT_S));
    const restless = Math.min(RESTLESS_AT_ONCE, Math.max(first, 1 - Math.exp(-seconds / RESTLESS_S)));
    const calm = Math.max(first, 1 - Math.exp(-seconds / CALM_S));
    for (let i = 0; i < current.length; i++) {
      if (held[i] !== 0) continue;
      const off = current[i]! - mean[i]!;
      const excess = Math.abs(off) - deviation[i]!;
      deviation[i]! += (excess > 0 ? restless : calm) * excess;
      mean[i]! += (unexpected[i] === 0 ? adapt : adapt * UNEXPLAINED) * off;
    }
    this.#rebase(Math.min(1, REBASE * seconds));
  }

  /** Takes what stands in the picture at these pixels for background from now on. */
  absorb(pixels: Iterable<number>): void {
    for (const i of pixels) {
      this.mean[i] = this.current[i]!;
      this.deviation[i] = Math.max(this.deviation[i]!, 3);
    }
  }

  /** Brings the model into the camera's present exposure, objects included, so that it need not be bent ever further. */
  #rebase(rate: number): void {
    const { mean, current, earlier } = this;
    const next = this.#next;
    const gain = 1 + rate * (this.exposure.gain - 1);
    const offset = rate * this.exposure.offset;
    if (Math.abs(gain - 1) < 1e-4 && Math.abs(offset) < 1e-2) return;
    for (let i = 0; i < mean.length; i++) {
      mean[i] = mean[i]! * gain + offset;
      current[i] = current[i]! * gain + offset;
      earlier[i] = earlier[i]! * gain + offset;
      next[i] = next[i]! * gain + offset;
    }
  }

  #keepEarlier(seconds: number): void {
    this.#sinceNext += seconds;
    if (this.#sinceNext < EARLIER_S) return;
    this.#sinceNext = 0;
    [this.earlier, this.#next] = [this.#next, this.earlier];
    this.#next.set(this.current);
    if (seconds >= EARLIER_S) this.earlier.set(this.current);
  }

  #likeNeighbour(value: number, i: number, tolerance: number): boolean {
    const { mean, width } = this;
    for (let row = i - width; row <= i + width; row += width)
      for (let at = row - 1; at <= row + 1; at++) if (Math.abs(value - mean[at]!) < tolerance) return true;
    return false;
  }

  /** White that ought to be whiter than white, or black blacker, is what was expected. */
  #clipped(picture: number, mean: number): boolean {
    const expected = this.exposure.gain * mean + this.exposure.offset;
    return (picture >= 250 && expected >= 244) || (picture <= 4 && expected <= 10);
  }
}
