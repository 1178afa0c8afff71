// Where every key and value stands, in every shape TOML allows, and that no text at all upsets the index.
import * as fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { expect, test } from "vitest";
import type { Steps } from "../../config/fault.ts";
import { TomlIndex } from "../../config/locate.ts";
import { tomlOf, validTree } from "./arbitrary.ts";

const CASES: readonly { name: string; toml: string; at: readonly (readonly [Steps, number, number, string])[] }[] = [
  {
    name: "keys below a section",
    toml: '# head\n[device]\nname = "porch"\n\n  fps   =   15 # note',
    at: [
      [["device", "name"], 3, 8, '"porch"'],
      [["device", "fps"], 5, 13, "15"],
    ],
  },
  {
    name: "Windows line ends and a byte order mark",
    toml: "\uFEFF[a]\r\nb = 1\r\nc = 'x'\r\n",
    at: [
      [["a", "b"], 2, 5, "1"],
      [["a", "c"], 3, 5, "'x'"],
    ],
  },
  {
    name: "each section of several with one name",
    toml: '[[r]]\nname = "a"\n[[r]]\nname = "b"\n[r.x]\ny = 1\n[[r]]\nz = 2',
    at: [
      [["r", 0, "name"], 2, 8, '"a"'],
      [["r", 1, "name"], 4, 8, '"b"'],
      [["r", 1, "x", "y"], 6, 5, "1"],
      [["r", 2, "z"], 8, 5, "2"],
    ],
  },
  {
    name: "dotted keys, quoted keys and dotted sections",
    toml: 'a.b.c = 1\n"quoted key".\'other\' = 2\n[ d . "e f" ]\ng . h = 3\n"caf\\u00e9" = 4',
    at: [
      [["a", "b", "c"], 1, 9, "1"],
      [["quoted key", "other"], 2, 24, "2"],
      [["d", "e f", "g", "h"], 4, 9, "3"],
      [["d", "e f", "café"], 5, 15, "4"],
    ],
  },
  {
    name: "inline tables, within each other too",
    toml: "pir = { gpio = 17, x.y = [ { z = 1 } ], q = 'a,b}' }\nnext = true",
    at: [
      [["pir", "gpio"], 1, 16, "17"],
      [["pir", "x", "y", 0, "z"], 1, 34, "1"],
      [["pir", "q"], 1, 45, "'a,b}'"],
      [["next"], 2, 8, "true"],
    ],
  },
  {
    name: "lists over several lines with comments in them",
    toml: "polygon = [ # corners\n  [0.0, 0.0], # first ] [\n  [0.2,\n   0.3],\n]\nend = 1",
    at: [
      [["polygon", 0], 2, 3, "[0.0, 0.0]"],
      [["polygon", 1, 1], 4, 4, "0.3"],
      [["end"], 6, 7, "1"],
    ],
  },
  {
    name: "texts over several lines that look like keys",
    toml: 'a = """\nb = 1\n[x]\\"""\n"""\nc = \'\'\'\n"""\'\'\'\nd = """""x"""""\ne = 5',
    at: [
      [["a"], 1, 5, '"""\nb = 1\n[x]\\"""\n"""'],
      [["c"], 5, 5, "'''\n\"\"\"'''"],
      [["d"], 7, 5, '"""""x"""""'],
      [["e"], 8, 5, "5"],
    ],
  },
  {
    name: "dates and times with a space between them",
    toml: "until = 2027-06-30\nat = 2027-06-30 12:00:00 # noon\nlist = [2027-01-01 , 07:00:00]",
    at: [
      [["until"], 1, 9, "2027-06-30"],
      [["at"], 2, 6, "2027-06-30 12:00:00"],
      [["list", 0], 3, 9, "2027-01-01"],
      [["list", 1], 3, 22, "07:00:00"],
    ],
  },
  {
    name: "strings with every kind of quote and escape",
    toml: 'a = "\\"# [ = \\\\"\nb = \'c:\\\'\nc = "é\\u0041"',
    at: [
      [["a"], 1, 5, '"\\"# [ = \\\\"'],
      [["b"], 2, 5, "'c:\\'"],
      [["c"], 3, 5, '"é\\u0041"'],
    ],
  },
];

for (const { name, toml, at } of CASES)
  test(`every value is found where it stands: ${name}`, () => {
    parse(toml);
    const index = new TomlIndex(toml);
    for (const [steps, line, column, written] of at) {
      expect([steps, index.valueAt(steps)]).toEqual([steps, { line, column }]);
      expect([steps, index.written(steps)]).toEqual([steps, written]);
    }
  });

test("a section stands where its header stands, each of several at its own", () => {
  const index = new TomlIndex("[a.b]\nc = 1\n[a]\nd = 2\n[[r]]\n[[r]]\n");
  expect(index.keyAt(["a"])).toEqual({ line: 3, column: 1 });
  expect(index.keyAt(["a", "b"])).toEqual({ line: 1, column: 1 });
  expect(index.keyAt(["r", 0])).toEqual({ line: 5, column: 1 });
  expect(index.keyAt(["r", 1])).toEqual({ line: 6, column: 1 });
});

test("what has no place of its own stands where the nearest thing around it stands", () => {
  const index = new TomlIndex("[a]\nb = { c = [1] }\n");
  expect(index.keyAt(["a", "missing"])).toEqual({ line: 1, column: 1 });
  expect(index.valueAt(["a", "b", "c", 7])).toEqual({ line: 2, column: 11 });
  expect(index.keyAt(["nowhere"])).toBeUndefined();
  expect(index.written(["a", "missing"])).toBeUndefined();
});

test("it knows which statement a line belongs to", () => {
  const index = new TomlIndex("a = 1\n\nb = [\n  1,\n]\n[c]\n");
  expect(index.statementAt(1)).toEqual({ kind: "pair", line: 1, lastLine: 1 });
  expect(index.statementAt(2)).toBeUndefined();
  expect(index.statementAt(4)).toEqual({ kind: "pair", line: 3, lastLine: 5 });
  expect(index.statementAt(6)).toEqual({ kind: "header", line: 6, lastLine: 6 });
});

/** Every path to a value that is neither a table nor a list of tables. */
function pathsTo(value: unknown, steps: Steps = []): { steps: Steps; value: unknown }[] {
  if (Array.isArray(value))
    return [{ steps, value }, ...value.flatMap((item, index) => pathsTo(item, [...steps, index]))];
  if (typeof value === "object" && value !== null && !(value instanceof Date))
    return Object.entries(value).flatMap(([key, inner]) => pathsTo(inner, [...steps, key]));
  return [{ steps, value }];
}

const key = fc.oneof(fc.constantFrom("a", "b-c", "d_1"), fc.string({ maxLength: 6 }));
const leaf = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text.isWellFormed()),
  fc.integer({ min: -999, max: 999 }),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const tree = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(leaf, { maxLength: 3 }),
    fc.array(tie("table"), { maxLength: 3 }),
    tie("table"),
  ),
  table: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));

test("whatever a file holds, the text found at each place is the value that stands there", () => {
  fc.assert(
    fc.property(fc.oneof(tree.table, validTree()), (values) => {
      const toml = stringify(values);
      const index = new TomlIndex(toml);
      for (const { steps, value } of pathsTo(parse(toml))) {
        const written = index.written(steps);
        if (Array.isArray(value) && (value.length === 0 || !written?.startsWith("["))) continue;
        expect([steps, parse(`x = ${written}`)["x"]]).toEqual([steps, value]);
        const { line, column } = index.valueAt(steps)!;
        expect(
          toml
            .split("\n")
            .slice(line - 1)
            .join("\n")
            .slice(column - 1)
            .startsWith(written!),
        ).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test("no text, however far from TOML, upsets the index", () => {
  const shred = fc.array(
    fc.constantFrom(
      "[",
      "]",
      "{",
      "}",
      '"',
      "'",
      '"""',
      "'''",
      "=",
      ".",
      ",",
      "#",
      "\n",
      "\r",
      " ",
      "a",
      "\\",
      "1",
      "\uFEFF",
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(shred, (pieces) => {
      const index = new TomlIndex(pieces.join(""));
      index.keyAt(["a"]);
      index.statementAt(1);
    }),
    { numRuns: 20_000 },
  );
});

test("a configuration cut at any character does not upset the index", () => {
  const [tree] = fc.sample(validTree(), { numRuns: 1, seed: 7 });
  const toml = tomlOf(tree!);
  for (let cut = 0; cut < toml.length; cut++)
    expect(new TomlIndex(toml.slice(0, cut)).statements.length).toBeGreaterThanOrEqual(0);
});

for (const [name, unit] of [
  ["open brackets", "["],
  ["open braces", "a={"],
  ["nested lists", "a=[["],
  ["dots", "a."],
  ["quotes", '"'],
  ["empty sections", "[a]\n"],
  ["sections of several", "[[a]]\n"],
  ["keys", "a=1\n"],
  ["list items", "1,"],
  ["comments", "#\n"],
  ["line feeds", "\n"],
] as const)
  test(`a megabyte of ${name} is indexed in a moment`, () => {
    const text = unit.repeat(Math.floor(2 ** 20 / unit.length));
    const begun = performance.now();
    new TomlIndex(text).keyAt(["a", 1, "a"]);
    new TomlIndex(`a = [\n${text}\n]`).keyAt(["a", 100]);
    expect(performance.now() - begun).toBeLessThan(4000);
  });
