// The sensor that is told what it senses.
import { expect, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SimulatedPir } from "../../../drivers/pir/simulated.ts";

test("each change of what it senses is reported once, with its time, until the abort", async () => {
  const clock = new SimulatedClock();
  const pir = new SimulatedPir(clock);
  const stop = new AbortController();
  const seen: { active: boolean; at: number }[] = [];
  const listening = (async () => {
    for await (const level of pir.levels(stop.signal)) seen.push({ ...level });
  })();

  await clock.advance(seconds(1));
  for (const active of [true, true, false, false]) pir.sense(active);
  const triggered = pir.trigger(seconds(2));
  await clock.advance(seconds(3));
  await triggered;
  stop.abort();
  await listening;

  expect(seen).toEqual([
    { active: true, at: 1000 },
    { active: false, at: 1000 },
    { active: true, at: 1000 },
    { active: false, at: 3000 },
  ]);
});

test("changes that nobody takes are kept, but only so many", async () => {
  const pir = new SimulatedPir(new SimulatedClock());
  for (let change = 0; change < 1000; change++) pir.sense(change % 2 === 0);
  const stop = new AbortController();
  let count = 0;
  for await (const _ of pir.levels(stop.signal)) if (++count === 64) setImmediate(() => stop.abort());

  expect(count).toBe(64);
});
