// Which time zones are known, and that an offset is not taken for one.
import { expect, test } from "vitest";
import { parseTimeZone, timeZoneKind } from "../../config/time-zone.ts";
import * as fc from "fast-check";

for (const zone of ["Europe/Paris", "UTC", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Etc/GMT+5"])
  test(`the zone ${zone} is read as it is written`, () => expect(parseTimeZone(zone)).toBe(zone));

for (const text of [
  "",
  "Paris",
  "+02:00",
  "UTC+2",
  "CEST!",
  "Europe/",
  "../etc/localtime",
  "Europe/Paris\n",
  "x".repeat(200),
])
  test(`no zone is read from ${JSON.stringify(text.slice(0, 30))}`, () => expect(parseTimeZone(text)).toBeUndefined());

test("a city alone, or a misspelt zone, is shown the zone that was meant", () => {
  expect(timeZoneKind.read("Paris")).toEqual({ refusals: [{ hint: 'did you mean "Europe/Paris"?' }] });
  expect(timeZoneKind.read("Europe/Pari")).toEqual({ refusals: [{ hint: 'did you mean "Europe/Paris"?' }] });
  expect(timeZoneKind.read("new york")).toEqual({ refusals: [{ hint: 'did you mean "America/New_York"?' }] });
});

test("every zone that is read can tell the time", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Intl.supportedValuesOf("timeZone")), (zone) => {
      expect(parseTimeZone(zone)).toBe(zone);
      expect(() => new Intl.DateTimeFormat("en", { timeZone: zone })).not.toThrow();
    }),
  );
});
