// Painting over raw pictures: exactly the painted pixels, however the picture is cut into pieces.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MaskPainter, rawBytes } from "../../../drivers/mask/painter.ts";
import { patternFor } from "./masked-footage.ts";

const AREAS = {
  hidden: [
    [
      [0.1, 0.2],
      [0.6, 0.25],
      [0.3, 0.9],
    ] as const,
  ],
  kept: [],
};
const UNTOUCHED = 200;

test("only pixels of painted blocks are touched: the two levels in luma, no colour in chroma", () => {
  const format = { width: 100, height: 74, stride: 128 };
  const pattern = patternFor(AREAS, format);
  const picture = Buffer.alloc(rawBytes(format), UNTOUCHED);

  new MaskPainter(pattern, format).paint([picture]);

  const { painted, columns } = pattern.blocks;
  const planes = [
    { offset: 0, shift: 0, levels: [18, 52] },
    { offset: 128 * 74, shift: 1, levels: [128] },
    { offset: 128 * 74 * 1.25, shift: 1, levels: [128] },
  ];
  for (const { offset, shift, levels } of planes)
    for (let y = 0; y < 74 >> shift; y++)
      for (let x = 0; x < 128 >> shift; x++) {
        const hidden = x << shift < 100 && painted[((y << shift) >> 4) * columns + ((x << shift) >> 4)] === 1;
        const expected = hidden ? levels : [UNTOUCHED];
        expect(expected, `plane at ${offset}, ${x}, ${y}`).toContain(picture[offset + y * (128 >> shift) + x]);
      }
});

test("a picture in pieces is painted like a picture in one", () => {
  const format = { width: 96, height: 64, stride: 96 };
  const painter = new MaskPainter(patternFor(AREAS, format), format);
  const whole = Buffer.alloc(rawBytes(format), UNTOUCHED);
  painter.paint([whole]);

  fc.assert(
    fc.property(fc.array(fc.nat(rawBytes(format)), { maxLength: 30 }), (places) => {
      const picture = Buffer.alloc(rawBytes(format), UNTOUCHED);
      const cuts = [0, ...places.toSorted((a, b) => a - b), picture.length];
      painter.paint(cuts.slice(1).map((end, index) => picture.subarray(cuts[index], end)));
      expect(picture.equals(whole)).toBe(true);
    }),
  );
});
