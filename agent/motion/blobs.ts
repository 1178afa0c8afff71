// Connected patches of unexpected pixels. Pure.

export interface Blob {
  /** Indices into the picture. */
  readonly pixels: Int32Array;
  /** Bounding box, inclusive. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Centre of its pixels. */
  readonly x: number;
  readonly y: number;
  /** How many of its pixels have most of their neighbours in it: what leaves and streaks of rain have few of. */
  readonly solid: number;
}

/** Pixels up to this far apart belong together: people fall into parts where they look like what is behind them. */
const REACH = 2;
const SOLID_NEIGHBOURS = 5;

/** Finds the blobs of at least `least` pixels. `marked` is one byte a pixel and is left as it was. */
export function findBlobs(marked: Uint8Array, width: number, height: number, least: number): Blob[] {
  const seen = new Uint8Array(marked.length);
  const stack: number[] = [];
  const blobs: Blob[] = [];
  for (let start = 0; start < marked.length; start++) {
    if (marked[start] === 0 || seen[start] !== 0) continue;
    const pixels: number[] = [];
    seen[start] = 1;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      pixels.push(at);
      const x = at % width;
      const y = (at - x) / width;
      for (let v = Math.max(0, y - REACH); v <= Math.min(height - 1, y + REACH); v++)
        for (let u = Math.max(0, x - REACH); u <= Math.min(width - 1, x + REACH); u++) {
          const near = v * width + u;
          if (marked[near] === 0 || seen[near] !== 0) continue;
          seen[near] = 1;
          stack.push(near);
        }
    }
    if (pixels.length >= least) blobs.push(measured(pixels, marked, width, height));
  }
  return blobs;
}

/** The pixels of several blobs, one after another. */
export function* pixelsOf(blobs: readonly Blob[]): Generator<number, void, void> {
  for (const { pixels } of blobs) yield* pixels;
}

function measured(pixels: readonly number[], marked: Uint8Array, width: number, height: number): Blob {
  let [left, top, right, bottom, sumX, sumY, solid] = [width, height, 0, 0, 0, 0, 0];
  for (const at of pixels) {
    const x = at % width;
    const y = (at - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
    sumX += x;
    sumY += y;
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1 && neighbours(marked, at, width) >= SOLID_NEIGHBOURS)
      solid += 1;
  }
  const [x, y] = [sumX / pixels.length, sumY / pixels.length];
  return { pixels: Int32Array.from(pixels), left, top, right, bottom, x, y, solid };
}

const neighbours = (marked: Uint8Array, at: number, width: number): number =>
  marked[at - width - 1]! +
  marked[at - width]! +
  marked[at - width + 1]! +
  marked[at - 1]! +
  marked[at + 1]! +
  marked[at + width - 1]! +
  marked[at + width]! +
  marked[at + width + 1]!;
