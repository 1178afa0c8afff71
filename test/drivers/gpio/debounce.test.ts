// What a trembling contact means, edge by edge.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { type Change, ChatterGauge, Debouncer } from "../../../drivers/gpio/debounce.ts";

const CONFIRM_MS = 30;
type Edge = readonly [ms: number, active: boolean];

/** Plays edges into a debouncer whose owner wakes up at each deadline, as a timer does. */
function play(edges: readonly Edge[], confirmMs = CONFIRM_MS): Change[] {
  const debouncer = new Debouncer(confirmMs, false);
  const seen: Change[] = [];
  const keep = (change: Change | undefined): void => void (change && seen.push(change));
  for (const [ms, active] of edges) {
    while (debouncer.deadline !== undefined && debouncer.deadline <= ms) keep(debouncer.settle(debouncer.deadline));
    keep(debouncer.edge(active, ms as Uptime));
  }
  if (debouncer.deadline !== undefined) keep(debouncer.settle(debouncer.deadline));
  return seen;
}

const CASES: readonly { name: string; edges: readonly Edge[]; seen: readonly Edge[] }[] = [
  {
    name: "a clean press counts from its edge",
    edges: [
      [100, true],
      [400, false],
    ],
    seen: [
      [100, true],
      [400, false],
    ],
  },
  {
    name: "a press that bounces is one press, from its first edge",
    edges: [
      [100, true],
      [101, false],
      [103, true],
      [104, false],
      [109, true],
      [400, false],
    ],
    seen: [
      [100, true],
      [400, false],
    ],
  },
  {
    name: "a release that bounces is one release",
    edges: [
      [100, true],
      [400, false],
      [402, true],
      [405, false],
    ],
    seen: [
      [100, true],
      [400, false],
    ],
  },
  {
    name: "a spike shorter than the wait is nothing",
    edges: [
      [100, true],
      [110, false],
    ],
    seen: [],
  },
  {
    name: "a press exactly as long as the wait counts",
    edges: [
      [100, true],
      [130, false],
    ],
    seen: [
      [100, true],
      [130, false],
    ],
  },
  {
    name: "two spikes one after the other are still nothing",
    edges: [
      [0, true],
      [5, false],
      [50, true],
      [55, false],
    ],
    seen: [],
  },
  {
    name: "chatter that never rests does not hide that somebody is pressing",
    edges: Array.from({ length: 20 }, (_, i) => [i * 7, i % 2 === 0] as const),
    seen: [
      [0, true],
      [35, false],
      [70, true],
      [105, false],
    ],
  },
  {
    name: "the same level said twice is one edge",
    edges: [
      [100, true],
      [140, true],
      [200, false],
    ],
    seen: [
      [100, true],
      [200, false],
    ],
  },
];

test.each(CASES)("$name", ({ edges, seen }) => {
  expect(play(edges)).toEqual(seen.map(([at, active]) => ({ active, at })));
});

test("without a wait every edge is believed at once", () => {
  expect(
    play(
      [
        [1, true],
        [2, false],
        [3, true],
      ],
      0,
    ).map(({ at }) => at),
  ).toEqual([1, 2, 3]);
});

const gaps = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 60 });
const edgesOf = (list: readonly number[]): Edge[] => {
  let ms = 0;
  return list.map((gap, i) => [(ms += gap), i % 2 === 0]);
};

test("whatever the contact does, changes alternate, keep their order, and lie on real edges", () => {
  fc.assert(
    fc.property(gaps, (list) => {
      const edges = edgesOf(list);
      const seen = play(edges);
      seen.forEach(({ active, at }, i) => {
        expect(active).toBe(i % 2 === 0);
        expect(at).toBeGreaterThanOrEqual(seen[i - 1]?.at ?? 0);
        expect(edges.some(([ms, level]) => ms === at && level === active)).toBe(true);
      });
    }),
  );
});

test("a line that rests at the end is taken to be what it rests at", () => {
  fc.assert(
    fc.property(gaps, (list) => {
      expect(play(edgesOf(list)).at(-1)?.active ?? false).toBe(list.length % 2 === 1);
    }),
  );
});

test("three hundred rises in a minute are a child, the next one is a loose wire", () => {
  const gauge = new ChatterGauge();
  const rises = Array.from({ length: 301 }, (_, i) => gauge.rise((i * 190) as Uptime));

  expect(rises.indexOf(true)).toBe(300);
});

test("a sensor that sees people all day long is not taken for a loose wire", () => {
  const gauge = new ChatterGauge();

  expect(Array.from({ length: 5_000 }, (_, i) => gauge.rise((i * 4_500) as Uptime))).not.toContain(true);
});

test("after chatter a few rises are enough to say that it is not over, until it has been calm", () => {
  const gauge = new ChatterGauge();
  for (let i = 0; i <= 300; i++) gauge.rise((i * 20) as Uptime);
  const again = (from: number): boolean[] => Array.from({ length: 6 }, (_, i) => gauge.rise((from + i * 20) as Uptime));

  expect(again(10_000)).toContain(true);
  gauge.calm();
  expect(again(20_000)).not.toContain(true);
});
