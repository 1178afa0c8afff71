// What is kept of a program's words, and its lines: the same however the bytes come, and never more than the limit.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedText, LineSplitter } from "../../../drivers/process/bounded-text.ts";

const chunks = fc.array(fc.string({ maxLength: 30, unit: fc.constantFrom("a", "b", "\n", "é", " ") }), {
  maxLength: 30,
});

test("short texts are kept whole, long ones lose their middle and say how much", () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (parts, head, tail) => {
      const text = new BoundedText(head, tail);
      for (const part of parts) text.push(Buffer.from(part));
      const all = Buffer.from(parts.join(""));

      if (all.length <= head + tail) expect(text.toString().replaceAll("\uFFFD", "")).toBe(halves(all, head));
      else {
        const skipped = all.length - head - tail;
        const [first, last] = [all.subarray(0, head), all.subarray(all.length - tail)];
        expect(text.toString()).toBe(`${first.toString()}\n[${skipped} bytes skipped]\n${last.toString()}`);
      }
    }),
  );
});

/** A sign that was cut in two where the head ends is not mended. */
const halves = (all: Buffer, head: number): string =>
  `${all.subarray(0, head).toString()}${all.subarray(head).toString()}`.replaceAll("\uFFFD", "");

test("lines are the same however the bytes come", () => {
  fc.assert(
    fc.property(chunks, (parts) => {
      const lines: string[] = [];
      const splitter = new LineSplitter((line) => lines.push(line));
      for (const part of parts) splitter.push(Buffer.from(part));
      splitter.end();

      const whole = parts.join("").split("\n");
      if (whole.at(-1) === "") whole.pop();
      expect(lines).toEqual(whole);
    }),
  );
});

test("a line without an end keeps its beginning and costs no more memory than the limit", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line), 10);
  for (let count = 0; count < 100; count++) splitter.push(Buffer.from("abcdefg"));
  splitter.push(Buffer.from("\nnext\n"));

  expect(lines).toEqual(["abcdefgabc", "next"]);
});
