// Lists of known words and of names: their order and repetitions mean nothing.
import { expect, test } from "vitest";
import { namesKind, wordsKind } from "../../config/name-list.ts";
import { TRIGGERS } from "../../config/trigger.ts";

const triggers = wordsKind(TRIGGERS, false);

test("a list of words is read in one order and each word once", () => {
  expect(triggers.read(["owner", "pir", "owner"])).toEqual({ value: ["pir", "owner"] });
  expect(namesKind.read(["path", "gate", "path"])).toEqual({ value: ["gate", "path"] });
});

test("each wrong word of a list is named with its neighbour", () => {
  expect(triggers.read(["pir", "buton", 3])).toEqual({
    refusals: [
      {
        within: [1],
        found: '"buton" (text)',
        expected: 'one of "pir", "button", "motion", "owner"',
        hint: 'did you mean "button"?',
      },
      { within: [2], found: "3 (a number)", expected: 'one of "pir", "button", "motion", "owner"' },
    ],
  });
});

test("a word alone is shown how to become a list", () => {
  expect(triggers.read("pir")).toEqual({ refusals: [{ hint: 'write a list: ["pir"]' }] });
  expect(namesKind.read("path")).toEqual({ refusals: [{ hint: 'write a list: ["path"]' }] });
});

test("an empty list is refused where it would read like no restriction", () => {
  expect(triggers.read([])).toEqual({ refusals: [{ found: "an empty list" }] });
  expect(namesKind.read([])).toEqual({ refusals: [{ found: "an empty list" }] });
  expect(wordsKind(TRIGGERS, true).read([])).toEqual({ value: [] });
});

test("lists of anything else, or of far too much, are refused", () => {
  for (const value of [null, {}, 5, true, Array.from({ length: 65 }, () => "pir")]) {
    expect(triggers.read(value)).toHaveProperty("refusals");
    expect(namesKind.read(value)).toHaveProperty("refusals");
  }
  expect(namesKind.read(["path", 1])).toEqual({ refusals: [{}] });
});
