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

test("a flexible cell gives way and says so, the others stay whole", () => {
  const text = table(
    [{ title: "id" }, { title: "who", flexible: true }],
    [["01jd", "anna: released, bob: withheld"]],
    24,
  );

  expect(text).toBe("id    who\n01jd  anna: released, b…\n");
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
  expect(table(columns, rows, 40)).toBe("clip  length  who\n01jd  12.0 s  anna: released, bob: with…\n");
  expect(table(columns, rows, 30)).toBe("clip  who\n01jd  anna: released, bob: wi…\n");
});

test("an entry's details that do not fit beside it stand below it, as far as they fit", () => {
  const text =
    '  1  alarm  {"code":"CARD_FULL"}\n  2  camera.opened  {"source":"replay"}\nno details, but a long line\n';

  expect(entriesWithin(text, 80)).toBe(text);
  expect(entriesWithin(text, 24)).toBe(
    '  1  alarm\n         {"code":"CARD_…\n  2  camera.opened\n         {"source":"rep…\nno details, but a long …\n',
  );
});
