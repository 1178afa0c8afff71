// Tables and sizes as a terminal shows them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes, entriesWithin, table } from "../../../agent/cli/table.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [1_234_567, "1.2 MB"],
  [4_000_000_000, "4.0 GB"],
])("%d bytes are written %s", (n, text) => {
  expect(bytes(n)).toBe(text);
});

test("a flexible cell goes on below, after a comma if that will do, and a word too long for it says so", () => {
  const text = table(
    [{ title: "id" }, { title: "who", flexible: true }],
    [["01jd", "anna: released, bob: withheld"]],
    24,
  );

  expect(text).toBe("id    who\n01jd  anna: released,\n      bob: withheld\n");
  const narrow = table([{ title: "who", flexible: true }, { title: "id" }], [["anna: released, bob: no", "01jd"]], 13);
  expect(narrow).toBe("who       id\nanna:     01jd\nrelease…\nbob: no\n");
});

test("no line is wider than the terminal, as long as the fixed columns fit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme-ascii", maxLength: 80 })),
      fc.integer({ min: 40, max: 200 }),
      (cells, columns) => {
        const lines = table(
          [{ title: "clip" }, { title: "why", flexible: true }],
          cells.map((cell) => ["x".repeat(26), cell]),
          columns,
        ).split("\n");
        return lines.every((line) => line.length <= columns);
      },
    ),
  );
});

test("where the flexible cell would have too little room, what can be spared goes first, the last one first", () => {
  const columns = [
    { title: "clip" },
    { title: "length", dispensable: true },
    { title: "size", dispensable: true },
    { title: "who", flexible: true },
  ] as const;
  const rows = [["01jd", "12.0 s", "1.2 MB", "anna: released, bob: withheld"]];

  expect(table(columns, rows, 60)).toContain("size");
  expect(table(columns, rows, 40)).toBe(
    "clip  length  who\n01jd  12.0 s  anna: released,\n              bob: withheld\n",
  );
  expect(table(columns, rows, 30)).toBe("clip  who\n01jd  anna: released,\n      bob: withheld\n");
});

test("an entry's words that do not fit beside it stand below it, on as many lines as they need", () => {
  const clip = "01m8j3twmrdf2vnn512kdfcyc0";
  const text = `  1  12:00Z  alarm               CARD_FULL: nearly\n  2  12:01Z  clip.started       ${clip}  pir+button\nno entry, but a long line\n`;

  expect(entriesWithin(text, 80)).toBe(text);
  expect(entriesWithin(text, 46)).toBe(
    `  1  12:00Z  alarm\n         CARD_FULL: nearly\n  2  12:01Z  clip.started       01m8j3twmrdf2…\n         pir+button\nno entry, but a long line\n`,
  );
  expect(entriesWithin(text, 20)).toContain("\n         CARD_FULL:\n         nearly\n");
  expect(entriesWithin(text, 20)).toContain("\nno entry, but a lon…\n");
});
