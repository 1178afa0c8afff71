// How often a receiver asks for what is missing of a clip.
import { expect, test } from "vitest";
import { Patience } from "../../../agent/receiver/patience.ts";
import { hours, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

function waiting(): { clock: SimulatedClock; patience: Patience; log: string[] } {
  const clock = new SimulatedClock();
  const log: string[] = [];
  const note =
    (what: string) =>
    (clip: string): void =>
      void log.push(`${Math.round(clock.uptime() / 1000)} ${what} ${clip}`);
  return { clock, patience: new Patience(clock, seconds(20), note("ask"), note("give up")), log };
}

test("a receiver that gets no answer asks ever more rarely, eight times, and then gives up", async () => {
  const { clock, patience, log } = waiting();

  patience.heard("a");
  await clock.advance(hours(48));

  expect(log).toEqual([...[20, 60, 140, 300, 620, 1260, 2540, 5100].map((at) => `${at} ask a`), "10220 give up a"]);
});

test("every piece that comes starts the quiet time again, for its own clip only", async () => {
  const { clock, patience, log } = waiting();

  patience.heard("a");
  patience.heard("b");
  await clock.advance(seconds(15));
  patience.heard("a");
  await clock.advance(seconds(19));

  expect(log).toEqual(["20 ask b"]);
});

test("nothing is asked about a clip that is complete, nor after the receiver has stopped", async () => {
  const { clock, patience, log } = waiting();

  patience.heard("a");
  patience.heard("b");
  patience.done("a");
  await clock.advance(seconds(10));
  patience.stop();
  await clock.advance(hours(1));

  expect(log).toEqual([]);
});
