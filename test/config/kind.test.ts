// The plain kinds: switches, words and numbers; what they accept and how they help.
import { expect, test } from "vitest";
import { choiceKind, numberKind, switchKind, wordKind, wordOrKind } from "../../config/kind.ts";

const WRONG = [null, undefined, [], {}, "", Number.NaN, Number.POSITIVE_INFINITY, new Date(0), 10n];

for (const [name, kind] of [
  ["switch", switchKind],
  ["word", wordKind(["ask", "never"])],
  ["number", numberKind({ min: 0, max: 10 })],
  ["choice", choiceKind([0, 180])],
] as const)
  test(`a ${name} is not read from anything of another kind`, () => {
    for (const value of WRONG) expect(kind.read(value)).toHaveProperty("refusals");
  });

test("a switch in quotes is shown without them, and is never taken for a yes", () => {
  expect(switchKind.read(true)).toEqual({ value: true });
  expect(switchKind.read("True")).toEqual({ refusals: [{ hint: "write it without quotes: true" }] });
  expect(switchKind.read(1)).toEqual({ refusals: [{}] });
});

test("a word in capitals is shown in small letters", () => {
  const grant = wordKind(["never", "ask", "auto"]);
  expect(grant.read("ask")).toEqual({ value: "ask" });
  expect(grant.read(" Ask")).toEqual({ refusals: [{ hint: 'did you mean "ask"?' }] });
  expect(grant.expected).toBe('one of "never", "ask", "auto"');
});

test("a number keeps to its bounds, both included", () => {
  const fps = numberKind({ min: 1, max: 60, whole: true });
  expect([0, 1, 60, 61, 15.5].map((n) => "value" in fps.read(n))).toEqual([false, true, true, false, false]);
  expect(fps.read("15")).toEqual({ refusals: [{ hint: "write it without quotes" }] });
  const even = numberKind({ min: 0, max: 10, whole: true, even: true, unit: "pixels" });
  expect([2, 3].map((n) => "value" in even.read(n))).toEqual([true, false]);
  expect(even.expected).toBe("an even whole number of pixels from 0 to 10");
  expect(Object.is((numberKind({ min: 0, max: 1 }).read(-0) as { value: number }).value, 0)).toBe(true);
});

test("a word beside another kind is read, and written back", () => {
  const limit = wordOrKind("unlimited", numberKind({ min: 1, max: 9 }));
  expect(limit.read("unlimited")).toEqual({ value: "unlimited" });
  expect(limit.read(3)).toEqual({ value: 3 });
  expect(limit.read("all")).toHaveProperty("refusals");
  expect([limit.write("unlimited"), limit.write(3)]).toEqual(["unlimited", 3]);
});
