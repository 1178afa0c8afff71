// What a span of time may look like in the file, and what is refused.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { durationKind, formatDuration, parseDuration } from "../../config/duration.ts";

const CASES = [
  { name: "milliseconds, for the bounce of a contact", text: "50ms", ms: 50 },
  { name: "seconds, when they are no whole minutes", text: "90s", ms: 90_000 },
  { name: "whole minutes in their largest unit", text: "15m", ms: 900_000 },
  { name: "seventy-three hours as hours", text: "73h", ms: 262_800_000 },
  { name: "a week as seven days", text: "7d", ms: 604_800_000 },
  { name: "nothing at all as no seconds", text: "0s", ms: 0 },
];

for (const { name, text, ms } of CASES) {
  test(`a span is read as written: ${name}`, () => expect(parseDuration(text)).toBe(ms));
  test(`a span is written as read: ${name}`, () => expect(formatDuration(ms)).toBe(text));
}

for (const text of [
  "",
  "s",
  "5",
  "-1s",
  "+1s",
  "1.5h",
  "10 s",
  " 5s",
  "5s ",
  "90S",
  "1h30m",
  "9999999d",
  "1e3s",
  "5m\n",
  "٣s",
])
  test(`no span of time is read from ${JSON.stringify(text)}`, () => expect(parseDuration(text)).toBeUndefined());

test("whatever span it reads, it can write and read again", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const span = parseDuration(text);
      return span === undefined || parseDuration(formatDuration(span)) === span;
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom("ms", "s", "m", "h", "d"), (n, unit) => {
      const span = parseDuration(`${n}${unit}`)!;
      return parseDuration(formatDuration(span)) === span;
    }),
  );
});

test("a span outside its bounds is refused with the reason", () => {
  const kind = durationKind("1s", "5m");
  expect(kind.read("1s")).toEqual({ value: 1000 });
  expect(kind.read("300s")).toEqual({ value: 300_000 });
  expect(kind.read("999ms")).toEqual({ refusals: [{ hint: "that is too short" }] });
  expect(kind.read("301s")).toEqual({ refusals: [{ hint: "that is too long" }] });
  expect(kind.read(5)).toEqual({ refusals: [{ hint: "write the unit too, in quotes: ms, s, m, h or d" }] });
});
