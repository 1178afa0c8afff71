// When pictures are looked at closely, by their sizes and by what was seen: never while nothing changes.
import { expect, test } from "vitest";
import { Attention } from "../../../agent/motion/attention.ts";
import type { Verdict } from "../../../agent/motion/detector.ts";

const QUIET: Verdict = { present: false, zones: [], strength: 0, absence: "unseen", suspects: false };
const THERE: Verdict = { present: true, zones: [], strength: 0.1, sinceMs: 0, suspects: false };

/** Ten pictures a second of the sizes given for each second, a key picture every two: the seconds looked at closely. */
function closely(sizes: readonly number[], verdicts: Readonly<Record<number, Verdict>> = {}): number[] {
  const attention = new Attention();
  const seconds = new Set<number>();
  for (const [second, bytes] of sizes.entries())
    for (let picture = 0; picture < 10; picture++) {
      const atMs = second * 1000 + picture * 100;
      const key = picture === 0 && second % 2 === 0;
      if (attention.unit(key ? 40_000 : bytes + ((picture * 37) % 90), key, atMs)) seconds.add(second);
      const verdict = verdicts[second];
      if (verdict && picture === 5) attention.seen(verdict, atMs);
    }
  return [...seconds];
}

test("while nothing happens key pictures are enough, however large those are", () => {
  expect(closely(Array.from({ length: 30 }, () => 1000))).toEqual([]);
});

test("pictures that become larger are looked at closely for some seconds", () => {
  const sizes = [...Array.from({ length: 10 }, () => 1000), 6000, ...Array.from({ length: 10 }, () => 1000)];

  expect(closely(sizes)).toEqual([10, 11, 12, 13, 14]);
});

test("while somebody is there only much larger pictures are looked at closely, and only for a moment: they may be leaving", () => {
  const there = Object.fromEntries(Array.from({ length: 30 }, (_, second) => [second, THERE]));
  const sizes = (bytes: number): number[] => Array.from({ length: 30 }, (_, second) => (second === 20 ? bytes : 1000));

  expect(closely(sizes(2200), there).filter((second) => second > 5)).toEqual([]);
  expect(closely(sizes(9000), there).filter((second) => second > 5)).toEqual([20, 21]);
});

test("a stream with a key picture in ten seconds only is looked at closely between them", () => {
  const attention = new Attention();
  const closely = new Set<number>();
  for (let picture = 0; picture < 200; picture++)
    if (attention.unit(picture % 100 === 0 ? 40_000 : 1000, picture % 100 === 0, picture * 100))
      closely.add(Math.floor(picture / 10));

  expect([...closely]).toEqual([3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19]);
});

test("what moves all the time becomes usual", () => {
  const sizes = [...Array.from({ length: 5 }, () => 1000), ...Array.from({ length: 40 }, () => 8000)];

  expect(closely(sizes).at(-1)).toBeLessThan(25);
});

test("somebody's coming and their going are looked at closely, their standing there is not", () => {
  const verdicts = Object.fromEntries(
    Array.from({ length: 30 }, (_, second) => [second, second >= 5 && second < 20 ? THERE : QUIET]),
  );

  expect(
    closely(
      Array.from({ length: 30 }, () => 1000),
      verdicts,
    ),
  ).toEqual([5, 6, 7, 8, 20, 21, 22, 23]);
});

test("what is suspected is looked at until it is known, and a bush that is always suspected not for ever", () => {
  const suspected = Object.fromEntries(Array.from({ length: 30 }, (_, s) => [s, { ...QUIET, suspects: s > 4 }]));

  expect(
    closely(
      Array.from({ length: 30 }, () => 1000),
      suspected,
    ),
  ).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13]);
});
