// The time of a sample, from counts that are exact and arrivals that are not.
import { expect, test } from "vitest";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { SampleClock } from "../../../drivers/microphone/sample-clock.ts";
import { randomness } from "../../agent/motion/scenery.ts";

const RATE = 48_000;

/** Feeds ten minutes of 20 ms periods that arrive up to `jitterMs` late; returns the largest error after the first second. */
function worstError({ ppm = 0, jitterMs = 15, gapAt = Infinity, gapMs = 0, settleMs = 6000 }): number {
  const random = randomness(11);
  const clock = new SampleClock(RATE);
  let worst = 0;
  for (let period = 1; period <= 30_000; period++) {
    const samples = period * 960;
    const cardMs = (samples / RATE) * 1000;
    const gap = cardMs >= gapAt ? gapMs : 0;
    const captured = 5000 + cardMs / (1 + ppm / 1e6) + gap;
    // Now and then the machine is busy for a while.
    const late = random() < 0.01 ? 180 * random() : jitterMs * random();
    clock.arrived(samples, (captured + late) as Uptime);
    const settling = captured < 6000 || (cardMs >= gapAt && cardMs < gapAt + settleMs);
    if (!settling) worst = Math.max(worst, Math.abs(clock.timeOf(samples) - captured));
  }
  return worst;
}

test.each([0, 100, -100, 300])(
  "a crystal that is off by %d ppm stays within ten milliseconds for ten minutes",
  (ppm) => {
    expect(worstError({ ppm })).toBeLessThan(10);
  },
);

test("a gap that nobody announced is noticed within six seconds", () => {
  expect(worstError({ gapAt: 60_000, gapMs: 500 })).toBeLessThan(10);
});

test("time never runs backwards by more than a millisecond from one period to the next", () => {
  const random = randomness(3);
  const clock = new SampleClock(RATE);
  let before = 0;
  for (let period = 1; period < 5000; period++) {
    clock.arrived(period * 960, (period * 20 + 40 * random()) as Uptime);
    const now = clock.timeOf(period * 960);
    if (period > 60) expect(now - before).toBeGreaterThan(19);
    before = now;
  }
});
