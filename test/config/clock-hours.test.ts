// What hours of the day may look like in the file, what is refused, and which minutes they hold.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatClockHours, hoursKind, parseClockHours, withinHours } from "../../config/clock-hours.ts";

const CASES = [
  { name: "a day", text: "07:00-22:00", from: 420, to: 1320 },
  { name: "a night through midnight", text: "22:00-07:00", from: 1320, to: 420 },
  { name: "an evening until midnight", text: "18:30-24:00", from: 1110, to: 1440 },
  { name: "an evening until midnight, the other way", text: "18:30-00:00", from: 1110, to: 0 },
  { name: "the whole day in numbers", text: "00:00-24:00", from: 0, to: 1440 },
  { name: "a single minute", text: "23:58-23:59", from: 1438, to: 1439 },
];

for (const { name, text, from, to } of CASES) {
  test(`hours are read as written: ${name}`, () => expect(parseClockHours(text)).toEqual({ from, to }));
  test(`hours are written as read: ${name}`, () => expect(formatClockHours({ from, to })).toBe(text));
}

for (const text of [
  "",
  "7:00-22:00",
  "07:00",
  "07:00-",
  "07:00-22",
  "07:00–22:00",
  "07:00 - 22:00",
  "24:00-07:00",
  "07:60-22:00",
  "25:00-26:00",
  "07:00-07:00",
  "00:00-00:00",
  "07:00-24:01",
  "always",
])
  test(`no hours are read from ${JSON.stringify(text)}`, () => expect(parseClockHours(text)).toBeUndefined());

const time = fc.tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 1440 }));

test("whatever hours it reads, it can write and read again", () => {
  fc.assert(
    fc.property(time, ([from, to]) => {
      const hours = parseClockHours(formatClockHours({ from, to }));
      if (from === to) expect(hours).toBeUndefined();
      else expect(hours).toEqual({ from, to });
    }),
  );
});

test("hours and the hours between them together make one whole day", () => {
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 1439 }), ([from, to], minute) => {
      fc.pre(from !== to && to < 1440);
      expect(withinHours({ from, to }, minute)).toBe(!withinHours({ from: to, to: from }, minute));
    }),
  );
});

test("the last minute is not included, and the first one is", () => {
  expect([419, 420, 1319, 1320].map((minute) => withinHours({ from: 420, to: 1320 }, minute))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([1319, 1320, 0, 419, 420].map((minute) => withinHours({ from: 1320, to: 420 }, minute))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});

test("the same time twice is refused with both ways out", () => {
  const reading = hoursKind.read("07:00-07:00");
  expect("refusals" in reading && reading.refusals[0]!.hint).toContain('write "always", or clips = "never"');
});
