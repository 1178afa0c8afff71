// Paints the pattern over raw pictures in place: touches painted pixels only, whatever pieces a picture comes in. Pure.
import { BLOCK } from "./mask.ts";
import { GREY, type Pattern, levelAt } from "./pattern.ts";

/** How a raw picture lies in memory: planar YUV 4:2:0, eight bits, limited range; luma, then U, then V. */
export interface RawFormat {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Bytes from one luma row to the next; those of chroma are half as far apart. Even, at least `width`. */
  readonly stride: number;
}

/** Bytes of one raw picture. */
export const rawBytes = ({ height, stride }: RawFormat): number => (stride * height * 3) / 2;

/** Made once per start: knows every byte that has to be overwritten, and with what. */
export class MaskPainter {
  /** A picture in which everything painted is as it must be; what lies between is never read. */
  readonly #painted: Buffer;
  /** Where to copy from {@link #painted}: first byte and byte after the last, ascending, never touching. */
  readonly #spans: Uint32Array;

  /** `format` has the size for which `pattern` was drawn. */
  constructor(pattern: Pattern, format: RawFormat) {
    this.#painted = Buffer.alloc(rawBytes(format), GREY);
    this.#spans = Uint32Array.from(spansOf(pattern, format));
    const { width, height, stride } = format;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) this.#painted[y * stride + x] = levelAt(pattern, x, y);
  }

  /** Overwrites one picture, given as consecutive pieces that together have its size. */
  paint(pieces: readonly Uint8Array[]): void {
    const spans = this.#spans;
    let span = 0;
    let start = 0;
    for (const piece of pieces) {
      const end = start + piece.length;
      for (; span < spans.length && spans[span]! < end; span += 2) {
        const from = Math.max(spans[span]!, start);
        const to = Math.min(spans[span + 1]!, end);
        this.#painted.copy(piece, from - start, from, to);
        // The rest of this span is in the next piece.
        if (spans[span + 1]! > end) break;
      }
      start = end;
    }
  }
}

function* spansOf({ blocks }: Pattern, { width, height, stride }: RawFormat): Generator<number, void, undefined> {
  let open: [from: number, to: number] | undefined;
  const luma = stride * height;
  for (const { offset, shift } of [
    { offset: 0, shift: 0 },
    { offset: luma, shift: 1 },
    { offset: luma + luma / 4, shift: 1 },
  ])
    for (let y = 0; y < height >> shift; y++)
      for (let column = 0; column < blocks.columns; column++) {
        const row = Math.floor((y << shift) / BLOCK);
        if (!blocks.painted[row * blocks.columns + column]) continue;
        const line = offset + y * (stride >> shift);
        const from = line + ((column * BLOCK) >> shift);
        const to = line + (Math.min(width, (column + 1) * BLOCK) >> shift);
        if (open?.[1] === from) open[1] = to;
        else {
          if (open) yield* open;
          open = [from, to];
        }
      }
  if (open) yield* open;
}
