// Time: an ordinary file takes a few milliseconds, and a mebibyte made to take long does not.
import { expect, test } from "vitest";
import { parseConfig } from "../../config/parse.ts";
import { BASE } from "./wrong-files.ts";

test("an ordinary file is read in a few milliseconds", () => {
  parseConfig(BASE);
  const times = Array.from({ length: 20 }, () => {
    const begun = performance.now();
    parseConfig(BASE);
    return performance.now() - begun;
  });
  expect(times.toSorted((a, b) => a - b)[5]).toBeLessThan(10);
});

for (const [name, head, unit] of [
  ["nested lists", "a = ", "["],
  ["nested tables", "a = ", "{a="],
  ["one long dotted key", "a", ".a"],
  ["wrong lines", "", "x y z\n"],
  ["lines without quotes", "", "a = b\n"],
  ["unknown keys", "", "\nabcdefghij\u0000"],
  ["unknown sections", "", "[camer%]\n"],
  ["recipients", "", "[[recipient]]\n"],
  ["masks", "", "[[mask]]\npolygon=[[0,0],[1,0],[1,1]]\n"],
  ["corners", "[[mask]]\npolygon=[", "[0,0],"],
  ["one long name", '[device]\nname = "', "é"],
  ["one long key", "", "k"],
  ["zones of a recipient", "[[recipient]]\nzones = [", '"zonee",'],
  ["comments", "", "# ask\n"],
  ["open quotes", "", '"""\n'],
] as const)
  test(`a mebibyte of ${name} is refused in a moment and not with a crash`, () => {
    let count = 0;
    const numbered = unit.includes("%") || unit.includes("\u0000");
    const text = numbered
      ? head +
        Array.from({ length: 60_000 }, () => unit.replace("%", String(count++)).replace("\u0000", `${count} = 1`)).join(
          "",
        )
      : head + unit.repeat(Math.floor((2 ** 20 - 100) / Buffer.byteLength(unit)));
    const begun = performance.now();
    expect(parseConfig(Buffer.from(text))).toHaveProperty("faults");
    expect(performance.now() - begun).toBeLessThan(6000);
  });
