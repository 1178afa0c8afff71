// An area of the picture as a list of corners, each a fraction 0–1 from the top left. Pure.
import type { Point } from "./config.ts";
import { describe } from "./describe.ts";
import { areaOf, isSimple } from "./geometry.ts";
import { type Kind, type Refusal, read, refuse } from "./kind.ts";

export const MAX_CORNERS = 64;
/** A hundredth of a percent of the picture: 92 pixels at 1280×720. Less is a slip. */
const MIN_AREA = 1e-4;

const code = "CONFIG_POLYGON_INVALID";

/** A simple polygon of 3 to 64 corners. A last corner that repeats the first, as some tools write it, is dropped. */
export const polygonKind: Kind<readonly Point[]> = {
  expected: `3 to ${MAX_CORNERS} corners [x, y] in order, each number from 0 to 1`,
  read(value) {
    if (!Array.isArray(value)) return refuse();
    if (value.length < 3 || value.length > MAX_CORNERS + 1) return refuse({ code, found: `${value.length} corners` });
    const refusals = value.flatMap((corner: unknown, index) => refusalOf(corner, index));
    if (refusals.length) return { refusals };
    const points = opened((value as Point[]).map(([x, y]): Point => [x + 0, y + 0]));
    if (points.length < 3 || points.length > MAX_CORNERS)
      return refuse({ code, found: `${points.length} different corners` });
    const twice = points.findIndex((point, index) => same(point, points[(index + 1) % points.length]!));
    if (twice >= 0)
      return refuse({
        code,
        within: [twice],
        found: `${describe(points[twice])} twice in a row`,
        expected: "each corner once",
      });
    if (areaOf(points) < MIN_AREA)
      return refuse({ code, found: "corners on one line or almost", expected: "an area that can be seen" });
    if (!isSimple(points))
      return refuse({
        code,
        found: "edges that cross or touch",
        expected: "an outline that never meets itself",
        hint: "list the corners in the order you would walk around them",
      });
    return read(points);
  },
  write: (polygon) => polygon.map((point) => [...point]),
};

function refusalOf(corner: unknown, index: number): readonly Refusal[] {
  const at = { code, within: [index], found: `corner ${index + 1}: ${describe(corner)}` } as const;
  if (!Array.isArray(corner) || corner.length !== 2 || !corner.every((number) => typeof number === "number"))
    return [{ ...at, expected: "a corner [x, y]" }];
  if (corner.every((number) => number >= 0 && number <= 1)) return [];
  const pixels = corner.some((number) => number > 1);
  return [
    {
      ...at,
      expected: "two numbers from 0 to 1",
      ...(pixels && { hint: "fractions of the picture, not pixels: 640 of 1280 is 0.5" }),
    },
  ];
}

const opened = (points: readonly Point[]): readonly Point[] =>
  points.length > 3 && same(points[0]!, points.at(-1)!) ? points.slice(0, -1) : points;

const same = (a: Point, b: Point): boolean => a[0] === b[0] && a[1] === b[1];
