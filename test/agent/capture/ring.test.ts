// The pre-roll ring: how far back it can give, and what goes first when memory is short.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PreRollRing } from "../../../agent/capture/ring.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";

const picture = (at: number, key: boolean, bytes = 100): AccessUnit => ({
  data: new Uint8Array(bytes),
  key,
  at: at as Uptime,
});

/** Ten pictures a second, a key picture every second, from 0 until `endMs`. */
function filled(spanMs: number, endMs: number, bytes = 1e9): PreRollRing {
  const ring = new PreRollRing({ spanMs, bytes });
  for (let at = 0; at <= endMs; at += 100) ring.push(picture(at, at % 1000 === 0));
  return ring;
}

const times = (units: AccessUnit[]): number[] => units.map(({ at }) => at);

test("a ring of three seconds can always give three seconds", () => {
  const ring = filled(3000, 10_400);

  const given = ring.since((10_400 - 3000) as Uptime);

  expect(times(given).at(0)).toBe(7000);
  expect(times(given).at(-1)).toBe(10_400);
  expect(given[0]?.key).toBe(true);
  expect(ring.spanMs).toBe(3400);
});

test("without pre-roll a clip starts at the newest key picture", () => {
  const ring = filled(0, 10_400);

  expect(times(ring.since(10_400 as Uptime))).toEqual([10_000, 10_100, 10_200, 10_300, 10_400]);
  expect(ring.bytes).toBe(500);
});

test("a ring that has not been filled yet gives what it has", () => {
  const ring = filled(5000, 1500);

  expect(times(ring.since(-3500 as Uptime)).at(0)).toBe(0);
});

test("pictures before the first key picture are not kept", () => {
  const ring = new PreRollRing({ spanMs: 5000, bytes: 1e6 });
  ring.push(picture(0, false));
  ring.push(picture(100, false));

  expect(ring.since(0 as Uptime)).toEqual([]);
  expect(ring.bytes).toBe(0);
});

test("when memory is short the oldest seconds go first, in whole groups", () => {
  const ring = filled(10_000, 5900, 2500);

  expect(times(ring.since(0 as Uptime)).at(0)).toBe(4000);
  expect(ring.bytes).toBe(2000);
});

test("a group of pictures larger than the memory is dropped and the next one is kept", () => {
  const ring = new PreRollRing({ spanMs: 1000, bytes: 250 });
  ring.push(picture(0, true));
  ring.push(picture(100, false));
  ring.push(picture(200, false));
  expect(ring.since(0 as Uptime)).toEqual([]);

  ring.push(picture(300, false));
  ring.push(picture(400, true));
  expect(times(ring.since(0 as Uptime))).toEqual([400]);
});

test("a shorter span applies at once and a cleared ring is empty", () => {
  const ring = filled(10_000, 8500);
  ring.limit({ spanMs: 1000, bytes: 1e6 });
  expect(ring.spanMs).toBe(1500);

  ring.clear();
  expect([ring.bytes, ring.spanMs, ring.since(0 as Uptime).length]).toEqual([0, 0, 0]);
});

test("what a clip was given stays as it was, however long the ring goes on", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 120_000 }), { minLength: 30, maxLength: 60 });
  fc.assert(
    fc.property(sizes, fc.nat(29), (bytes, taken) => {
      const ring = new PreRollRing({ spanMs: 500, bytes: 1e7 });
      const push = (index: number): void =>
        ring.push({
          data: new Uint8Array(bytes[index]!).fill(index),
          key: index % 5 === 0,
          at: (index * 100) as Uptime,
        });
      for (let index = 0; index <= taken; index++) push(index);
      const given = ring.since(0 as Uptime);

      for (let index = taken + 1; index < bytes.length; index++) push(index);

      for (const { data, at } of [...given, ...ring.since(0 as Uptime)]) {
        const index = at / 100;
        expect(data.byteLength).toBe(bytes[index]);
        expect(data.every((byte) => byte === index)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

test("whatever is pushed, the ring starts with a key picture, stays in its bounds and loses nothing it still needs", () => {
  const stream = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 900 }), key: fc.boolean(), bytes: fc.nat(400) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(stream, fc.nat(5000), fc.integer({ min: 1, max: 20_000 }), (pictures, spanMs, bytes) => {
      const ring = new PreRollRing({ spanMs, bytes });
      const pushed: AccessUnit[] = [];
      let at = 0;
      for (const { gap, key, bytes: size } of pictures) {
        at += gap;
        pushed.push(picture(at, key, size));
        ring.push(pushed.at(-1)!);

        const all = ring.since(-1 as Uptime);
        expect(all[0]?.key ?? true).toBe(true);
        expect(ring.bytes).toBeLessThanOrEqual(bytes);
        expect(ring.bytes).toBe(all.reduce((sum, { data }) => sum + data.byteLength, 0));
        // An unbroken tail of what was pushed: no hole inside.
        expect(all).toEqual(all.length ? pushed.slice(-all.length) : []);
        const keys = all.filter((unit) => unit.key);
        if (keys.length > 1) expect(keys[1]!.at).toBeGreaterThan(at - spanMs);
      }
    }),
  );
});
