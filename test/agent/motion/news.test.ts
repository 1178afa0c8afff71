// When news of motion is told to those who may know, with the zones that it waits for.
import { expect, test } from "vitest";
import type { DoorEvent } from "../../../agent/consent/judge.ts";
import { MotionNews, type MotionNewsOptions } from "../../../agent/motion/news.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

function rig(options: Partial<MotionNewsOptions> = {}) {
  const clock = new SimulatedClock();
  const told: unknown[] = [];
  const news = new MotionNews({
    ...{ clock, clockTrusted: () => true, video: false, needsZones: false },
    began: ({ triggers, zones }: DoorEvent) => void told.push([triggers, zones]),
    ended: () => void told.push("ended"),
    ...options,
  });
  return { news, clock, told };
}

test("without zones in anybody's policy the sensor's word is told at once, and its end", () => {
  const { news, told } = rig();

  news.pir(true);
  news.pir(false);

  expect(told).toEqual([[["pir"], "unknown"], "ended"]);
});

test("where somebody's permission depends on zones, the news waits until one has been entered", async () => {
  const { news, clock, told } = rig({ needsZones: true });
  news.analysing(true);

  news.pir(true);
  await clock.advance(seconds(2));
  const early = [...told];
  news.moved(["path"]);

  expect([early, told]).toEqual([[], [[["pir"], ["path"]]]]);
});

test("zones that nobody enters are not waited for longer than five seconds", async () => {
  const seeing = rig({ needsZones: true });
  const blind = rig({ needsZones: true });
  seeing.news.analysing(true);

  for (const { news, clock } of [seeing, blind]) {
    news.pir(true);
    await clock.advance(seconds(5));
  }

  expect(seeing.told).toEqual([[["pir"], []]]);
  expect(blind.told).toEqual([[["pir"], "unknown"]]);
});

test("the sensor and the picture seeing one visitor are one piece of news, ended by the later of both", () => {
  const { news, told } = rig({ video: true });
  news.analysing(true);

  news.picture(true);
  news.pir(true);
  news.picture(false);
  const still = [...told];
  news.pir(false);

  expect(still).toEqual([[["motion"], []]]);
  expect(told).toEqual([...still, "ended"]);
});

test("motion in the picture is no news by itself unless the owner made it a trigger", () => {
  const { news, told } = rig({ video: false });

  news.picture(true);
  news.picture(false);

  expect(told).toEqual([]);
});

test("the zones of one visitor are not told of the next", async () => {
  const { news, told, clock } = rig({ needsZones: true });
  news.analysing(true);
  news.pir(true);
  news.moved(["path"]);
  news.pir(false);

  news.pir(true);
  await clock.advance(seconds(5));

  expect(told.at(-1)).toEqual([["pir"], []]);
});
