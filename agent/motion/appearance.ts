// What a patch looks like against the place behind it: a thing, light, or the mark of something gone; and whether it stirs. Pure.
import type { Background } from "./background.ts";
import type { Blob } from "./blobs.ts";
import { outlineContrast, textureKept } from "./texture.ts";

/** Less than this part of a difference at its outline, and it is light that fades away there. */
export const SOFT = 0.38;
/** And so little is light whatever is known of the place: nobody is so blurred. */
export const VERY_SOFT = 0.19;
/** Thinner than this, in pixels, everything is blurred. */
const SOFT_THICKNESS = 8;
/** Somebody in whom less than this part stirs stands like a statue. */
const STIRRING = 0.04;
/** Where the camera shakes, so many times more than elsewhere must stir; never more than this part. */
const SHAKING = 6;
const STIRRING_AT_MOST = 0.3;
const LEAST_STIR = 10;

export class Appearance {
  readonly #background: Background;
  readonly #leastArea: number;

  /** `leastArea`: fewer pixels are nobody. */
  constructor(background: Background, leastArea: number) {
    this.#background = background;
    this.#leastArea = leastArea;
  }

  /** The part (0–1) of the texture of the place that is still to be seen there; `otherwise` where it has none to tell by. */
  textureLeft(pixels: Iterable<number>, otherwise = 0): number {
    const { mean, current, width } = this.#background;
    return textureKept(mean, current, pixels, width) ?? otherwise;
  }

  /** Whether what was added to the place has no edge: a beam of light, a soft shadow. */
  isSoft(blob: Blob, limit = SOFT): boolean {
    const { mean, current, width } = this.#background;
    const thickness = Math.min(blob.right - blob.left, blob.bottom - blob.top);
    if (thickness < SOFT_THICKNESS || blob.pixels.length < 2 * this.#leastArea) return false;
    let inside = 0;
    for (const at of blob.pixels) inside += Math.abs(current[at]! - mean[at]!);
    return outlineContrast(mean, current, blob, width).difference < (limit * inside) / blob.pixels.length;
  }

  /**
   * A thing has an outline in the picture; the mark of one that left has it in the background only. `ratio`: so many times
   * more contrast in the background than in the picture.
   */
  isMark(blobs: readonly Blob[], ratio: number): boolean {
    const { mean, current, width } = this.#background;
    const sums = { background: 0, picture: 0 };
    for (const blob of blobs) {
      const contrast = outlineContrast(mean, current, blob, width);
      sums.background += contrast.background * blob.pixels.length;
      sums.picture += contrast.picture * blob.pixels.length;
    }
    return sums.background > ratio * sums.picture;
  }

  /** The part (0–1) of the pixels without a label in which something stirs: a camera that shakes. */
  restlessness(labels: Uint16Array): number {
    let stirring = 0;
    let all = 0;
    for (let at = 0; at < labels.length; at += 3) {
      if (labels[at] !== 0) continue;
      all += 1;
      if (this.#stirsAt(at)) stirring += 1;
    }
    return stirring / Math.max(1, all);
  }

  /** Whether it is not as it was a second or two ago, by more than the `usual` restlessness of the picture. */
  stirs(blobs: readonly Blob[], usual: number): boolean {
    let stirring = 0;
    let all = 0;
    for (const { pixels } of blobs) {
      all += pixels.length;
      for (const at of pixels) if (this.#stirsAt(at)) stirring += 1;
    }
    return stirring > Math.max(2, Math.max(STIRRING, Math.min(STIRRING_AT_MOST, SHAKING * usual)) * all);
  }

  #stirsAt(at: number): boolean {
    const { current, earlier, deviation } = this.#background;
    return Math.abs(current[at]! - earlier[at]!) > Math.max(LEAST_STIR, 3 * deviation[at]!);
  }
}
