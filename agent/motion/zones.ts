// Areas drawn by the owner as pixels of a small picture. Pure.
import type { Area, Point } from "../../config/config.ts";

/** One byte a pixel: 1 where the middle of the pixel lies inside `polygon` (even-odd rule; parts outside do not count). */
export function rasterise(polygon: readonly Point[], width: number, height: number): Uint8Array {
  const inside = new Uint8Array(width * height);
  if (polygon.length < 3) return inside;
  for (let row = 0; row < height; row++) {
    const y = (row + 0.5) / height;
    const crossings = crossingsAt(polygon, y);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.ceil(crossings[pair]! * width - 0.5));
      const to = Math.min(width, Math.ceil(crossings[pair + 1]! * width - 0.5));
      if (from < to) inside.fill(1, row * width + from, row * width + to);
    }
  }
  return inside;
}

function crossingsAt(polygon: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  let [px, py] = polygon.at(-1)!;
  for (const [x, y2] of polygon) {
    if (py <= y !== y2 <= y) crossings.push(px + ((y - py) / (y2 - py)) * (x - px));
    px = x;
    py = y2;
  }
  return crossings.sort((a, b) => a - b);
}

/** A zone and where it is in the picture. */
export interface ZoneMask {
  readonly name: string;
  readonly inside: Uint8Array;
  /** How many pixels it has. 0 for one that is too small to be seen. */
  readonly pixels: number;
}

/** All zones of a picture of that size. */
export const zoneMasks = (zones: readonly Area[], width: number, height: number): ZoneMask[] =>
  zones.map(({ name, polygon }) => {
    const inside = rasterise(polygon, width, height);
    return { name, inside, pixels: inside.reduce((sum, pixel) => sum + pixel, 0) };
  });
