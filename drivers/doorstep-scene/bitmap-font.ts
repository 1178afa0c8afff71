// Burns a line of text into a picture: digits and the few signs of a timestamp, without any font installed. Pure.
import type { Planes } from "./planes.ts";

/** Seven rows of five pixels, the leftmost in bit 4. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  "0": [14, 17, 19, 21, 25, 17, 14],
  "1": [4, 12, 4, 4, 4, 4, 14],
  "2": [14, 17, 1, 2, 4, 8, 31],
  "3": [31, 2, 4, 2, 1, 17, 14],
  "4": [2, 6, 10, 18, 31, 2, 2],
  "5": [31, 16, 30, 1, 1, 17, 14],
  "6": [6, 8, 16, 30, 17, 17, 14],
  "7": [31, 1, 2, 4, 8, 8, 8],
  "8": [14, 17, 17, 14, 17, 17, 14],
  "9": [14, 17, 17, 15, 1, 2, 12],
  "-": [0, 0, 0, 14, 0, 0, 0],
  ":": [0, 4, 4, 0, 4, 4, 0],
  ".": [0, 0, 0, 0, 0, 4, 4],
  Z: [31, 1, 2, 4, 8, 16, 31],
};
const COLUMNS = 5;
const ADVANCE = 6;
const WHITE = 225;
const BLACK = 20;

/** Writes `text` with its top left at (x, y), `dot` pixels to a dot of the font, white with a dark edge. Unknown signs are blank. */
export function burnIn({ bytes, width, height }: Planes, text: string, x: number, y: number, dot: number): void {
  const fill = (left: number, top: number, size: number, luma: number): void => {
    for (let row = Math.max(0, top); row < Math.min(height, top + size); row++) {
      bytes.fill(luma, row * width + Math.max(0, left), row * width + Math.min(width, left + size));
    }
  };
  const dots = Array.from(text).flatMap((sign, place) =>
    (GLYPHS[sign] ?? []).flatMap((bits, row) =>
      Array.from({ length: COLUMNS }, (_, column) => column)
        .filter((column) => bits & (16 >> column))
        .map((column) => [x + (place * ADVANCE + column) * dot, y + row * dot] as const),
    ),
  );
  const edge = Math.max(1, dot >> 1);
  for (const [left, top] of dots) fill(left - edge, top - edge, dot + 2 * edge, BLACK);
  for (const [left, top] of dots) fill(left, top, dot, WHITE);
}
