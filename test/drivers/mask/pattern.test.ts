// The pattern after a real encoder: found where it was painted, never where it was not.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawPattern, findPattern, readPattern } from "../../../drivers/mask/pattern.ts";
import { paintedBlocks } from "../../../drivers/mask/mask.ts";
import { footage } from "../../footage.ts";
import { coded, cornerOf, paint, patternFor, random, rawPictures } from "./masked-footage.ts";

const SIZE = { width: 384, height: 216 };
const AREAS = {
  hidden: [
    [
      [0.05, 0.1],
      [0.5, 0.15],
      [0.3, 0.8],
    ] as const,
  ],
  kept: [],
};
const LIVE = "-c:v libx264 -preset ultrafast -tune zerolatency -g 10";
const NOISE = ["-f", "lavfi", "-i", "testsrc2=size=384x216:rate=15,noise=alls=40:allf=t"];

const scenes = [
  { name: "a restless test picture", input: NOISE },
  {
    name: "darkness with grain",
    input: ["-f", "lavfi", "-i", "color=0x181818:size=384x216:rate=15,noise=alls=18:allf=t"],
  },
  ...(["vtest.avi", "tree.avi"] as const).flatMap((name) => {
    const file = footage(name);
    return file ? [{ name, input: ["-i", file] }] : [];
  }),
];

describe.each(scenes)("over $name", ({ input }) => {
  const pictures = rawPictures(input, SIZE, 12);

  test.each(["-crf 23", "-b:v 100k -maxrate 100k -bufsize 100k -qmax 46", "-b:v 20k -qmax 46", "-qp 46"])(
    "the pattern is found in every picture at %s",
    (rate) => {
      const pattern = patternFor(AREAS, SIZE);
      const mine = pictures.map((picture) => Buffer.from(picture));
      paint(mine, pattern);

      const seen = coded(mine, SIZE, `${LIVE} ${rate}`);

      expect(seen.length).toBe(12);
      for (const luma of seen) expect(findPattern(luma, pattern)).toMatchObject({ found: true, missing: 0 });
      expect(readPattern(seen[0]!, pattern.blocks)?.symbols).toEqual(pattern.symbols);
    },
  );

  test("it is not found where nothing was painted, nor is any other", () => {
    for (const luma of coded(pictures, SIZE, `${LIVE} -crf 23`))
      for (let start = 0; start < 20; start++) {
        const pattern = patternFor(AREAS, SIZE);
        expect(findPattern(luma, pattern).found).toBe(false);
        expect(readPattern(luma, pattern.blocks)).toBeUndefined();
      }
  });

  test("a single block that was left unpainted fails the proof, wherever it is", () => {
    const pattern = patternFor(AREAS, SIZE);
    const { blocks } = pattern;
    const [picture] = pictures;
    const good = Buffer.from(picture!);
    paint([good], pattern);
    for (const [block, painted] of blocks.painted.entries()) {
      if (!painted) continue;
      const leak = Buffer.from(good.subarray(0, SIZE.width * SIZE.height));
      const { x, y } = cornerOf(blocks, block);
      for (let row = y; row < Math.min(y + 16, SIZE.height); row++)
        picture!.copy(leak, row * SIZE.width + x, row * SIZE.width + x, row * SIZE.width + x + 16);

      expect(findPattern(leak, pattern)).toMatchObject({ found: false, missing: 1, at: { x, y } });
    }
  });
});

test("the pattern of one start is not taken for that of another", () => {
  const one = patternFor(AREAS, SIZE);
  const picture = Buffer.alloc((384 * 216 * 3) / 2, 90);
  paint([picture], one);

  expect(findPattern(picture, one)).toMatchObject({ found: true, margin: 12 });
  expect(findPattern(picture, patternFor(AREAS, SIZE)).found).toBe(false);
});

test("no flat block of any brightness passes for painted, whatever the picture's size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 60 }), fc.integer({ min: 8, max: 40 }), fc.nat(255), (w, h, level) => {
      const blocks = paintedBlocks(
        {
          hidden: [
            [
              [0, 0],
              [1, 0],
              [1, 1],
              [0, 1],
            ],
          ],
          kept: [],
        },
        w * 2,
        h * 2,
      );
      const flat = new Uint8Array(w * h * 4).fill(level);
      const { found, margin } = findPattern(flat, drawPattern(blocks, random));
      return !found && margin < -4;
    }),
  );
});

test("where nothing has to be hidden there is nothing to prove, but what cannot be measured is not proven", () => {
  const nothing = patternFor({ hidden: [], kept: [] }, SIZE);
  const sliver = patternFor(
    {
      hidden: [
        [
          [0.99, 0],
          [1, 0],
          [1, 1],
        ],
      ],
      kept: [],
    },
    { width: 98, height: 64 },
  );

  expect(findPattern(new Uint8Array(384 * 216), nothing)).toMatchObject({ found: true, measured: 0 });
  expect(findPattern(new Uint8Array(98 * 64), sliver)).toMatchObject({ found: false, measured: 0 });
});
