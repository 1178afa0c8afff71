// The clock that is told the time.
import { expect, test } from "vitest";
import { after, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

test("sleepers wake in the order they are due, each at its own time", async () => {
  const clock = new SimulatedClock();
  const woken: [string, number][] = [];
  for (const [name, span] of [
    ["late", 3],
    ["early", 1],
  ] as const)
    void clock.sleep(seconds(span)).then(() => woken.push([name, clock.uptime()]));

  await clock.advance(seconds(5));

  expect(woken).toEqual([
    ["early", 1000],
    ["late", 3000],
  ]);
  expect(clock.uptime()).toBe(5000);
});

test("an aborted sleep rejects with the reason it was given", async () => {
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(seconds(1), stop.signal);

  stop.abort("enough");

  await expect(sleeping).rejects.toBe("enough");
});

test("a cancelled timer never fires, however long one waits", async () => {
  const clock = new SimulatedClock();
  let fired = 0;
  const cancel = after(clock, seconds(1), () => fired++);
  after(clock, seconds(2), () => fired++);

  cancel();
  await clock.advance(seconds(10));

  expect(fired).toBe(1);
});

test("a step of the wall clock leaves uptime alone", () => {
  const clock = new SimulatedClock("2026-01-01T00:00:00Z");

  clock.step("2027-01-01T00:00:00Z");

  expect([clock.wall(), clock.uptime()]).toEqual([Date.parse("2027-01-01T00:00:00Z"), 0]);
});
