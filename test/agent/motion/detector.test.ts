// The detector over drawn scenes: weather is no event, a visitor is one, however still they stand.
import { describe, expect, test } from "vitest";
import { MotionDetector } from "../../../agent/motion/detector.ts";
import { EventTracker, type MotionEvent } from "../../../agent/motion/events.ts";
import type { Area } from "../../../config/config.ts";
import {
  bush,
  car,
  crossing,
  headlights,
  HEIGHT,
  house,
  lamp,
  type Layer,
  light,
  noise,
  pane,
  parcel,
  parking,
  passerBy,
  pictures,
  rain,
  visitor,
  WIDTH,
} from "./scenery.ts";

interface Options {
  readonly fps?: number;
  readonly zones?: readonly Area[];
  readonly sensitivity?: number;
}

function watch(seconds: number, layers: readonly Layer[], options: Options = {}): MotionEvent[] {
  const { fps = 5, zones = [], sensitivity = 0.5 } = options;
  const detector = new MotionDetector({ width: WIDTH, height: HEIGHT, zones, sensitivity });
  const tracker = new EventTracker();
  const events: (MotionEvent | undefined)[] = [];
  for (const { luma, atMs } of pictures({ seconds, fps, layers }))
    events.push(tracker.push(detector.frame(luma, atMs), atMs));
  events.push(tracker.end());
  return events.filter((event) => event !== undefined);
}

/** Each event as whole seconds, for reading. */
const spans = (events: readonly MotionEvent[]): string[] =>
  events.map(({ startMs, endMs }) => `${Math.round(startMs / 1000)}–${Math.round(endMs / 1000)}`);

const WEATHER: [string, Layer[]][] = [
  ["a still day", []],
  ["a noisy sensor", [noise(4)]],
  ["a very noisy sensor at night", [noise(9)]],
  ["a bush in the wind", [bush(), noise(3)]],
  ["a bush in a storm", [bush(6), noise(3)]],
  ["rain", [rain(25), noise(3)]],
  ["wind and rain together", [bush(4), rain(25), noise(4)]],
  ["daylight that fades over a minute", [light((s) => 1 - 0.4 * Math.min(1, s / 60)), noise(3)]],
];

describe.each([5, 1, 0.5])("at %d pictures a second", (fps) => {
  test.each(WEATHER)("%s is not an event", (_, weather) => {
    expect(spans(watch(60, [house, ...weather], { fps }))).toEqual([]);
  });

  test.each(WEATHER)("a visitor who stands still for twenty seconds is one event in %s", (_, weather) => {
    const visit = visitor({ from: 25, stands: [28, 48], to: 51 });

    const events = watch(65, [house, visit, ...weather], { fps });

    expect(events).toHaveLength(1);
    const slack = 1000 + 2000 / fps;
    expect(Math.abs(events[0]!.startMs - 25_500)).toBeLessThanOrEqual(slack);
    expect(Math.abs(events[0]!.endMs - 50_500)).toBeLessThanOrEqual(slack);
  });
});

test("a visitor who stands still for four minutes is still there, and their leaving ends the event", () => {
  const events = watch(300, [house, visitor({ from: 30, stands: [33, 273], to: 276 }), noise(3)]);

  expect(spans(events)).toEqual(["30–276"]);
});

test("two people who come one after another are two events", () => {
  const first = visitor({ from: 20, stands: [23, 30], to: 33 });
  const second = visitor({ from: 40, stands: [43, 50], to: 53 });

  expect(spans(watch(70, [house, first, second, noise(3)]))).toEqual(["20–33", "40–53"]);
});

test("somebody who comes while the first is still there is the same event", () => {
  const first = visitor({ from: 20, stands: [23, 30], to: 33 });

  expect(spans(watch(70, [house, first, passerBy(31, 41), noise(3)]))).toEqual(["20–41"]);
});

test.each([5, 1])("people who come three seconds after one another are counted one by one (%d a second)", (fps) => {
  const people = [20, 26.5, 33, 39.5].map((from, n) => crossing(from, 3.5, 25 + 20 * n));

  expect(watch(60, [house, ...people, noise(2)], { fps })).toHaveLength(4);
});

test.each([
  ["put down", parcel(26)],
  ["taken away", parcel(-1, 26)],
])("a parcel that is %s is not the visitor, whose visit ends when they leave", (_, thing) => {
  const events = watch(70, [house, thing, visitor({ from: 20, stands: [23, 30], to: 33 }), noise(3)]);

  expect(events).toHaveLength(1);
  expect(Math.abs(events[0]!.endMs - 33_000)).toBeLessThanOrEqual(2000);
});

test("somebody new who comes while the parcel still lies there is another visit", () => {
  const first = visitor({ from: 20, stands: [23, 30], to: 33 });
  const second = visitor({ from: 36, stands: [39, 50], to: 53, brightness: 60 });

  expect(watch(70, [house, parcel(26), first, second, noise(3)])).toHaveLength(2);
});

test("one of two leaves, and the other, who sways as people do, is still there", () => {
  const stays = visitor({ from: 20, stands: [23, 60], to: 63, sways: 1.5 });
  const leaves = crossing(28, 6, 70);

  expect(spans(watch(80, [house, stays, leaves, noise(3)]))).toEqual(["20–63"]);
});

test("somebody who hurries past in a second and a half is seen", () => {
  expect(spans(watch(50, [house, crossing(30, 1.5), noise(3)]))).toEqual(["30–31"]);
});

test("a lamp that goes on softly is nobody, and a visitor whom it lights is still there until they leave", () => {
  expect(watch(60, [house, lamp(20, 40), noise(3)])).toEqual([]);

  const visit = visitor({ from: 20, stands: [23, 45], to: 48, sways: 1 });

  expect(spans(watch(70, [house, visit, lamp(22, 55), noise(3)]))).toEqual(["20–48"]);
});

describe.each([5, 1, 0.5])("with hard-edged light around a visitor, at %d pictures a second", (fps) => {
  test.each([
    ["a door that opens behind them", 28, 1.4],
    ["a shutter that takes the light away", 28, 0.6],
    ["a wider one", 36, 0.6],
  ])("%s does not take a visitor who stands still for gone", (_, width, gain) => {
    const visit = visitor({ from: 10, stands: [13, 60], to: 63 });

    const events = watch(75, [house, visit, pane(30, 50, width, gain), noise(2)], { fps });

    expect(events).toHaveLength(1);
    expect(events[0]!.startMs).toBeLessThanOrEqual(12_000);
    expect(events[0]!.endMs).toBeGreaterThanOrEqual(62_000);
  });
});

test("a car passes while the exposure follows it, and only the car is an event", () => {
  const shift = light((s) => (s > 31 && s < 34.5 ? 0.72 : 1));

  const events = watch(60, [house, car(30), shift, noise(3)]);

  expect(events).toHaveLength(1);
  expect(events[0]!.startMs).toBeGreaterThanOrEqual(29_900);
  expect(events[0]!.endMs).toBeLessThanOrEqual(34_000);
});

test.each([
  ["darker at once", light((s) => (s > 30 ? 0.6 : 1))],
  ["brighter at once", light((s) => (s > 30 ? 1.5 : 1))],
  [
    "a lamp that goes on and off",
    light(
      (s) => (s % 20 > 10 ? 1.4 : 1),
      (s) => (s % 20 > 10 ? 12 : 0),
    ),
  ],
  ["a flickering exposure", light((s) => 1 + 0.15 * Math.sin(s * 9))],
])("a picture that becomes %s is not an event", (_, change) => {
  expect(spans(watch(70, [house, change, noise(3)]))).toEqual([]);
});

test("a visitor is still there after the lamp has gone on over them", () => {
  const visit = visitor({ from: 20, stands: [23, 45], to: 48 });

  expect(spans(watch(70, [house, visit, light((s) => (s > 30 ? 1.35 : 1)), noise(3)]))).toEqual(["20–48"]);
});

test("headlights that cross the wall are not somebody", () => {
  expect(spans(watch(60, [house, headlights(30), noise(2)]))).toEqual([]);
});

test("somebody who was there from the beginning and leaves does not stay behind as a mark", () => {
  const events = watch(60, [house, visitor({ from: -10, stands: [-5, 10], to: 13 }), noise(3)]);

  expect(events.length).toBeLessThanOrEqual(1);
  expect(events.at(-1)?.endMs ?? 0).toBeLessThanOrEqual(16_000);
});

test("a car that parks becomes part of the place after some minutes", () => {
  const events = watch(400, [house, parking(20), noise(3)], { fps: 2 });

  expect(events).toHaveLength(1);
  expect(events[0]!.endMs).toBeLessThan(330_000);
});

test("a small passer-by far away is seen", () => {
  expect(spans(watch(60, [house, passerBy(30, 40), noise(3)]))).toEqual(["30–40"]);
});

describe("zones", () => {
  const path: Area = {
    name: "path",
    polygon: [
      [0, 0.7],
      [1, 0.7],
      [1, 1],
      [0, 1],
    ],
  };
  const left: Area = {
    name: "left",
    polygon: [
      [0, 0],
      [0.3, 0],
      [0.3, 1],
      [0, 1],
    ],
  };
  const roof: Area = {
    name: "roof",
    polygon: [
      [0, 0],
      [1, 0],
      [1, 0.2],
      [0, 0.2],
    ],
  };

  test("a visit names the zones that were crossed, in that order", () => {
    const visit = visitor({ from: 20, stands: [26, 36], to: 42 });
    const door: Area = {
      name: "door",
      polygon: [
        [0.45, 0.3],
        [0.6, 0.3],
        [0.6, 0.6],
        [0.45, 0.6],
      ],
    };

    const events = watch(60, [house, visit, noise(3)], { zones: [door, roof, left] });

    expect(events.map(({ zones }) => zones)).toEqual([["left", "door"]]);
    expect(events[0]!.peak).toBeGreaterThan(0.08);
  });

  test("what happens outside every zone is not an event", () => {
    expect(watch(60, [house, passerBy(30, 40), noise(3)], { zones: [roof] })).toEqual([]);
    expect(watch(60, [house, passerBy(30, 40), noise(3)], { zones: [path] })).toHaveLength(1);
  });

  test.each<[string, Area["polygon"]]>([
    [
      "crosses itself",
      [
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
      ],
    ],
    [
      "lies outside the picture",
      [
        [2, 2],
        [3, 2],
        [3, 3],
      ],
    ],
    [
      "is a line",
      [
        [0, 0],
        [1, 1],
      ],
    ],
    ["is empty", []],
    ["has ten thousand points", Array.from({ length: 10_000 }, (_, n) => [n % 2, n / 10_000] as const)],
  ])("a zone that %s does no harm", (_, polygon) => {
    const zones = [{ name: "odd", polygon }, path];

    expect(watch(45, [house, passerBy(30, 40), noise(3)], { zones })).toHaveLength(1);
  });
});

describe("odd pictures", () => {
  test.each([
    [1, 1],
    [2, 300],
    [300, 2],
    [7, 7],
  ])("pictures of %d×%d are looked at without harm", (width, height) => {
    const detector = new MotionDetector({ width, height, zones: [], sensitivity: 1 });

    for (let n = 0; n < 20; n++)
      expect(detector.frame(new Uint8Array(width * height).fill(n * 13), n * 200).present).toBe(false);
  });

  test("all black and all white pictures are nobody", () => {
    const black: Layer = (picture, s) => void picture.fill(s % 20 < 10 ? 0 : 255);

    expect(watch(60, [black])).toEqual([]);
  });

  test("a picture of another size is refused", () => {
    const detector = new MotionDetector({ width: 10, height: 10, zones: [], sensitivity: 0.5 });

    expect(() => detector.frame(new Uint8Array(99), 0)).toThrow(RangeError);
  });
});

test("more sensitive sees what less sensitive sees, and more", () => {
  const small = passerBy(30, 40, 9);
  const counts = [0, 0.5, 1].map((sensitivity) => watch(60, [house, small, noise(2)], { sensitivity }).length);

  expect(counts).toEqual([0, counts[1], 1]);
});
