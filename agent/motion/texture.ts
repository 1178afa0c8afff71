// Tells light from things: a shadow or a headlight leaves the texture of a place, a visitor replaces it. Pure.

/** Below this a gradient is noise. */
const LEAST_GRADIENT = 10;
const LEAST_EVIDENCE = 12;

/**
 * The part (0–1) of the clear gradients of `background` at `pixels` that point the same way in `picture`; undefined when
 * there are too few to tell.
 */
export function textureKept(
  background: Float32Array,
  picture: Float32Array,
  pixels: Iterable<number>,
  width: number,
): number | undefined {
  let evidence = 0;
  let kept = 0;
  for (const at of pixels) {
    if (at < width || at >= background.length - width) continue;
    const bx = background[at + 1]! - background[at - 1]!;
    const by = background[at + width]! - background[at - width]!;
    const strength = Math.hypot(bx, by);
    if (strength < LEAST_GRADIENT) continue;
    const px = picture[at + 1]! - picture[at - 1]!;
    const py = picture[at + width]! - picture[at - width]!;
    evidence += 1;
    // Same direction within 37 degrees, and neither gone nor grown beyond what light does.
    const length = Math.hypot(px, py);
    if (bx * px + by * py > 0.8 * strength * length && length > 0.3 * strength && length < 3 * strength) kept += 1;
  }
  return evidence < LEAST_EVIDENCE ? undefined : kept / evidence;
}

/**
 * How much `background` and `picture` change across the outline of a patch, on average: from just outside to just inside,
 * at the first and last pixel of each of its rows and columns. Holes inside do not count.
 */
export function outlineContrast(
  background: Float32Array,
  picture: Float32Array,
  { pixels, left, top, right, bottom }: Patch,
  width: number,
): Contrast {
  const height = background.length / width;
  const rows = extents(pixels, bottom - top + 1, (at) => [Math.floor(at / width) - top, at % width]);
  const columns = extents(pixels, right - left + 1, (at) => [(at % width) - left, Math.floor(at / width)]);
  const sums = { background: 0, picture: 0, difference: 0 };
  let count = 0;
  const across = (inside: number, outside: number): void => {
    const before = background[inside]! - background[outside]!;
    const now = picture[inside]! - picture[outside]!;
    sums.background += Math.abs(before);
    sums.picture += Math.abs(now);
    sums.difference += Math.abs(now - before);
    count += 1;
  };
  for (const [row, [from, to]] of rows.entries()) {
    const start = (top + row) * width;
    if (from - STEP >= 0 && from + 1 < width) across(start + from + 1, start + from - STEP);
    if (to + STEP < width && to >= 1) across(start + to - 1, start + to + STEP);
  }
  for (const [column, [from, to]] of columns.entries()) {
    const x = left + column;
    if (from - STEP >= 0 && from + 1 < height) across((from + 1) * width + x, (from - STEP) * width + x);
    if (to + STEP < height && to >= 1) across((to - 1) * width + x, (to + STEP) * width + x);
  }
  const share = 1 / Math.max(1, count);
  return {
    background: sums.background * share,
    picture: sums.picture * share,
    difference: sums.difference * share,
  };
}

/** Changes of brightness across an outline, on average. */
export interface Contrast {
  readonly background: number;
  readonly picture: number;
  /** Of what was added to the background: light comes softly, a thing has an edge. */
  readonly difference: number;
}

/** What {@link outlineContrast} needs to know of a patch: its pixels and the box around them, inclusive. */
export interface Patch {
  readonly pixels: Int32Array;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** So far outside the outline nothing of the patch is blurred in any more. */
const STEP = 2;

/** Lowest and highest position in each line (row or column). */
function extents(
  pixels: Int32Array,
  lines: number,
  place: (at: number) => [line: number, position: number],
): [number, number][] {
  const found = Array.from({ length: lines }, (): [number, number] => [Infinity, -Infinity]);
  for (const at of pixels) {
    const [line, position] = place(at);
    const extent = found[line]!;
    if (position < extent[0]) extent[0] = position;
    if (position > extent[1]) extent[1] = position;
  }
  return found;
}
