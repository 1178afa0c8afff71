// Which local day and hour a clip belongs to, through changes of summer time.
import { expect, test } from "vitest";
import { localTime } from "../../../agent/consent/local-time.ts";
import { dayCounts } from "../../../agent/review/day-counts.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";

const at = (text: string): WallTime => Date.parse(text) as WallTime;
const days = (zone: string, ...instants: string[]) =>
  dayCounts(
    instants.map((text) => ({ at: at(text), count: 1 })),
    localTime(zone)!,
  );

test("clips late in the evening are of that day, not of the next one in Greenwich", () => {
  const [later, earlier] = days("America/New_York", "2026-07-02T12:00:00Z", "2026-07-02T03:30:00Z");

  expect([later!.day, earlier!.day]).toEqual(["2026-07-02", "2026-07-01"]);
  expect(earlier!.hours[23]).toBe(1);
});

test.each([
  ["2026-03-29", 23],
  ["2026-10-25", 25],
  ["2026-06-15", 24],
])("%s has %i hours in Paris, and its bounds say so", (day, hours) => {
  const [one] = days("Europe/Paris", `${day}T12:00:00Z`);

  expect((one!.to - one!.from) / 3_600_000).toBe(hours);
  expect(
    new Intl.DateTimeFormat("sv", { timeZone: "Europe/Paris", dateStyle: "short", timeStyle: "short" }).format(
      one!.from,
    ),
  ).toBe(`${day} 00:00`);
});

test("the hour that comes twice in autumn counts both", () => {
  const [one] = days("Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");

  expect(one!.hours[2]).toBe(2);
  expect(one!.count).toBe(2);
});

test("a zone that is three quarters of an hour off has its clips in the right hour", () => {
  expect(days("Asia/Kathmandu", "2026-07-02T18:15:00Z")[0]).toMatchObject({ day: "2026-07-03", count: 1 });
});
