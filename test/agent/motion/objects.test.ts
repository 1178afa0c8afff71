// Patches followed from picture to picture: which are believed, and until when.
import { expect, test } from "vitest";
import { type Blob, findBlobs } from "../../../agent/motion/blobs.ts";
import { ObjectFollower } from "../../../agent/motion/objects.ts";

const [WIDTH, HEIGHT] = [160, 90];
const ANYTHING = { wasHeld: () => false, isThing: () => true };

interface Patch {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const blobsOf = (patches: readonly Patch[]): Blob[] => {
  const marked = new Uint8Array(WIDTH * HEIGHT);
  for (const { x, y, width, height } of patches)
    for (let row = y; row < y + height; row++) marked.fill(1, row * WIDTH + x, row * WIDTH + x + width);
  return findBlobs(marked, WIDTH, HEIGHT, 3);
};

/** Shows the patches of one picture after another, five a second: answers, for each, whether anybody believed was seen in it. */
function follow(pictures: readonly (readonly Patch[])[]): boolean[] {
  const follower = new ObjectFollower({ width: WIDTH, height: HEIGHT, leastArea: 23 });
  return pictures.map((patches, n) => {
    const atMs = n * 200;
    follower.follow(blobsOf(patches), atMs, 200, ANYTHING);
    return follower.seen.some(({ confirmed, lastMs }) => confirmed && lastMs === atMs);
  });
}

const small = (x: number, y: number): Patch => ({ x, y, width: 6, height: 6 });

test("somebody small who goes somewhere is believed, streaks of rain that jump about are not", () => {
  const walks = [20, 25, 30, 35, 40].map((x) => [small(x, 50)]);
  const jumps = [small(60, 40), small(70, 54), small(76, 44)].map((patch) => [patch]);

  expect(follow(walks).at(-1)).toBe(true);
  expect(follow(jumps)).toEqual([false, false, false]);
});

test("a branch that was counted in with somebody does not keep them there when they have left", () => {
  const branch = { x: 44, y: 60, width: 4, height: 5 };
  const person = (x: number): Patch => ({ x, y: 30, width: 14, height: 46 });
  const pictures = [[person(20)], [person(26)], [person(29), branch], [person(28), branch], [branch], [branch]];

  expect(follow(pictures)).toEqual([false, false, true, true, false, false]);
});
