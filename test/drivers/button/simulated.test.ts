// The bell push without a wire.
import { expect, test } from "vitest";
import { SimulatedButton } from "../../../drivers/button/simulated.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

test("each press is reported once, in order, those before anybody listened too", async () => {
  const clock = new SimulatedClock();
  const button = new SimulatedButton(clock);
  const stop = new AbortController();
  button.press();
  await clock.advance(seconds(2));
  button.press();

  const times: number[] = [];
  for await (const { at } of button.presses(stop.signal)) if (times.push(at) === 2) stop.abort();

  expect(times).toEqual([0, 2000]);
});
