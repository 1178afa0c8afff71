// Exactly as many changes are told as the kernel has counted, and the last of them is the level.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { EdgeTally, lookAt } from "../../../drivers/gpio/edge-tally.ts";

const LOW = { high: false, edges: 100, at: 0 as Uptime };
const at = (ms: number): Uptime => ms as Uptime;

describe("changes since the last look", () => {
  test.each([
    ["one edge", true, 101, 1],
    ["there and back while we were busy", false, 102, 2],
    ["three in one stall", true, 103, 3],
    ["seven in one stall", true, 107, 7],
    ["a wake for what has been told before", false, 100, 0],
    ["a level that is seen before its interrupt is counted", true, 100, 1],
    ["two edges that the chip made one interrupt of", false, 101, 2],
    ["a level that says one more than was counted", true, 102, 3],
  ])("%s", (_, high, edges, changes) => {
    expect(new EdgeTally(LOW).changes({ high, edges, at: at(5) })).toBe(changes);
  });

  test("an interrupt that is counted after its level was seen is not a second change", () => {
    const tally = new EdgeTally(LOW);

    expect(tally.changes({ high: true, edges: 100, at: at(5) })).toBe(1);
    expect(tally.changes({ high: true, edges: 101, at: at(6) })).toBe(0);
    expect(tally.changes({ high: false, edges: 102, at: at(7) })).toBe(1);
  });

  test("an interrupt that never came takes no later change away", () => {
    const tally = new EdgeTally(LOW);

    expect(tally.changes({ high: false, edges: 101, at: at(5) })).toBe(2);
    expect(tally.changes({ high: false, edges: 102, at: at(1_000) })).toBe(2);
  });

  test("a processor's count that begins again at nought is no four thousand million edges", () => {
    const tally = new EdgeTally({ ...LOW, edges: 2 ** 32 - 1 });

    expect(tally.changes({ high: true, edges: 2, at: at(5) })).toBe(3);
  });

  test.each([
    [true, 1],
    [false, 2],
  ])("where nothing is counted, a wake that finds the level high = %s is %d", (high, changes) => {
    const uncounted = { ...LOW, edges: undefined };
    const tally = new EdgeTally(uncounted);

    expect(tally.changes({ ...uncounted, high, at: at(5) })).toBe(changes);
    expect(tally.changes({ ...uncounted, high, at: at(6) })).toBe(2);
  });

  test("however late the counting and however long the stalls, every edge is told once", () => {
    const stall = fc.record({ edges: fc.nat(9), uncounted: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(stall, { maxLength: 50 }), fc.nat(2 ** 32 - 1), (stalls, start) => {
        const tally = new EdgeTally({ high: false, edges: start, at: at(0) });
        let moved = 0;
        let counted = 0;
        let told = 0;
        for (const [i, { edges, uncounted }] of [...stalls, { edges: 0, uncounted: 0 }].entries()) {
          moved += edges;
          counted = Math.max(counted, moved - uncounted);
          const now = { high: moved % 2 === 1, edges: (start + counted) >>> 0, at: at(i) };
          told += tally.changes(now);
          expect(told % 2).toBe(moved % 2);
          expect(told).toBeLessThanOrEqual(moved);
        }
        expect(told).toBe(moved);
      }),
    );
  });
});

describe("a look", () => {
  const counts = (...given: readonly (number | undefined)[]): (() => number | undefined) => {
    let i = 0;
    return () => given[Math.min(i++, given.length - 1)];
  };
  const levels = (...given: readonly (0 | 1)[]): (() => 0 | 1) => counts(...given) as () => 0 | 1;

  test("takes a level that nothing came in between of", () => {
    expect(lookAt(levels(1, 0, 1), counts(7, 8, 9, 9), () => at(3))).toEqual({ high: true, edges: 9, at: 3 });
  });

  test("is over at some time, though the line does not rest", () => {
    let edges = 0;

    expect(
      lookAt(
        levels(0),
        () => edges++,
        () => at(3),
      ),
    ).toEqual({ high: false, edges: 8, at: 3 });
  });

  test("reads once where nothing is counted", () => {
    expect(lookAt(levels(1, 0), counts(undefined), () => at(3))).toEqual({ high: true, edges: undefined, at: 3 });
  });
});
