// What is hidden: areas in fractions of the picture, the blocks of pixels they become, and who finds them again in what was coded. Pure.
//
// Whole macroblocks, because that is what an encoder works on: no block then holds pixels of the scene and of the mask, so
// nothing hidden can leak through prediction or rounding, and each painted block can be looked for by itself at any bit
// rate. Rounding is conservative: a block is painted if any part of it may not be seen.

/** Corners in order, each [x, y] a fraction of the picture from its top left, 0–1. Closed by itself. */
export type Polygon = readonly (readonly [x: number, y: number])[];

/** What is painted over, on every picture before it reaches an encoder (promise 10). */
export interface MaskedAreas {
  /** Nothing within any of these is shown. */
  readonly hidden: readonly Polygon[];
  /** Nothing outside of all of these is shown. Empty: no such limit. */
  readonly kept: readonly Polygon[];
}

/** Looks at coded pictures and says whether everything that has to be hidden is. */
export interface MaskWitness {
  /**
   * Decodes `units` (Annex B, the first a key picture, each key picture with its parameter sets) and looks for the pattern
   * that painted areas carry. Answers what is wrong, as a lower-case fragment, or undefined when every picture is proven.
   * No picture at all proves nothing. With `anyStart`, the pattern of a start that is no longer remembered will do.
   *
   * @throws DriverError MASK_NOT_CHECKED when it could not look; `signal`'s reason.
   */
  examine(
    units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options?: { readonly anyStart?: boolean; readonly signal?: AbortSignal },
  ): Promise<string | undefined>;
}

/** Pixels, each way; less in the last column and row of a picture whose size is not a multiple. */
export const BLOCK = 16;

/** The painted blocks of one picture size. */
export interface Blocks {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  /** One byte a block, row by row: 1 when it is painted. */
  readonly painted: Uint8Array;
}

interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

type Edge = readonly [ax: number, ay: number, bx: number, by: number];

/** An area that reaches less than this into a block, in pixels, only touches its border. */
const BORDER = 1e-3;
/** Where two kept areas meet, this fine (pixels) decides whether there is a gap between them. */
const FINEST = 0.25;

/** Lays `areas` over a picture of that size. */
export function paintedBlocks({ hidden, kept }: MaskedAreas, width: number, height: number): Blocks {
  const columns = Math.ceil(width / BLOCK);
  const rows = Math.ceil(height / BLOCK);
  const painted = new Uint8Array(columns * rows);
  const outlines = (polygons: readonly Polygon[]): Edge[][] => polygons.map((one) => edgesOf(one, width, height));
  const masks = outlines(hidden);
  const grounds = outlines(kept);
  // What is no number hides everything: nobody can say where it is.
  const unclear = [...masks, ...grounds].flat(2).some((number) => !Number.isFinite(number));
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const rect = {
        left: column * BLOCK,
        top: row * BLOCK,
        right: Math.min(width, (column + 1) * BLOCK),
        bottom: Math.min(height, (row + 1) * BLOCK),
      };
      const unseen =
        unclear || masks.some((mask) => touches(mask, rect)) || (grounds.length > 0 && !held(grounds, rect));
      painted[row * columns + column] = unseen ? 1 : 0;
    }
  return { width, height, columns, rows, painted };
}

/** The part of the picture, 0–1, that is painted. */
export const paintedShare = ({ painted }: Blocks): number =>
  painted.reduce((sum, one) => sum + one, 0) / Math.max(1, painted.length);

const edgesOf = (polygon: Polygon, width: number, height: number): Edge[] =>
  polygon.map(([ax, ay], index): Edge => {
    const [bx, by] = polygon[(index + 1) % polygon.length]!;
    return [ax * width, ay * height, bx * width, by * height];
  });

/** A mask that crosses itself hides everything it winds around. */
const touches = (mask: readonly Edge[], rect: Rect): boolean =>
  mask.some((edge) => crosses(edge, rect)) || winding(mask, ...centre(rect)) !== 0;

/** Whether all of `rect` lies on kept ground, which may be several areas side by side. */
function held(grounds: readonly (readonly Edge[])[], rect: Rect): boolean {
  let cut = false;
  for (const ground of grounds) {
    const crossed = ground.some((edge) => crosses(edge, rect));
    if (!crossed && holds(ground, ...centre(rect))) return true;
    cut ||= crossed;
  }
  if (!cut) return false;
  const { left, top, right, bottom } = rect;
  const [x, y] = centre(rect);
  if (right - left <= FINEST || bottom - top <= FINEST)
    return [
      [left, top],
      [right, top],
      [left, bottom],
      [right, bottom],
      [x, y],
    ].every(([px, py]) => grounds.some((ground) => holds(ground, nudge(px!, x), nudge(py!, y))));
  return (
    held(grounds, { left, top, right: x, bottom: y }) &&
    held(grounds, { left: x, top, right, bottom: y }) &&
    held(grounds, { left, top: y, right: x, bottom }) &&
    held(grounds, { left: x, top: y, right, bottom })
  );
}

const centre = ({ left, top, right, bottom }: Rect): [number, number] => [(left + right) / 2, (top + bottom) / 2];

/** Corners lie on borders: a hair towards the middle they are on one side. */
const nudge = (value: number, middle: number): number => value + Math.sign(middle - value) * BORDER;

/** Ground that crosses itself keeps only what every reading of it keeps. */
const holds = (ground: readonly Edge[], x: number, y: number): boolean => Math.abs(winding(ground, x, y)) % 2 === 1;

/** How often the outline goes around the point. */
function winding(outline: readonly Edge[], x: number, y: number): number {
  let times = 0;
  for (const [ax, ay, bx, by] of outline) {
    if (ay <= y === by <= y) continue;
    const right = x < ax + ((y - ay) / (by - ay)) * (bx - ax);
    if (right) times += by > ay ? 1 : -1;
  }
  return times;
}

/** Whether any of the segment lies inside of the rectangle (Liang and Barsky), its border left out. */
function crosses([ax, ay, bx, by]: Edge, { left, top, right, bottom }: Rect): boolean {
  let from = 0;
  let to = 1;
  const sides = [
    [ax - bx, ax - left - BORDER],
    [bx - ax, right - BORDER - ax],
    [ay - by, ay - top - BORDER],
    [by - ay, bottom - BORDER - ay],
  ] as const;
  for (const [step, distance] of sides) {
    if (step === 0 && distance < 0) return false;
    if (step < 0) from = Math.max(from, distance / step);
    else if (step > 0) to = Math.min(to, distance / step);
    if (from > to) return false;
  }
  return true;
}
