// Which days exist, and that a day which does not is never moved to one that does.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseLocalDate, untilKind } from "../../config/local-date.ts";

for (const text of ["2027-06-30", "2028-02-29", "2000-02-29", "2026-12-31", "2999-12-31"])
  test(`the day ${text} is read as it is written`, () => expect(parseLocalDate(text)).toBe(text));

for (const text of [
  "",
  "2027-06-31",
  "2027-02-29",
  "2100-02-29",
  "2027-13-01",
  "2027-00-10",
  "2027-01-00",
  "1999-12-31",
  "27-06-30",
  "2027-6-3",
  "2027-06-30T00:00:00",
  "30.06.2027",
  "forever",
])
  test(`no day is read from ${JSON.stringify(text)}`, () => expect(parseLocalDate(text)).toBeUndefined());

test("a day is read exactly when the calendar has it", () => {
  const part = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, "0"));
  fc.assert(
    fc.property(fc.integer({ min: 2000, max: 2999 }), part, part, (year, month, day) => {
      const text = `${year}-${month}-${day}`;
      const date = new Date(`${text}T00:00:00Z`);
      const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
      expect(parseLocalDate(text)).toBe(exists ? text : undefined);
    }),
  );
});

test("the 31st of June is refused although a program would call it the 1st of July", () => {
  const rolled = new Date("2027-07-01T00:00:00Z");
  expect(untilKind.read(rolled, "2027-06-31")).toEqual({ refusals: [{ found: "2027-06-31 (a date or time)" }] });
  expect(untilKind.read(rolled, "2027-07-01")).toEqual({ value: "2027-07-01" });
});

test("a day with a time of day is refused, because only whole days are meant", () => {
  const reading = untilKind.read(new Date("2027-06-30T12:00:00Z"), "2027-06-30T12:00:00Z");
  expect(reading).toEqual({ refusals: [{ found: "2027-06-30T12:00:00Z (a date or time)" }] });
});
