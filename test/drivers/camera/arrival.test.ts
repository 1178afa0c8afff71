// From arrival to capture: late pictures are put back where they belong, and no rate is believed.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrivalFilter } from "../../../drivers/camera/arrival.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";

const stamp = (arrivals: readonly number[]): number[] => {
  const filter = new ArrivalFilter();
  return arrivals.map((arrival) => filter.captured(arrival as Uptime));
};

/** Errors against the true capture times, in milliseconds, once the filter has seen a second of pictures. */
const errors = (captured: readonly number[], arrivals: readonly number[]): number[] =>
  stamp(arrivals)
    .map((at, index) => Math.abs(at - captured[index]!))
    .slice(15);

/** A repeatable sequence of numbers from 0 to 1. */
function* noise(): Generator<number, never, undefined> {
  for (let state = 1; ; state = (state * 48_271) % 2_147_483_647) yield state / 2_147_483_647;
}

describe("fifteen pictures a second that arrive up to 20 ms late", () => {
  const random = noise();
  const captured = Array.from({ length: 300 }, (_, index) => index * (1000 / 15));
  const jittery = captured.map((at) => at + random.next().value * 20);

  test("come out within 10 ms of when they were taken", () => {
    expect(Math.max(...errors(captured, jittery))).toBeLessThan(10);
  });

  test("and when our own process stands still for 140 ms, the pictures that waited are put back apart", () => {
    const stalled = jittery.map((at, index) => (index >= 150 && index < 152 ? Math.max(at, jittery[149]! + 140) : at));
    const worst = Math.max(...errors(captured, stalled));

    expect(Math.max(...stalled.map((at, index) => at - captured[index]!))).toBeGreaterThan(60);
    expect(worst).toBeLessThan(25);
  });

  test("three dropped pictures are believed, not smeared over", () => {
    const kept = captured.flatMap((at, index) =>
      index > 150 && index < 154 ? [] : [{ at, arrival: jittery[index]! }],
    );
    const times = stamp(kept.map(({ arrival }) => arrival));
    const after = kept.findIndex(({ at }) => at > captured[153]!);

    expect(times[after]! - times[after - 1]!).toBeGreaterThan(100);
    expect(Math.abs(times.at(-1)! - kept.at(-1)!.at)).toBeLessThan(10);
  });
});

test("a camera that halves its rate in the dark is followed within two seconds", () => {
  const captured = Array.from({ length: 100 }, (_, index) => (index < 50 ? index * 50 : 2500 + (index - 50) * 100));

  expect(Math.max(...errors(captured, captured).slice(-40))).toBeLessThan(151);
  expect(Math.max(...errors(captured, captured).slice(-20))).toBeLessThan(1);
});

test("whatever arrives, time goes on: never later than it came, never more than 150 ms before", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 2, max: 5000, noNaN: true }), { maxLength: 200 }), (gaps) => {
      let now = 1000;
      const arrivals = gaps.map((gap) => (now += gap));
      const times = stamp(arrivals);
      times.forEach((at, index) => {
        expect(at).toBeGreaterThan(times[index - 1] ?? -Infinity);
        expect(at).toBeLessThanOrEqual(arrivals[index]!);
        expect(at).toBeGreaterThanOrEqual(arrivals[index]! - 150);
      });
    }),
  );
});
