// Which areas are read, which are refused and why, and when one covers another.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Point } from "../../config/config.ts";
import { areaOf, covers, holds, isSimple } from "../../config/geometry.ts";
import { polygonKind } from "../../config/polygon.ts";

const square = (x: number, y: number, side: number): Point[] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];
const star = (corners: number, radius = 0.4): Point[] =>
  Array.from({ length: corners }, (_, index) => {
    const angle = (index / corners) * 2 * Math.PI;
    const reach = index % 2 ? radius : radius / 2;
    return [0.5 + reach * Math.cos(angle), 0.5 + reach * Math.sin(angle)];
  });

for (const [name, polygon] of [
  [
    "a triangle in a corner",
    [
      [0, 0],
      [0.1, 0],
      [0, 0.1],
    ],
  ],
  ["the whole picture", square(0, 0, 1)],
  ["a star with sixty-four corners", star(64)],
] as const)
  test(`an area is read as written: ${name}`, () => expect(polygonKind.read(polygon)).toEqual({ value: polygon }));

for (const [name, polygon, found] of [
  ["nothing", [], "0 corners"],
  [
    "two corners",
    [
      [0, 0],
      [1, 1],
    ],
    "2 corners",
  ],
  ["ten thousand corners", Array.from({ length: 10_000 }, () => [0.5, 0.5]), "10000 corners"],
  [
    "corners on one line",
    [
      [0, 0],
      [0.5, 0.5],
      [1, 1],
    ],
    "corners on one line or almost",
  ],
  [
    "a bow tie",
    [
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 1],
    ],
    "corners on one line or almost",
  ],
  [
    "a lopsided bow tie",
    [
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 0.5],
    ],
    "edges that cross or touch",
  ],
  [
    "a spike that goes out and back",
    [
      [0, 0],
      [1, 0],
      [0.5, 0],
      [0.5, 0.5],
    ],
    "edges that cross or touch",
  ],
  [
    "a corner that touches another edge",
    [
      [0, 0],
      [1, 0],
      [1, 1],
      [0.5, 0],
      [0, 1],
    ],
    "edges that cross or touch",
  ],
  [
    "the same corner twice in a row",
    [
      [0, 0],
      [1, 0],
      [1, 0],
      [0, 1],
    ],
    "[1, 0] (a list) twice in a row",
  ],
] as const)
  test(`an area is refused with the reason: ${name}`, () => {
    const reading = polygonKind.read(polygon);
    expect("refusals" in reading && reading.refusals[0]).toMatchObject({ code: "CONFIG_POLYGON_INVALID", found });
  });

test("every corner outside the picture is named, and pixels are recognised", () => {
  const reading = polygonKind.read([[0, 0], [640, 0], [0.5, -0.1], ["a", 0], [0.1], Number.NaN]);
  const refusals = "refusals" in reading ? reading.refusals : [];
  expect(refusals.map(({ within }) => within)).toEqual([[1], [2], [3], [4], [5]]);
  expect(refusals[0]!.hint).toContain("not pixels");
  expect(refusals[1]!.hint).toBeUndefined();
});

test("a last corner that repeats the first is dropped", () => {
  expect(polygonKind.read([...square(0, 0, 0.5), [0, 0]])).toEqual({ value: square(0, 0, 0.5) });
});

test("whatever area it reads, it can write and read again", () => {
  const number = fc.double({ min: -0.1, max: 1.1 });
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { maxLength: 8 }), (points) => {
      const reading = polygonKind.read(points);
      if (!("value" in reading)) return;
      expect(polygonKind.read(polygonKind.write(reading.value))).toEqual(reading);
      expect(isSimple(reading.value)).toBe(true);
      expect(areaOf(reading.value)).toBeGreaterThan(0);
    }),
  );
});

test("a larger square covers a smaller one within it, borders included, and not the reverse", () => {
  expect(covers(square(0, 0, 0.5), square(0.1, 0.1, 0.2))).toBe(true);
  expect(covers(square(0, 0, 0.5), square(0, 0, 0.5))).toBe(true);
  expect(covers(square(0, 0, 0.5), square(0.3, 0.1, 0.2))).toBe(true);
  expect(covers(square(0.1, 0.1, 0.2), square(0, 0, 0.5))).toBe(false);
  expect(covers(square(0, 0, 0.5), square(0.4, 0.4, 0.2))).toBe(false);
  expect(covers(square(0, 0, 0.2), square(0.5, 0.5, 0.2))).toBe(false);
});

test("a hollow that cuts through is noticed although all corners are inside", () => {
  const horseshoe: Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0.6, 1],
    [0.6, 0.2],
    [0.4, 0.2],
    [0.4, 1],
    [0, 1],
  ];
  expect(
    covers(horseshoe, [
      [0.1, 0.9],
      [0.9, 0.9],
      [0.9, 0.95],
    ]),
  ).toBe(false);
  expect(
    covers(horseshoe, [
      [0.1, 0.05],
      [0.9, 0.05],
      [0.9, 0.15],
    ]),
  ).toBe(true);
});

test("an area that covers another holds every point of it", () => {
  const number = fc.integer({ min: 0, max: 8 }).map((n) => n / 8);
  const polygon = fc
    .array(fc.tuple(number, number), { minLength: 3, maxLength: 6 })
    .filter((points) => "value" in polygonKind.read(points));
  fc.assert(
    fc.property(polygon, polygon, (outer, inner) => {
      if (!covers(outer, inner)) return;
      for (let x = 0.02; x < 1; x += 0.06)
        for (let y = 0.03; y < 1; y += 0.06) if (holds(inner, [x, y])) expect(holds(outer, [x, y])).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("an area always covers itself and what is left when a corner is cut off", () => {
  const number = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(number, number, number, (a, b, c) => {
      const whole = square(0, 0, 1);
      const part: Point[] = [
        [0, 0],
        [1, 0],
        [1, a],
        [b, c],
      ];
      if ("refusals" in polygonKind.read(part)) return;
      expect(covers(part, part)).toBe(true);
      expect(covers(whole, part)).toBe(true);
    }),
  );
});
