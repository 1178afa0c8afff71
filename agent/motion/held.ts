// Where somebody is, and where therefore nothing is learnt about the place. Pure.
import { type Blob, pixelsOf } from "./blobs.ts";

/** Pixels around somebody that are held with them. */
const RIM = 2;
/** Where somebody was is remembered this long. */
const WAKE_MS = 4_000;

export class HeldPlaces {
  readonly #width: number;
  readonly #height: number;
  /** A byte a pixel: 1 where somebody is. */
  readonly somebody: Uint8Array;
  /** A byte a pixel: 1 where what is seen says nothing about the place. */
  readonly held: Uint8Array;
  readonly #heldMs: Float64Array;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.somebody = new Uint8Array(width * height);
    this.held = new Uint8Array(width * height);
    this.#heldMs = new Float64Array(width * height).fill(Number.NEGATIVE_INFINITY);
  }

  clear(): void {
    this.somebody.fill(0);
    this.held.fill(0);
    this.#heldMs.fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * Holds the places of `people`, each some blobs, from now on. Held is everything between the outermost pixels of each row
   * and of each column, and a rim: parts of somebody look like what is behind them, and would be learnt as the place.
   */
  hold(people: Iterable<readonly Blob[]>, atMs: number): void {
    this.somebody.fill(0);
    this.held.fill(0);
    const [width, height] = [this.#width, this.#height];
    for (const blobs of people) {
      const rows = new Extents(height);
      const columns = new Extents(width);
      for (const at of pixelsOf(blobs)) {
        this.somebody[at] = 1;
        const x = at % width;
        const y = (at - x) / width;
        rows.add(y, x);
        columns.add(x, y);
      }
      rows.each(RIM, width, (y, from, to) => this.held.fill(1, y * width + from, y * width + to));
      columns.each(RIM, height, (x, from, to) => {
        for (let y = from; y < to; y++) this.held[y * width + x] = 1;
      });
    }
    for (let at = 0; at < this.held.length; at++) if (this.held[at] !== 0) this.#heldMs[at] = atMs;
  }

  /** Whether most of these pixels were held within the last seconds. */
  wasHeld(pixels: Int32Array, atMs: number): boolean {
    let held = 0;
    for (const at of pixels) if (atMs - this.#heldMs[at]! < WAKE_MS) held += 1;
    return 2 * held > pixels.length;
  }
}

/** The lowest and highest position in each line, row or column. */
class Extents {
  readonly #lowest: Int32Array;
  readonly #highest: Int32Array;

  constructor(lines: number) {
    this.#lowest = new Int32Array(lines).fill(2 ** 31 - 1);
    this.#highest = new Int32Array(lines).fill(-1);
  }

  add(line: number, position: number): void {
    if (position < this.#lowest[line]!) this.#lowest[line] = position;
    if (position > this.#highest[line]!) this.#highest[line] = position;
  }

  /** Each span, end exclusive, widened by `rim` to all sides within `length`. */
  each(rim: number, length: number, take: (line: number, from: number, to: number) => void): void {
    for (const [line, highest] of this.#highest.entries()) {
      if (highest < 0) continue;
      const from = Math.max(0, this.#lowest[line]! - rim);
      const to = Math.min(length, highest + rim + 1);
      for (let near = Math.max(0, line - rim); near <= Math.min(this.#highest.length - 1, line + rim); near++)
        take(near, from, to);
    }
  }
}
