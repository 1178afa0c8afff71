// The camera is closed while the card has no room, and opened again when it has.
import { expect, test } from "vitest";
import { CardKeeper } from "../../agent/card-keeper.ts";
import { seconds } from "../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../drivers/clock/simulated.ts";

function rig() {
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const told: string[] = [];
  const faults: unknown[] = [];
  let freeBytes = 100;
  let looks = 0;
  const card = new CardKeeper({
    clock,
    spool: { bytes: () => Promise.resolve(7) },
    sweeper: () => ({
      sweep: () => Promise.resolve({ removed: [], failed: [] }),
      makeRoom: (bytes) => {
        looks++;
        if (freeBytes < 0) return Promise.reject(new Error("the card does not answer"));
        return Promise.resolve({ removed: [], failed: [], freeBytes, enough: freeBytes >= bytes });
      },
    }),
    capture: () => ({
      open: (reason) => void told.push(`open ${reason}`),
      close: (reason) => Promise.resolve(void told.push(`close ${reason}`)),
    }),
    alarm: (detail) => told.push(detail),
    onFault: (error) => faults.push(error),
    stop: stop.signal,
  });
  return { card, clock, told, faults, stop, free: (bytes: number) => (freeBytes = bytes), looks: () => looks };
}

test("a card without room for the next clip closes the camera with one alarm, and opens it when there is room", async () => {
  const { card, clock, told, free } = rig();
  await card.afterClip(60);
  await card.makeRoom();
  await clock.advance(seconds(30));
  expect(told).toEqual(["100 bytes are free, and deleting clips would not make room enough", "close card full"]);

  free(1e9);
  await clock.advance(seconds(5));
  expect(told.slice(2)).toEqual(["open card full"]);
  expect(card.spoolBytes).toBe(7);
});

test("a card with room is looked at after each clip, and never in between", async () => {
  const { card, clock, told, looks } = rig();
  await card.afterClip(50);
  await clock.advance(seconds(600));

  expect(told).toEqual([]);
  expect(looks()).toBe(1);
});

test("a card that cannot even be asked stays a fault, and the camera closed, until it answers", async () => {
  const { card, clock, told, faults, free } = rig();
  await card.makeRoom(200);
  free(-1);
  await clock.advance(seconds(11));
  expect([told.length, faults.length]).toEqual([2, 2]);

  free(300);
  await clock.advance(seconds(5));
  expect(told.at(-1)).toBe("open card full");
});

test("waiting for room ends with the recorder, without opening anything", async () => {
  const { card, clock, told, stop } = rig();
  await card.makeRoom(200);
  stop.abort();
  await clock.advance(seconds(60));

  expect(told.filter((each) => each.startsWith("open"))).toEqual([]);
});
