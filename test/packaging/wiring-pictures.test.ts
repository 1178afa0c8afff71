// The wiring pictures against the header, the guide beside them, and each other: whoever follows them must not burn anything.
import { expect, test } from "vitest";
import { wiringPictures } from "../../packaging/wiring/draw.ts";
import { nameOf, PIN_COUNT } from "../../packaging/wiring/header.ts";
import { OTHERS, PICTURES } from "../../packaging/wiring/pictures.ts";
import { read } from "../repository/sources.ts";

const guide = read("docs/guide/wiring.md");

test.each([...wiringPictures()])("%s is as `make docs` draws it, and the guide shows it", (name, text) => {
  expect(read(`docs/guide/${name}`)).toBe(text);
  expect(guide).toContain(`](${name})`);
});

test("the header is the one that Raspberry Pi documents", () => {
  const pins = (name: RegExp): number[] =>
    Array.from({ length: PIN_COUNT }, (_, index) => index + 1).filter((pin) => name.test(nameOf(pin)));

  expect(PIN_COUNT).toBe(40);
  expect(pins(/^GND$/)).toEqual([6, 9, 14, 20, 25, 30, 34, 39]);
  expect(pins(/^5V$/)).toEqual([2, 4]);
  expect(pins(/^3V3$/)).toEqual([1, 17]);
  expect(new Set(pins(/^GPIO/).map(nameOf))).toEqual(
    new Set(Array.from({ length: 26 }, (_, line) => `GPIO${line + 2}`)),
  );
});

test("no two parts want the same pin, but the two sensors, of which one is wired", () => {
  const parts = [
    ...PICTURES.filter(({ name }) => name !== "am312").map(({ terminals }) => terminals),
    ...PICTURES.filter(({ name }) => name === "am312").map(({ terminals }) =>
      terminals.filter(({ pin }) => nameOf(pin) !== "GPIO17"),
    ),
    OTHERS,
  ];
  const wanted = parts.flatMap((terminals) => terminals.map(({ pin }) => pin));

  expect(wanted.filter((pin, index) => wanted.indexOf(pin) !== index)).toEqual([]);
});

test("wires leave the header in the order in which they arrive, so that none cross", () => {
  for (const { terminals } of PICTURES) {
    const heights = terminals.map(({ pin }) => pin + (pin % 2 === 1 ? 1.5 : 0));
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
  }
});

test("an output of 5 V goes to no line: five volts are for the power of a sensor or a relay alone", () => {
  const fed = [...PICTURES.flatMap(({ terminals }) => terminals), ...OTHERS].filter(({ pin }) => nameOf(pin) === "5V");

  expect(fed.map(({ label }) => label)).toEqual(["VCC", "VCC"]);
});

test("the guide's words and table name the pins that are drawn", () => {
  for (const { name, terminals } of PICTURES) {
    const [, words] = new RegExp(`!\\[([^\\]]+)\\]\\(wiring-${name}\\.svg\\)`).exec(guide)!;
    const named = Array.from(words!.matchAll(/pin (\d+)/g), ([, pin]) => Number(pin));
    expect(new Set(named)).toEqual(new Set(terminals.map(({ pin }) => pin)));
  }
  for (const [, line, pin] of guide.matchAll(/^\| [^|]+ \| (GPIO\d+) \| (\d+) \|/gm))
    expect(nameOf(Number(pin))).toBe(line);
});
