// Reading a child's pictures as they come: promptly, without ever stopping, and with a limit to what may wait.
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { LibcameraCamera } from "../../../drivers/camera/libcamera.ts";
import { liveUnits } from "../../../drivers/camera/live-stream.ts";
import { type Uptime, seconds } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { DriverError } from "../../../drivers/error.ts";
import { startProcess } from "../../../drivers/process/process.ts";
import { h264File, picturesOf, scratchDirectory } from "./footage.ts";
import { standIn } from "./stand-in.ts";

const directory = scratchDirectory();
const clock = new SystemClock();

test("a picture comes out when it is complete, not when the next one begins", async () => {
  const program = standIn(directory);
  const camera = new LibcameraCamera({ index: 0, width: 320, height: 240, fps: 5, rotation: 0, program }, clock);
  const stop = new AbortController();
  const lags: number[] = [];
  for await (const { at } of camera.frames(stop.signal)) if (lags.push(clock.uptime() - at) === 8) stop.abort();

  // At five pictures a second the next one begins 200 ms later.
  expect(lags.sort((a, b) => a - b)[4]).toBeLessThan(120);
});

test("for a consumer that stands still, pictures are dropped up to a key picture, and memory stays bounded", async () => {
  const frames = 120;
  const file = h264File(join(directory, "busy.h264"), { frames, size: "1280x720", gop: 15, x264: "qp=4" });
  const child = startProcess({ program: "cat", args: [file] }, clock);
  const ended = new DriverError("CAMERA_PROGRAM_DIED", "cat has come to the end");
  const units: AccessUnit[] = [];
  let reason: unknown;
  let last = 0;
  const options = {
    child,
    clock,
    stamp: (): Uptime => ++last as Uptime,
    whyEnded: () => ended,
    whySilent: () => ended,
  };
  try {
    for await (const unit of liveUnits(options, new AbortController().signal)) {
      // Only after the first picture does the consumer pause, until everything has been written.
      if (units.push(unit) === 1) await child.ended;
    }
  } catch (error) {
    reason = error;
  }

  expect(reason).toBe(ended);
  expect(last).toBe(frames);
  expect(units.length).toBeLessThan(frames);
  const held = units.slice(1).reduce((sum, { data }) => sum + data.length, 0);
  expect(held).toBeLessThanOrEqual(8 * 1024 * 1024);
  expect(held).toBeGreaterThan(6 * 1024 * 1024);
  // After each gap it goes on with a key picture.
  for (const [index, { at, key }] of units.entries())
    if (index > 0 && at !== units[index - 1]!.at + 1) expect(key).toBe(true);
  expect(picturesOf(Buffer.concat(units.map(({ data }) => data))).length).toBe(units.length);
});

test("a camera that sends bytes but never a picture is given up after the time for its start", async () => {
  const child = startProcess({ program: "sh", args: ["-c", "while :; do echo nothing; sleep 0.05; done"] }, clock);
  const silent = new DriverError("CAMERA_STALLED", "no picture");
  const options = { child, clock, stamp: (at: Uptime) => at, whyEnded: () => silent, whySilent: () => silent };

  await expect(liveUnits({ ...options, startLimit: seconds(0.4) }, new AbortController().signal).next()).rejects.toBe(
    silent,
  );
});

test("the stream is read to its end even when nobody takes a picture", async () => {
  const file = h264File(join(directory, "small.h264"), { frames: 100, size: "640x480", x264: "qp=4" });
  const child = startProcess({ program: "cat", args: [file] }, clock);
  const ended = new DriverError("CAMERA_PROGRAM_DIED", "cat has come to the end");
  const options = { child, clock, stamp: (at: Uptime) => at, whyEnded: () => ended, whySilent: () => ended };
  const units = liveUnits(options, new AbortController().signal);
  await units.next();

  // cat would wait for ever in its write if nobody read on.
  expect(await child.ended).toMatchObject({ cause: "exited", code: 0 });
  await units.return();
});
