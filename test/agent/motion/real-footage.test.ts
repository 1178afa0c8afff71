// The detector over real footage, against events that people labelled.
import { expect, test } from "vitest";
import { MotionDetector } from "../../../agent/motion/detector.ts";
import { EventTracker, type MotionEvent } from "../../../agent/motion/events.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { FfmpegLuma } from "../../../drivers/luma/ffmpeg.ts";
import { footage } from "../../footage.ts";

const NOT_HERE = "the footage of opencv-doc is not here: set DOORSTEP_FOOTAGE to the folder it is in";

async function watch(
  file: string,
  fps: number,
  sensitivity: number,
): Promise<{ events: MotionEvent[]; lastMs: number }> {
  const tracker = new EventTracker();
  const events: (MotionEvent | undefined)[] = [];
  let detector: MotionDetector | undefined;
  let lastMs = 0;
  for await (const { width, height, pixels, at } of new FfmpegLuma(new SystemClock()).framesOfFile(file, 160, fps)) {
    detector ??= new MotionDetector({ width, height, zones: [], sensitivity });
    events.push(tracker.push(detector.frame(pixels, at), at));
    lastMs = at;
  }
  events.push(tracker.end());
  return { events: events.filter((event) => event !== undefined), lastMs };
}

test.for([
  [5, 0.3],
  [5, 0.5],
  [5, 0.8],
  [1, 0.5],
  [0.5, 0.5],
] as const)(
  "a tree in strong wind is nobody, and the hand that comes is one event (%d a second, sensitivity %d)",
  async ([fps, sensitivity], { skip }) => {
    const file = footage("tree.avi");
    if (file === undefined) return skip(NOT_HERE);

    const { events, lastMs } = await watch(file, fps, sensitivity);

    expect(events).toHaveLength(1);
    expect(Math.abs(events[0]!.startMs - 22_800)).toBeLessThanOrEqual(Math.max(1000, 500 + 1000 / fps));
    expect(events[0]!.endMs).toBeGreaterThan(lastMs - 2100);
  },
);

test.for([
  [5, 0.4],
  [5, 0.5],
  [5, 0.8],
  [1, 0.5],
  [0.5, 0.5],
] as const)(
  "people who cross a yard all the time are one long event (%d a second, sensitivity %d)",
  async ([fps, sensitivity], { skip }) => {
    const file = footage("vtest.avi");
    if (file === undefined) return skip(NOT_HERE);

    const { events } = await watch(file, fps, sensitivity);

    expect(events).toHaveLength(1);
    expect(events[0]!.endMs - events[0]!.startMs).toBeGreaterThanOrEqual(0.95 * 79_500);
  },
);
