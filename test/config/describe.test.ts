// How a value is shown in a fault: short, typed, harmless to a terminal, and never a secret.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { describe, printable } from "../../config/describe.ts";

for (const [value, shown] of [
  [undefined, "nothing"],
  ["fast", '"fast" (text)'],
  [15.5, "15.5 (a number)"],
  [true, "true (true or false)"],
  [[1, "a", [2]], '[1, "a", […]] (a list)'],
  [[1, 2, 3, 4, 5], "5 items (a list)"],
  [{ gpio: 17 }, "{ gpio } (a table)"],
  [new Date("2027-06-30T00:00:00Z"), "2027-06-30T00:00:00.000Z (a date or time)"],
  [new Date(Number.NaN), "an impossible date (a date or time)"],
  ["AGE-SECRET-KEY-1QQQ", "a secret key (text, not shown)"],
  [["AGE-SECRET-KEY-1QQQ"], "[…] (a list)"],
] as const)
  test(`a value is described in words: ${shown}`, () => expect(describe(value)).toBe(shown));

test("whatever stands in the file, what is shown is one short line of harmless characters", () => {
  fc.assert(
    fc.property(fc.anything({ withDate: true }), (value) => {
      const shown = describe(value);
      expect(shown.length).toBeLessThan(600);
      expect(printable(shown)).toBe(shown);
    }),
  );
  const hostile = fc.string({ unit: fc.constantFrom("\u001b", "\n", "\u202e", "\u2028", "\u0085", "a", "\u0000") });
  fc.assert(fc.property(hostile, (text) => printable(describe(text)) === describe(text)));
});
