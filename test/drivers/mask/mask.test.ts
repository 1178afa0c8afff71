// Which blocks a polygon paints: never one too few, whatever an owner draws.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK, type Blocks, paintedBlocks, paintedShare, type Polygon } from "../../../drivers/mask/mask.ts";

const WHOLE: Polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
const box = (left: number, top: number, right: number, bottom: number): Polygon => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];
const hide = (...hidden: Polygon[]): { hidden: Polygon[]; kept: Polygon[] } => ({ hidden, kept: [] });
const keep = (...kept: Polygon[]): { hidden: Polygon[]; kept: Polygon[] } => ({ hidden: [], kept });
const paintedAt = ({ painted, columns }: Blocks, x: number, y: number): boolean =>
  painted[Math.floor(y / BLOCK) * columns + Math.floor(x / BLOCK)] === 1;

/** Inside by the angles that the corners are seen under: nothing in common with how blocks.ts decides. */
function inside(polygon: Polygon, x: number, y: number, width: number, height: number): boolean {
  let angle = 0;
  for (const [index, [ax, ay]] of polygon.entries()) {
    const [bx, by] = polygon[(index + 1) % polygon.length]!;
    const [px, py, qx, qy] = [ax * width - x, ay * height - y, bx * width - x, by * height - y];
    angle += Math.atan2(px * qy - py * qx, px * qx + py * qy);
  }
  return Math.abs(angle) > Math.PI;
}

/** The middle of the pixel at that fraction. */
const pixel = (fraction: number, pixels: number): number => Math.min(pixels - 1, Math.floor(fraction * pixels)) + 0.5;

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const polygon = fc.array(fc.tuple(fraction, fraction), { minLength: 3, maxLength: 12 });
const size = fc
  .tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 120 }))
  .map(([w, h]) => [w * 2, h * 2]);

describe("a mask", () => {
  test("over half of the picture paints that half and not one block more", () => {
    const blocks = paintedBlocks(hide(box(0, 0, 0.5, 1)), 640, 360);

    expect([paintedAt(blocks, 319, 359), paintedAt(blocks, 320, 0)]).toEqual([true, false]);
    expect(paintedShare(blocks)).toBe(0.5);
  });

  test("that reaches a hair into a block paints all of it", () => {
    const blocks = paintedBlocks(hide(box(0, 0, 320.1 / 640, 1)), 640, 360);

    expect([paintedAt(blocks, 335, 100), paintedAt(blocks, 336, 100)]).toEqual([true, false]);
  });

  test("paints every pixel inside of it, whatever its shape and the size of the picture", () => {
    fc.assert(
      fc.property(polygon, size, fraction, fraction, (corners, [width, height], fx, fy) => {
        const [x, y] = [pixel(fx, width!), pixel(fy, height!)];
        const blocks = paintedBlocks(hide(corners), width!, height!);
        return !inside(corners, x, y, width!, height!) || paintedAt(blocks, x, y);
      }),
      { numRuns: 500 },
    );
  });

  test("paints every pixel on its outline, so that a line without any area hides what it crosses", () => {
    fc.assert(
      fc.property(polygon, fraction, fc.nat(11), (corners, along, nth) => {
        const [ax, ay] = corners[nth % corners.length]!;
        const [bx, by] = corners[(nth + 1) % corners.length]!;
        const [x, y] = [(ax + (bx - ax) * along) * 640, (ay + (by - ay) * along) * 360];
        // On the border of two blocks either will do.
        const onBorder = [x, y].some((at) => at % BLOCK < 0.01 || at % BLOCK > BLOCK - 0.01);
        return onBorder || paintedAt(paintedBlocks(hide(corners), 640, 360), x, y);
      }),
    );
  });

  test("that lies outside of the picture hides nothing, and one that reaches out of it hides what is in it", () => {
    expect(paintedShare(paintedBlocks(hide(box(1.2, 0, 1.5, 1)), 640, 360))).toBe(0);
    expect(paintedShare(paintedBlocks(hide(box(-3, -3, 0.5, 7)), 640, 360))).toBe(0.5);
  });

  test("of ten thousand corners is as good as any other, and quickly laid", () => {
    const circle = Array.from({ length: 10_000 }, (_, n): [number, number] => [
      0.5 + 0.3 * Math.cos((n / 10_000) * 2 * Math.PI),
      0.5 + 0.3 * Math.sin((n / 10_000) * 2 * Math.PI),
    ]);

    expect(paintedShare(paintedBlocks(hide(circle), 640, 640))).toBeCloseTo(Math.PI * 0.09, 1);
  });

  test("with a corner that is no number hides everything", () => {
    expect(
      paintedShare(
        paintedBlocks(
          hide([
            [0, 0],
            [Number.NaN, 0],
            [0, 1],
          ]),
          640,
          360,
        ),
      ),
    ).toBe(1);
  });
});

describe("property", () => {
  test("shows only the blocks that lie on it whole", () => {
    const blocks = paintedBlocks(keep(box(0.1, 0.1, 0.5, 0.5)), 640, 320);

    expect([paintedAt(blocks, 63, 32), paintedAt(blocks, 64, 31), paintedAt(blocks, 64, 32)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([paintedAt(blocks, 319, 159), paintedAt(blocks, 320, 159), paintedAt(blocks, 319, 160)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test("never shows a pixel outside of it, whatever its shape", () => {
    fc.assert(
      fc.property(polygon, size, fraction, fraction, (corners, [width, height], fx, fy) => {
        const [x, y] = [pixel(fx, width!), pixel(fy, height!)];
        const blocks = paintedBlocks(keep(corners), width!, height!);
        return inside(corners, x, y, width!, height!) || paintedAt(blocks, x, y);
      }),
      { numRuns: 500 },
    );
  });

  test("in two pieces side by side has no seam between them", () => {
    const blocks = paintedBlocks(keep(box(0, 0, 0.4513, 1), box(0.4513, 0, 1, 1)), 640, 320);

    expect(paintedShare(blocks)).toBe(0);
  });

  test("in two pieces with a gap of a pixel keeps the gap hidden", () => {
    const blocks = paintedBlocks(keep(box(0, 0, 300 / 640, 1), box(301 / 640, 0, 1, 1)), 640, 320);

    expect([paintedAt(blocks, 300, 5), paintedAt(blocks, 280, 5), paintedAt(blocks, 310, 5)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("that holds no pixel at all shows nothing", () => {
    expect(
      paintedShare(
        paintedBlocks(
          keep([
            [0.5, 0.5],
            [0.5, 0.5],
            [0.5, 0.5],
          ]),
          640,
          360,
        ),
      ),
    ).toBe(1);
  });

  test("does not show what a mask hides", () => {
    expect(paintedShare(paintedBlocks({ hidden: [WHOLE], kept: [WHOLE] }, 640, 360))).toBe(1);
    expect(paintedShare(paintedBlocks({ hidden: [], kept: [WHOLE] }, 640, 360))).toBe(0);
  });
});
