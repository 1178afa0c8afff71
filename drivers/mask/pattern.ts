// The faint pattern that painted blocks carry, other at each start, and what it takes to find it again after coding. Pure.
//
// A block is four by four cells of four pixels, dark or a little less dark. Which cells are which is one of the thirty
// two-valued Walsh functions of that size: H.264 codes a block's means with that very transform, so the pattern is a single
// coefficient, costs a few bits once in two seconds, and outlives a coarse quantiser. Footage does not look like that: each
// painted block is compared by itself, cell by cell, and even a flat block of the right brightness is far off.
import { BLOCK, type Blocks } from "./mask.ts";

/** Pixels, each way. */
const CELL = 4;
const CELLS = BLOCK / CELL;
/** Luma in the limited range (black is 16). */
export const LOW = 18;
export const HIGH = 52;
const MIDDLE = (LOW + HIGH) / 2;
/**
 * Levels by which the cells of a block may be off in the root mean square. libx264 as we run it stays below 5 up to
 * quantiser 46 and below 11 at the very worst; a block without the pattern is off by at least 17, half of what lies between
 * the levels.
 */
const TOLERANCE = 12;
/** Chroma without colour. */
export const GREY = 128;

/** A picture's painted blocks, each with its symbol. */
export interface Pattern {
  readonly blocks: Blocks;
  /** One of {@link SYMBOLS} for each block, row by row; 0 where nothing is painted. Bit 4·y + x is set for a lighter cell. */
  readonly symbols: Uint16Array;
}

const WALSH: readonly (readonly number[])[] = [
  [1, 1, 1, 1],
  [1, 1, -1, -1],
  [1, -1, -1, 1],
  [1, -1, 1, -1],
];

/** Every two-valued Walsh function of four by four but the flat one, and its negative. */
export const SYMBOLS: readonly number[] = WALSH.flatMap((down, v) =>
  WALSH.flatMap((across, u) => {
    if (u === 0 && v === 0) return [];
    const bits = down.flatMap((y) => across.map((x): number => (x * y > 0 ? 1 : 0)));
    const symbol = bits.reduce((sum, bit, cell) => sum | (bit << cell), 0);
    return [symbol, ~symbol & 0xffff];
  }),
);
const KNOWN: ReadonlySet<number> = new Set(SYMBOLS);

/** A new pattern. `random` gives as many random bytes as it is asked for. */
export function drawPattern(blocks: Blocks, random: (count: number) => Uint8Array): Pattern {
  const { painted } = blocks;
  const dice = random(painted.length);
  const symbols = new Uint16Array(painted.length);
  for (let block = 0; block < painted.length; block++) {
    if (!painted[block]) continue;
    const visible = visibleCells(blocks, block);
    // At the picture's edge half a block may be all there is: it must still show both levels.
    const fit = SYMBOLS.filter((symbol) => (symbol & visible) !== 0 && (~symbol & visible) !== 0);
    const choice = fit.length ? fit : SYMBOLS;
    symbols[block] = choice[dice[block]! % choice.length]!;
  }
  return { blocks, symbols };
}

/** Luma of the painted pixel at (x, y). */
export function levelAt({ blocks, symbols }: Pattern, x: number, y: number): number {
  const block = Math.floor(y / BLOCK) * blocks.columns + Math.floor(x / BLOCK);
  const cell = Math.floor((y % BLOCK) / CELL) * CELLS + Math.floor((x % BLOCK) / CELL);
  return (symbols[block]! >> cell) & 1 ? HIGH : LOW;
}

/** What was found of a pattern in a decoded picture. */
export interface Finding {
  /** Every painted block that can be measured is there, and there is at least one; or none is painted at all. */
  readonly found: boolean;
  readonly measured: number;
  /** Blocks that are not as painted. */
  readonly missing: number;
  /** The first missing one, in pixels from the top left. */
  readonly at?: { readonly x: number; readonly y: number };
  /** Levels by which the worst block is better than it has to be; negative when it is not good enough. */
  readonly margin: number;
}

/** Looks for `pattern` in the decoded luma of a picture of its size: rows from the top, no padding, limited range. */
export function findPattern(luma: Uint8Array, { blocks, symbols }: Pattern): Finding {
  let measured = 0;
  let missing = 0;
  let at: Finding["at"];
  let margin = Infinity;
  for (let block = 0; block < blocks.painted.length; block++) {
    const visible = blocks.painted[block] ? visibleCells(blocks, block) : 0;
    if (visible === 0) continue;
    measured++;
    const least = marginOf(luma, blocks, block, visible, symbols[block]!);
    margin = Math.min(margin, least);
    if (least >= 0) continue;
    missing++;
    at ??= corner(blocks, block);
  }
  const found = missing === 0 && (measured > 0 || !blocks.painted.includes(1));
  return { found, measured, missing, ...(at && { at }), margin };
}

/**
 * Reads a pattern that nobody remembers out of a decoded picture: undefined unless every block that should be painted
 * carries one of the symbols. To be looked for in the pictures that follow.
 */
export function readPattern(luma: Uint8Array, blocks: Blocks): Pattern | undefined {
  const symbols = new Uint16Array(blocks.painted.length);
  for (let block = 0; block < symbols.length; block++) {
    const visible = blocks.painted[block] ? visibleCells(blocks, block) : 0;
    if (visible === 0) continue;
    let seen = 0;
    for (let cell = 0; cell < CELLS * CELLS; cell++)
      if ((visible >> cell) & 1 && meanOf(luma, blocks, block, cell) > MIDDLE) seen |= 1 << cell;
    const symbol = KNOWN.has(seen) ? seen : SYMBOLS.find((one) => (one & visible) === seen);
    if (symbol === undefined) return undefined;
    symbols[block] = symbol;
  }
  const pattern = { blocks, symbols };
  return findPattern(luma, pattern).found ? pattern : undefined;
}

function marginOf(luma: Uint8Array, blocks: Blocks, block: number, visible: number, symbol: number): number {
  let cells = 0;
  let squares = 0;
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    if (!((visible >> cell) & 1)) continue;
    cells++;
    squares += (meanOf(luma, blocks, block, cell) - ((symbol >> cell) & 1 ? HIGH : LOW)) ** 2;
  }
  return TOLERANCE - Math.sqrt(squares / cells);
}

function meanOf(luma: Uint8Array, blocks: Blocks, block: number, cell: number): number {
  const { x, y } = corner(blocks, block);
  const { width } = blocks;
  let sum = 0;
  let row = (y + Math.floor(cell / CELLS) * CELL) * width + x + (cell % CELLS) * CELL;
  for (let line = 0; line < CELL; line++, row += width) for (let at = row; at < row + CELL; at++) sum += luma[at]!;
  return sum / (CELL * CELL);
}

/** The cells that lie within the picture whole, as bits. */
function visibleCells(blocks: Blocks, block: number): number {
  const { x, y } = corner(blocks, block);
  const across = Math.min(CELLS, Math.floor((blocks.width - x) / CELL));
  const down = Math.min(CELLS, Math.floor((blocks.height - y) / CELL));
  if (across === CELLS && down === CELLS) return 0xffff;
  let cells = 0;
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++) cells |= 1 << (row * CELLS + column);
  return cells;
}

const corner = ({ columns }: Blocks, block: number): { x: number; y: number } => ({
  x: (block % columns) * BLOCK,
  y: Math.floor(block / columns) * BLOCK,
});
