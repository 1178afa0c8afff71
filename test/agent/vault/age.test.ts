// How old clips are by clocks that leap, stop and start: nothing goes early, and nothing stays for ever.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Age, BELIEVED_AT_ONCE, observed, PROOF, resumed } from "../../../agent/vault/age.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { DAY_MS, NOON } from "./vault-rig.ts";

const HOUR = 3_600_000;
const YEAR = 365 * DAY_MS;
const at = (ms: number): WallTime => ms as WallTime;

/** Trusted readings every hour, the wall clock going with time. */
function live(age: Age, hours: number, from: number): Age {
  let now = age;
  for (let hour = 1; hour <= hours; hour++) now = observed(now, { elapsedMs: HOUR, wall: at(from + hour * HOUR) });
  return now;
}

/** A vault that has run for ten days with a good clock; its clips are ten days old. */
const settled = live(observed(resumed(), { elapsedMs: 0, wall: at(NOON) }), 240, NOON);
const NOW = NOON + 10 * DAY_MS;

test("while the agent runs, clips age as time passes, with or without a trusted clock", () => {
  expect(settled.agedMs).toBe(10 * DAY_MS);

  expect(observed(settled, { elapsedMs: 5 * HOUR }).agedMs).toBe(10 * DAY_MS + 5 * HOUR);
});

for (const leap of [YEAR, -YEAR, 3 * DAY_MS])
  test(`a clock that leaps ${leap / DAY_MS} days while the agent runs makes no clip older or younger`, () => {
    const after = observed(settled, { elapsedMs: HOUR, wall: at(NOW + HOUR + leap) });

    expect(after.agedMs).toBe(settled.agedMs + HOUR);
    expect(after.leapMs).toBe(leap);
    expect(live(after, 100, NOW + HOUR + leap).agedMs).toBe(settled.agedMs + 101 * HOUR);
  });

test("a night without power counts at once, when the clock is known again", () => {
  const untrusted = observed(resumed(settled), { elapsedMs: 60_000 });
  expect(untrusted.agedMs).toBe(settled.agedMs + 60_000);

  const known = observed(untrusted, { elapsedMs: 60_000, wall: at(NOW + 10 * HOUR) });

  expect(known.agedMs).toBe(settled.agedMs + 10 * HOUR);
});

test("a year without power counts only after the clock has stood by it for a day", () => {
  const back = observed(resumed(settled), { elapsedMs: 0, wall: at(NOW + YEAR) });
  expect(back.agedMs).toBe(settled.agedMs);
  expect(back.leapMs).toBe(YEAR);

  expect(live(back, 23, NOW + YEAR).agedMs).toBe(settled.agedMs + 23 * HOUR);
  expect(live(back, 24, NOW + YEAR).agedMs).toBe(settled.agedMs + 24 * HOUR + YEAR);
});

test("a device that is switched off every night proves its clock over several days", () => {
  let age = observed(resumed(settled), { elapsedMs: 0, wall: at(NOW + YEAR) });
  let wall = NOW + YEAR;
  for (let day = 0; day < 3; day++) {
    age = live(age, 8, wall);
    wall += DAY_MS;
    age = observed(resumed(age), { elapsedMs: 0, wall: at(wall) });
  }
  age = live(age, 1, wall);

  expect(age.agedMs).toBe(settled.agedMs + YEAR + 3 * DAY_MS + HOUR);
});

test("a wrong year that is put right the same day deletes nothing, wherever the correction comes", () => {
  const wrong = live(observed(resumed(settled), { elapsedMs: 0, wall: at(NOW + YEAR) }), 5, NOW + YEAR);

  const running = observed(wrong, { elapsedMs: HOUR, wall: at(NOW + 6 * HOUR) });
  expect(live(running, 48, NOW + 6 * HOUR).agedMs).toBe(settled.agedMs + 54 * HOUR);
  const restarted = observed(resumed(wrong), { elapsedMs: 0, wall: at(NOW + 6 * HOUR) });
  expect(live(restarted, 48, NOW + 6 * HOUR).agedMs).toBeLessThanOrEqual(settled.agedMs + 54 * HOUR);
});

test("a clock set back while the agent was off makes no clip younger", () => {
  const back = observed(resumed(settled), { elapsedMs: 0, wall: at(NOW - YEAR) });

  expect(back.agedMs).toBe(settled.agedMs);
  expect(live(back, 24, NOW - YEAR).agedMs).toBe(settled.agedMs + DAY_MS);
});

test("within one run of the agent clips age exactly as time passes, whatever the wall clock does", () => {
  const reading = fc.record({
    elapsedMs: fc.integer({ min: 0, max: 6 * HOUR }),
    leap: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -2 * YEAR, max: 2 * YEAR })),
    trusted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 60 }), (readings) => {
      let age = observed(resumed(settled), { elapsedMs: 0, wall: at(NOW) });
      let wall: number = NOW;
      let passed = 0;
      for (const { elapsedMs, leap, trusted } of readings) {
        wall = Math.max(0, wall + elapsedMs + leap);
        passed += elapsedMs;
        age = observed(age, trusted ? { elapsedMs, wall: at(wall) } : { elapsedMs });
      }
      return age.agedMs === settled.agedMs + passed;
    }),
  );
});

test("with restarts in between, no single reading adds more than is believed at once, unless it was proven for a day", () => {
  const step = fc.record({
    restart: fc.boolean(),
    elapsedMs: fc.integer({ min: 0, max: 2 * HOUR }),
    leap: fc.oneof(fc.constant(0), fc.integer({ min: -YEAR, max: YEAR })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let age = observed(resumed(settled), { elapsedMs: 0, wall: at(NOW) });
      let wall: number = NOW;
      for (const { restart, elapsedMs, leap } of steps) {
        wall = Math.max(0, wall + elapsedMs + leap);
        const before = restart ? resumed(age) : age;
        const next = observed(before, { elapsedMs, wall: at(wall) });
        const added = next.agedMs - before.agedMs - elapsedMs;
        const proven = before.confirmedMs + elapsedMs >= PROOF;
        if (added < 0 || (added > BELIEVED_AT_ONCE && !proven)) return false;
        age = next;
      }
      return true;
    }),
  );
});
