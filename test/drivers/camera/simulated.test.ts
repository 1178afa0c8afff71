// The simulated camera: drawn when there is ffmpeg, recorded when there is none, and in both cases in step with the visitor.
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { ReplayCamera } from "../../../drivers/camera/replay.ts";
import { RECORDING } from "../../../drivers/camera/simulated-recording.ts";
import { SimulatedCamera } from "../../../drivers/camera/simulated.ts";
import { milliseconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { SimulatedDoorstep } from "../../../drivers/doorstep-scene/doorstep.ts";
import { take } from "../../contract/camera.ts";
import { ffmpeg, scratchDirectory } from "./footage.ts";
import { standIn } from "./stand-in.ts";

const directory = scratchDirectory();
const file = fileURLToPath(RECORDING.file);
const hex = ({ data }: AccessUnit): string => Buffer.from(data).toString("hex");

/** Luma of the pictures in a stream of ours, one buffer a picture. */
function lumaOf(units: readonly AccessUnit[], width: number, height: number): Buffer[] {
  const raw = ffmpeg(
    ["-f", "h264", "-i", "-", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
    Buffer.concat(units.map(({ data }) => data)),
  );
  return Array.from({ length: raw.length / (width * height) }, (_, index) =>
    raw.subarray(index * width * height, (index + 1) * width * height),
  );
}

const difference = (a: Buffer, b: Buffer): number =>
  a.reduce((sum, luma, index) => sum + Math.abs(luma - b[index]!), 0) / a.length;

describe("drawn", () => {
  test("pictures come no faster than wanted, stamped with the moment they show", async () => {
    const clock = new SystemClock();
    const camera = new SimulatedCamera({ width: 320, height: 180, fps: 20 }, new SimulatedDoorstep(clock), clock);
    const units = await take(camera, 41);
    const span = units.at(-1)!.at - units[0]!.at;

    // A loaded machine may leave pictures out; it must not make up for them later.
    expect(span).toBeGreaterThan(1990);
    for (const [index, { at }] of units.entries()) if (index > 0) expect(at).toBeGreaterThan(units[index - 1]!.at);
  });

  test("a visitor can be seen while the sensor says that somebody is near", async () => {
    const clock = new SystemClock();
    const doorstep = new SimulatedDoorstep(clock, 8);
    const camera = new SimulatedCamera({ width: 320, height: 180, fps: 10 }, doorstep, clock);
    const stop = new AbortController();
    const units: AccessUnit[] = [];
    const near: boolean[] = [];
    let visit: Promise<void> | undefined;
    for await (const unit of camera.frames(stop.signal)) {
      units.push(unit);
      near.push((doorstep.visitorAt(unit.at)?.distanceM ?? Infinity) < 2);
      if (units.length === 5) visit = doorstep.visit({ staysS: 4 });
      if (units.length > 5 && !doorstep.visited) stop.abort();
    }
    await visit;
    const pictures = lumaOf(units, 320, 180);

    expect(near.filter(Boolean).length).toBeGreaterThan(2);
    const visited = near.flatMap((is, index) => (is ? [difference(pictures[index]!, pictures[0]!)] : []));
    const empty = pictures.slice(0, 5).map((picture) => difference(picture, pictures[0]!));
    // What moves of itself (leaves, light, cars) moves more between pictures on a loaded machine, which leaves some out.
    expect(Math.min(...visited)).toBeGreaterThan(3 * Math.max(...empty));
  });

  test("an ffmpeg that does not work is an error, not a reason to show a recording", async () => {
    const clock = new SystemClock();
    const broken = standIn(directory, { fault: "missing" }, "ffmpeg-v4l2");
    const camera = new SimulatedCamera(
      { width: 320, height: 180, fps: 10, ffmpeg: broken },
      new SimulatedDoorstep(clock),
      clock,
    );

    await expect(take(camera, 1)).rejects.toMatchObject({ code: "CAMERA_ENCODER_FAILED" });
  });
});

describe("recorded, where there is no ffmpeg", () => {
  test("the recording that ships with it is small enough to ship", () => {
    expect(statSync(file).size).toBeLessThanOrEqual(600_000);
  });

  test("it shows nobody until somebody comes, then the visit from its beginning to its end, then nobody", async () => {
    const replay = new ReplayCamera(
      { loop: false, speed: 100_000, width: 640, height: 360, fps: 10, file, ffmpeg: "/nowhere" },
      new SystemClock(),
    );
    const segments = (await take(replay, Infinity)).filter(({ key }) => key).map(hex);
    const clock = new SimulatedClock();
    const doorstep = new SimulatedDoorstep(clock);
    const camera = new SimulatedCamera(
      { width: 320, height: 180, fps: 10, ffmpeg: "/nowhere/ffmpeg" },
      doorstep,
      clock,
    );
    const stop = new AbortController();
    const shown: number[] = [];
    const times: number[] = [];
    const filming = (async () => {
      for await (const unit of camera.frames(stop.signal)) {
        times.push(unit.at);
        if (unit.key) shown.push(segments.indexOf(hex(unit)));
      }
    })();
    while (times.length === 0) await clock.advance(milliseconds(1));
    await clock.advance(milliseconds(500));
    const visit = doorstep.visit();
    for (let ms = 0; ms < 30_000; ms += 100) await clock.advance(milliseconds(100));
    await visit;
    stop.abort();
    await filming;

    // Two seconds each: nobody, the ten segments that begin during the visit, nobody again.
    expect(segments.length).toBe(15);
    expect(shown.slice(0, 11)).toEqual([0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(shown.slice(11).every((segment) => segment < 4)).toBe(true);
    expect(times.length).toBeGreaterThan(290);
    times.forEach((at, index) => expect(at - times[0]!).toBeCloseTo(index * 100, 3));
  });
});
