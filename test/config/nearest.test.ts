// Which known word is nearest to a misspelt one, and when none is near enough.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, nearest } from "../../config/nearest.ts";

const KEYS = ["debounce", "driver", "gpio", "active", "pull", "pre_roll", "post_roll", "max_clip"];

for (const [spelt, meant] of [
  ["debounse", "debounce"],
  ["gipo", "gpio"],
  ["pre-roll", "pre_roll"],
  ["PRE_ROLL", "pre_roll"],
  ["preroll", "pre_roll"],
  ["actve", "active"],
] as const)
  test(`the key ${spelt} is taken for ${meant}`, () => expect(nearest(spelt, KEYS)).toBe(meant));

for (const spelt of ["", "x", "colour", "resolution", "d".repeat(10_000)])
  test(`no neighbour is named for ${JSON.stringify(spelt.slice(0, 20))}`, () =>
    expect(nearest(spelt, KEYS)).toBeUndefined());

test("a distance is the same both ways, nought only for equals, and never more than the longer word", () => {
  const word = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "c") });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});
