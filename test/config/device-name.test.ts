// What may become a level of a topic, and what people may call things.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { lineKind, parseTopicLevel, topicLevelKind } from "../../config/device-name.ts";

for (const name of ["porch", "a", "front-door_2", "0", "x".repeat(40)])
  test(`the name ${name.slice(0, 20)} is one level of a topic`, () => expect(parseTopicLevel(name)).toBe(name));

for (const name of ["", "Porch", "front door", "a/b", "a+", "#", "$sys", "änna", "x".repeat(41), "anna\n", "а"])
  test(`the name ${JSON.stringify(name.slice(0, 20))} is no level of a topic`, () =>
    expect(parseTopicLevel(name)).toBeUndefined());

test("a name that would do is suggested for one that does not", () => {
  expect(topicLevelKind.read("Front Door")).toEqual({ refusals: [{ hint: '"front-door" would do' }] });
  expect(topicLevelKind.read("Änne")).toEqual({ refusals: [{ hint: '"anne" would do' }] });
  expect(topicLevelKind.read("###")).toEqual({ refusals: [{}] });
});

test("no name that is read can reach beyond its own level", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      if (parseTopicLevel(text) !== undefined) expect(text).toMatch(/^[a-z0-9_-]+$/);
    }),
  );
});

test("a text for people is one line that cannot trick a terminal", () => {
  const kind = lineKind(60);
  expect(kind.read("neighbour's window")).toEqual({ value: "neighbour's window" });
  expect(kind.read("fenêtre du voisin 🪟")).toEqual({ value: "fenêtre du voisin 🪟" });
  for (const text of [
    "",
    "   ",
    "two\nlines",
    "bell\u0007",
    "\u001b[31mred",
    "abc\u202edef",
    "\ud800",
    "x".repeat(61),
    5,
  ])
    expect(kind.read(text)).toEqual({ refusals: [{}] });
});
