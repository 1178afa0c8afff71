// Where somebody was how long, as a picture: for an owner who draws zones on their own footage. Pure.

export class HeatMap {
  readonly width: number;
  readonly height: number;
  readonly #seconds: Float32Array;
  readonly #place: Float32Array;
  #pictures = 0;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#seconds = new Float32Array(width * height);
    this.#place = new Float32Array(width * height);
  }

  /** Takes a picture, where somebody is in it (a byte a pixel, not 0), and for how long it stands. */
  add(luma: Uint8Array, mask: Uint8Array, seconds: number): void {
    this.#pictures += 1;
    const share = 1 / this.#pictures;
    for (let at = 0; at < this.#place.length; at++) {
      this.#place[at]! += share * (luma[at]! - this.#place[at]!);
      if (mask[at] !== 0) this.#seconds[at]! += seconds;
    }
  }

  /** Seconds of presence at each pixel. */
  get seconds(): Float32Array {
    return this.#seconds;
  }

  /**
   * Red, green and blue, a byte each: the place in grey, and over it from yellow (a little) to red (most). On a
   * logarithmic scale, so that a minute at the door does not hide the second on the path.
   */
  rgb(): Uint8Array {
    const most = Math.log1p(this.#seconds.reduce((a, b) => Math.max(a, b), 0));
    const picture = new Uint8Array(this.#seconds.length * 3);
    for (let at = 0; at < this.#seconds.length; at++) {
      const grey = this.#place[at]! * 0.7;
      const heat = most > 0 ? Math.log1p(this.#seconds[at]!) / most : 0;
      const cover = heat > 0 ? 0.35 + 0.5 * heat : 0;
      picture[at * 3] = grey + cover * (255 - grey);
      picture[at * 3 + 1] = grey + cover * (220 * (1 - heat) - grey);
      picture[at * 3 + 2] = grey - cover * grey;
    }
    return picture;
  }
}
