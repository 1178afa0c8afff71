// The drawing itself: it is the same for the same moment, it moves, and painting it layer by layer gives the picture as a whole.
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { ScenePainter } from "../../../drivers/doorstep-scene/painter.ts";
import { sceneSvg } from "../../../drivers/doorstep-scene/scene.ts";
import { carAt } from "../../../drivers/doorstep-scene/moving.ts";
import { spriteFrom } from "../../../drivers/doorstep-scene/planes.ts";
import { PRESS_MS, type VisitorPose, poseAt } from "../../../drivers/doorstep-scene/visit.ts";

const SIZE = { width: 640, height: 360 };
const plan = { visitor: 1, rings: true, staysMs: 8000 };
const painter = new ScenePainter(SIZE.width, SIZE.height);

const painted = async (sceneMs: number, pose?: VisitorPose, label = ""): Promise<Uint8Array> =>
  (await painter.paint(sceneMs, pose, label)).bytes.slice();

/** Mean difference of luma, 0–219. */
function difference(a: Uint8Array, b: Uint8Array): number {
  const size = SIZE.width * SIZE.height;
  let sum = 0;
  for (let index = 0; index < size; index++) sum += Math.abs(a[index]! - b[index]!);
  return sum / size;
}

describe("a picture painted in layers is the picture drawn as a whole", () => {
  const carMs = Array.from({ length: 600 }, (_, index) => index * 100).find((ms) => (carAt(ms)?.x ?? 0) > 500)!;
  for (const [name, sceneMs, pose] of [
    ["nobody there", 500, undefined],
    ["a car in the street", carMs, undefined],
    ["a visitor on the path", 500, poseAt(plan, 4000)],
    ["a visitor who rings", 500, poseAt(plan, PRESS_MS)],
  ] as const) {
    test(name, async () => {
      const { data } = await sharp(Buffer.from(sceneSvg(sceneMs, pose, SIZE.width)))
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });

      const whole = spriteFrom(data, SIZE.width, SIZE.height).bytes;

      // Not 0: light differs by a few hundredths, and places are rounded to even pixels.
      expect(difference(await painted(sceneMs, pose), whole)).toBeLessThan(5);
    });
  }
});

test("a visitor at the door changes the picture far more than the bush does", async () => {
  const [empty, later] = [await painted(500), await painted(2500)];
  const visited = await painted(500, poseAt(plan, 8000));

  expect(difference(empty, later)).toBeGreaterThan(0.05);
  expect(difference(empty, visited)).toBeGreaterThan(10 * difference(empty, later));
});

test("the same moment is painted the same, to the last bit", async () => {
  const first = await painted(4321, poseAt(plan, 3000), "2026-11-22 12:00:05Z");
  await painted(99_000);

  expect(Buffer.compare(await painted(4321, poseAt(plan, 3000), "2026-11-22 12:00:05Z"), first)).toBe(0);
});

test("the time is burnt in, and another second looks different", async () => {
  const [none, first, second] = [
    await painted(0),
    await painted(0, undefined, "2026-11-22 12:00:05Z"),
    await painted(0, undefined, "2026-11-22 12:00:06Z"),
  ];

  expect(difference(none, first)).toBeGreaterThan(0);
  expect(difference(first, second)).toBeGreaterThan(0);
});

test("a car comes by now and then, from either side, and never stands still", () => {
  const places = Array.from({ length: 6000 }, (_, index) => carAt(index * 100)?.x);
  const present = places.filter((x) => x !== undefined).length / places.length;
  const directions = new Set(
    places.flatMap((x, index) =>
      x !== undefined && places[index - 1] !== undefined ? [Math.sign(x - places[index - 1]!)] : [],
    ),
  );

  expect(present).toBeGreaterThan(0.1);
  expect(present).toBeLessThan(0.4);
  expect(directions).toEqual(new Set([-1, 1]));
});
