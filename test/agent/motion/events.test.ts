// From verdicts on single pictures to visits: when one begins, ends, and is the same as before.
import { expect, test } from "vitest";
import type { Verdict } from "../../../agent/motion/detector.ts";
import { EventTracker, type MotionEvent } from "../../../agent/motion/events.ts";

const somebody = (sinceMs: number, zones: readonly string[] = [], strength = 0.1): Verdict => ({
  ...{ present: true, sinceMs, zones, strength, suspects: false },
});
const nobody = (absence: NonNullable<Verdict["absence"]>): Verdict => ({
  ...{ present: false, zones: [], strength: 0, absence, suspects: false },
});

/** Five verdicts a second; what `verdicts` says of a second holds for all of it. */
function track(...verdicts: Verdict[]): { events: string[]; tracker: EventTracker } {
  const tracker = new EventTracker();
  const events: string[] = [];
  const told = ({ startMs, endMs }: MotionEvent, atMs: number): void =>
    void events.push(`${startMs / 1000}–${endMs / 1000} told at ${atMs / 1000}`);
  for (const [second, verdict] of verdicts.entries())
    for (let picture = 0; picture < 5; picture++) {
      const atMs = second * 1000 + picture * 200;
      const ended = tracker.push(verdict, atMs);
      if (ended) told(ended, atMs);
    }
  const last = tracker.end();
  if (last) told(last, verdicts.length * 1000);
  return { events, tracker };
}

test("whoever was seen to leave is gone after a second and a half, whoever vanished after two and a half", () => {
  expect(track(somebody(0), nobody("left"), nobody("left"), nobody("left")).events).toEqual(["0–0.8 told at 2.4"]);
  expect(track(somebody(0), ...Array.from({ length: 4 }, () => nobody("unseen"))).events).toEqual([
    "0–0.8 told at 3.4",
  ]);
});

test("while it is doubtful whether somebody is there the event stays open, and its end is when they were last certain", () => {
  const doubt = Array.from({ length: 5 }, () => nobody("doubtful"));

  expect(track(somebody(0), ...doubt, nobody("left")).events).toEqual(["0–0.8 told at 6"]);
  expect(track(somebody(0), ...doubt, somebody(0)).events).toEqual(["0–6.8 told at 7"]);
});

test("somebody new who comes during the doubt is another visit, which begins with the same picture", () => {
  const tracker = new EventTracker();
  tracker.push(somebody(0), 0);
  tracker.push(nobody("doubtful"), 2000);

  const ended = tracker.push(somebody(3000), 3400);

  expect([ended?.endMs, tracker.current?.startMs]).toEqual([0, 3000]);
});

test("somebody who is hidden for a moment is the same visit", () => {
  const hidden = nobody("unseen");

  expect(track(somebody(0), hidden, hidden, somebody(0)).events).toEqual(["0–3.8 told at 4"]);
});

test("with sparse pictures one without anybody ends a visit that was seen to leave, two one that was not", () => {
  const seen = [nobody("left"), nobody("unseen")].map((absence) => {
    const tracker = new EventTracker();
    tracker.push(somebody(0), 0);
    return [tracker.push(absence, 3000)?.endMs, tracker.push(absence, 6000)?.endMs];
  });

  expect(seen).toEqual([
    [0, undefined],
    [undefined, 0],
  ]);
});

test("zones are named in the order they were entered, the strength is the greatest", () => {
  const tracker = new EventTracker();
  tracker.push(somebody(0, ["gate"], 0.1), 0);
  tracker.push(somebody(0, ["path", "gate"], 0.4), 200);
  tracker.push(somebody(0, ["door"], 0.2), 400);

  expect(tracker.end()).toEqual({ startMs: 0, endMs: 400, zones: ["gate", "path", "door"], peak: 0.4 });
  expect(tracker.end()).toBeUndefined();
});
