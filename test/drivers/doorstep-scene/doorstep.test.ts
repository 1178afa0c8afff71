// The simulated doorstep: picture, sensor and bell tell one story, at any speed.
import { describe, expect, test } from "vitest";
import { milliseconds, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SimulatedDoorstep, type VisitOptions } from "../../../drivers/doorstep-scene/doorstep.ts";
import { DOOR_M, PIR_RANGE_M, poseAt, sameMoment, visitMs } from "../../../drivers/doorstep-scene/visit.ts";

interface Seen {
  readonly what: string;
  readonly at: number;
  readonly distanceM: number | undefined;
  readonly reach: number | undefined;
}

/** Lets one visit happen on a clock that is told the time, and notes every event with what the picture showed just then. */
async function watch(options: VisitOptions, speed = 1): Promise<Seen[]> {
  const clock = new SimulatedClock();
  const doorstep = new SimulatedDoorstep(clock, speed);
  const stop = new AbortController();
  const seen: Seen[] = [];
  const note = (what: string): void => {
    const pose = doorstep.visitorAt(clock.uptime());
    seen.push({ what, at: clock.uptime(), distanceM: pose?.distanceM, reach: pose?.reach });
  };
  const listening = [
    (async () => {
      for await (const { active } of doorstep.pir.levels(stop.signal)) note(active ? "warm" : "cold");
    })(),
    (async () => {
      for await (const _ of doorstep.button.presses(stop.signal)) note("ring");
    })(),
  ];
  const visit = doorstep.visit(options).then(() => note("gone"));
  await clock.advance(seconds(60));
  await visit;
  stop.abort();
  await Promise.all(listening);
  return seen;
}

test("a visitor is sensed within range, rings with a finger on the bell, and is gone at the end", async () => {
  const seen = await watch({ staysS: 8 });

  expect(seen.map(({ what }) => what)).toEqual(["warm", "ring", "cold", "gone"]);
  expect(seen[0]!.distanceM).toBeCloseTo(PIR_RANGE_M, 1);
  expect(seen[1]).toMatchObject({ distanceM: DOOR_M, reach: 1 });
  expect(seen[2]!.distanceM).toBeCloseTo(PIR_RANGE_M, 1);
  expect(seen[3]!.distanceM).toBeUndefined();
});

test("a visitor who does not ring is sensed all the same", async () => {
  expect((await watch({ rings: false, staysS: 2 })).map(({ what }) => what)).toEqual(["warm", "cold", "gone"]);
});

test("at four times the speed the same things happen in a quarter of the time", async () => {
  const [slow, fast] = [await watch({ staysS: 8 }), await watch({ staysS: 8 }, 4)];

  expect(fast.map(({ what }) => what)).toEqual(slow.map(({ what }) => what));
  fast.forEach(({ at }, index) => expect(at * 4).toBeCloseTo(slow[index]!.at, 6));
});

test("while somebody is there nobody else comes", async () => {
  const clock = new SimulatedClock();
  const doorstep = new SimulatedDoorstep(clock);
  const first = doorstep.visit();

  expect(doorstep.visit()).toBe(first);
  await clock.advance(seconds(60));
  await first;
  expect(doorstep.visited).toBe(false);
  expect(doorstep.visit()).not.toBe(first);
});

test("each visit brings another visitor", async () => {
  const clock = new SimulatedClock();
  const doorstep = new SimulatedDoorstep(clock);
  const visitors: (number | undefined)[] = [];
  for (let visit = 0; visit < 3; visit++) {
    const going = doorstep.visit({ staysS: 1 });
    await clock.advance(seconds(2));
    visitors.push(doorstep.visitorAt(clock.uptime())?.visitor);
    await clock.advance(seconds(60));
    await going;
  }

  expect(visitors).toEqual([0, 1, 2]);
});

test("a visit that is called off ends the warmth too", async () => {
  const clock = new SimulatedClock();
  const doorstep = new SimulatedDoorstep(clock);
  const stop = new AbortController();
  const visit = doorstep.visit({}, stop.signal);
  await clock.advance(seconds(7));
  expect(doorstep.pir.active).toBe(true);
  stop.abort(new RangeError("enough"));

  await expect(visit).rejects.toThrow("enough");
  expect(doorstep.pir.active).toBe(false);
  expect(doorstep.visitorAt(clock.uptime())).toBeUndefined();
});

describe("the walk", () => {
  const plan = { visitor: 0, rings: true, staysMs: 8000 };

  test("has no jump: nobody moves faster than a person can", () => {
    for (let ms = 20; ms < visitMs(plan); ms += 20) {
      const [before, now] = [poseAt(plan, ms - 20)!, poseAt(plan, ms)!];
      expect(Math.abs(now.distanceM - before.distanceM)).toBeLessThan(0.05);
      expect(Math.abs(now.reach - before.reach)).toBeLessThan(0.1);
    }
  });

  test("a recording of another visit can show every moment of a longer one", () => {
    const longer = { ...plan, staysMs: 60_000 };
    for (let ms = 0; ms < visitMs(longer); ms += 100) {
      const other = poseAt(plan, sameMoment(longer, ms, plan)!)!;
      expect(other.distanceM).toBeCloseTo(poseAt(longer, ms)!.distanceM, 6);
      expect(other.leaving).toBe(poseAt(longer, ms)!.leaving);
    }
    expect(sameMoment(longer, visitMs(longer), plan)).toBeUndefined();
  });
});

test("a sensor that is triggered by hand is active for as long as it holds", async () => {
  const clock = new SimulatedClock();
  const { pir } = new SimulatedDoorstep(clock);
  const triggered = pir.trigger(milliseconds(1500));
  await clock.advance(milliseconds(1499));
  expect(pir.active).toBe(true);
  await clock.advance(milliseconds(2));
  await triggered;
  expect(pir.active).toBe(false);
});
