// Instants and spans as an owner types them, and what is refused.
import { expect, test } from "vitest";
import { orderly, readInstant, readSpan } from "../../../agent/cli/instant.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";

const local = (text: string): number => new Date(text).getTime();

const CASES = [
  { name: "an instant in UTC", text: "2026-11-22T14:05:00Z", at: Date.UTC(2026, 10, 22, 14, 5) },
  { name: "an instant with an offset", text: "2026-11-22T14:05:00+01:00", at: Date.UTC(2026, 10, 22, 13, 5) },
  { name: "the time on the wall", text: "2026-11-22 14:05", at: local("2026-11-22T14:05") },
  { name: "a date alone as its first instant", text: "2026-11-22", at: local("2026-11-22T00:00") },
];

for (const { name, text, at } of CASES) test(`reads ${name}`, () => expect(readInstant(text)).toBe(at));

for (const text of [
  "",
  "yesterday",
  "14:05",
  "2026-13-01",
  "2026-11-22T25:00",
  "22.11.2026",
  "2026-11-22 14",
  "1763820300",
])
  test(`refuses ${JSON.stringify(text)} as an instant`, () =>
    expect(() => readInstant(text)).toThrow("INSTANT_MALFORMED"));

test("a span is two instants in the order in which they happen", () => {
  expect(readSpan("2026-11-22T14:00Z/2026-11-22T15:00Z")).toEqual({
    from: Date.UTC(2026, 10, 22, 14),
    to: Date.UTC(2026, 10, 22, 15),
  });
  for (const text of ["2026-11-22", "2026-11-22/", "2026-11-23/2026-11-22", "2026-11-22/2026-11-23/2026-11-24"])
    expect(() => readSpan(text)).toThrow("INSTANT_MALFORMED");
  expect(() => orderly(1 as WallTime, 1 as WallTime)).toThrow("INSTANT_MALFORMED");
});
