// Local dates and minutes where clocks change, and in zones that are not whole hours off.
import { expect, test } from "vitest";
import * as fc from "fast-check";
import { clockText, localTime } from "../../../agent/consent/local-time.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";

const at = (text: string): WallTime => Date.parse(text) as WallTime;

const CASES = [
  { zone: "UTC", at: "2026-11-22T23:59:59.999Z", date: "2026-11-22", time: "23:59" },
  { zone: "UTC", at: "2026-11-23T00:00:00Z", date: "2026-11-23", time: "00:00" },
  { zone: "Europe/Paris", at: "2026-03-29T00:59:59.999Z", date: "2026-03-29", time: "01:59" },
  { zone: "Europe/Paris", at: "2026-03-29T01:00:00Z", date: "2026-03-29", time: "03:00" },
  { zone: "Europe/Paris", at: "2026-10-25T00:59:00Z", date: "2026-10-25", time: "02:59" },
  { zone: "Europe/Paris", at: "2026-10-25T01:00:00Z", date: "2026-10-25", time: "02:00" },
  { zone: "Europe/Paris", at: "2026-12-31T23:00:00Z", date: "2027-01-01", time: "00:00" },
  { zone: "America/New_York", at: "2026-03-08T06:59:00Z", date: "2026-03-08", time: "01:59" },
  { zone: "America/New_York", at: "2026-03-08T07:00:00Z", date: "2026-03-08", time: "03:00" },
  { zone: "Asia/Kathmandu", at: "2026-11-22T18:15:00Z", date: "2026-11-23", time: "00:00" },
  { zone: "Australia/Lord_Howe", at: "2026-10-03T15:29:00Z", date: "2026-10-04", time: "01:59" },
  { zone: "Australia/Lord_Howe", at: "2026-10-03T15:30:00Z", date: "2026-10-04", time: "02:30" },
  { zone: "America/St_Johns", at: "2008-11-02T02:30:00Z", date: "2008-11-02", time: "00:00" },
  { zone: "America/St_Johns", at: "2008-11-02T02:31:00Z", date: "2008-11-01", time: "23:01" },
  { zone: "Pacific/Apia", at: "2011-12-30T10:00:00Z", date: "2011-12-31", time: "00:00" },
];

for (const { zone, at: text, date, time } of CASES) {
  test(`in ${zone}, ${text} is ${date} ${time}`, () => {
    const calendar = localTime(zone)!;

    expect([calendar.date(at(text)), clockText(calendar.minute(at(text))!)]).toEqual([date, time]);
  });
}

const ENDS = [
  { zone: "UTC", date: "2026-11-22", end: "2026-11-23T00:00:00.000Z" },
  { zone: "Europe/Paris", date: "2026-11-22", end: "2026-11-22T23:00:00.000Z" },
  { zone: "Europe/Paris", date: "2026-03-29", end: "2026-03-29T22:00:00.000Z" },
  { zone: "Europe/Paris", date: "2026-10-25", end: "2026-10-25T23:00:00.000Z" },
  { zone: "Africa/Cairo", date: "2026-04-23", end: "2026-04-23T22:00:00.000Z" },
  { zone: "Pacific/Kiritimati", date: "2026-11-22", end: "2026-11-22T10:00:00.000Z" },
  { zone: "Pacific/Apia", date: "2011-12-29", end: "2011-12-30T10:00:00.000Z" },
  { zone: "Pacific/Apia", date: "2011-12-30", end: "2011-12-30T10:00:00.000Z" },
];

for (const { zone, date, end } of ENDS) {
  test(`in ${zone}, the day ${date} ends at ${end}`, () => {
    expect(new Date(localTime(zone)!.endOfDay(date)!).toISOString()).toBe(end);
  });
}

test("a zone nobody knows has no calendar, and an instant beyond all years has no date", () => {
  expect(localTime("Mars/Olympus")).toBeUndefined();
  for (const wild of [NaN, Infinity, -Infinity, 8.64e15, -1e15])
    expect(localTime("Europe/Paris")!.minute(wild as WallTime)).toBeUndefined();
  for (const text of ["", "forever", "2026-13-01", "2026-1-1", "9999-12-31", "20261122"])
    expect(localTime("Europe/Paris")!.endOfDay(text)).toBeUndefined();
});

test("every instant shows the minute that the platform's own formatter shows (§7)", () => {
  const zones = ["Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "America/Sao_Paulo"];
  const formatters = new Map(
    zones.map((timeZone) => [
      timeZone,
      new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short", hourCycle: "h23" }),
    ]),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2037, 0) }),
      (zone, instant) => {
        const calendar = localTime(zone)!;
        const shown = `${calendar.date(instant as WallTime)} ${clockText(calendar.minute(instant as WallTime)!)}`;
        return shown === formatters.get(zone)!.format(instant);
      },
    ),
    { numRuns: 3000 },
  );
});
