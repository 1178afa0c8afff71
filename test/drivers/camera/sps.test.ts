// Reading the sequence parameter set: what x264 writes for known settings, and every way it can be damaged.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nalType, nalUnits } from "../../../drivers/camera/nal-unit.ts";
import { parsePpsId, parseSps } from "../../../drivers/camera/sps.ts";
import { h264 } from "./footage.ts";

const find = (stream: Uint8Array, type: number): Buffer => {
  for (const unit of nalUnits(stream)) if (nalType(unit[0]!) === type) return unit;
  throw new RangeError(`no NAL unit of type ${type}`);
};

const CASES = [
  { name: "a 720p high profile stream", size: "1280x720", x264: "level=4.1:8x8dct=1", profile: 100, level: 41 },
  { name: "a baseline stream", size: "640x360", x264: "level=3.0:cabac=0:8x8dct=0:weightp=0", profile: 66, level: 30 },
  { name: "a main profile stream", size: "640x480", x264: "level=3.1:cabac=1:8x8dct=0", profile: 77, level: 31 },
  { name: "1080p, cropped from 1088 lines", size: "1920x1080", x264: "level=4.0:8x8dct=1", profile: 100, level: 40 },
  { name: "a picture cropped on both sides", size: "326x182", x264: "level=2.0:8x8dct=1", profile: 100, level: 20 },
] as const;

for (const { name, size, x264, profile, level } of CASES) {
  test(`reads profile, level, size and frame rate of ${name}`, () => {
    const sps = parseSps(find(h264({ frames: 1, size, x264, fps: 15 }), 7));
    const [width, height] = size.split("x").map(Number);

    expect(sps).toMatchObject({ id: 0, profile, level, width, height, progressive: true, fps: 15, reorderFrames: 0 });
    expect(sps!.codec).toMatch(
      new RegExp(`^avc1\\.${profile.toString(16)}[0-9a-f]{2}${level.toString(16).padStart(2, "0")}$`),
    );
  });
}

test("an interlaced stream is recognised, and its height counts both fields", () => {
  expect(parseSps(find(h264({ frames: 1, size: "320x240", x264: "tff=1" }), 7))).toMatchObject({
    width: 320,
    height: 240,
    progressive: false,
  });
});

test("reads the number of a picture parameter set", () => {
  expect(parsePpsId(find(h264({ frames: 1 }), 8))).toBe(0);
});

for (const [name, bytes] of [
  ["nothing", []],
  ["another NAL unit", [0x68, 0xce, 0x3c, 0x80]],
  ["an SPS that stops after its level", [0x67, 0x64, 0x00, 0x29]],
  ["an SPS of zeros", [0x67, ...Array.from({ length: 40 }, () => 0)]],
] as const) {
  test(`makes nothing of ${name} instead of guessing`, () => expect(parseSps(Uint8Array.from(bytes))).toBeUndefined());
}

test("whatever bytes it is given, it answers with a sensible picture size or with nothing", () => {
  const real = find(h264({ frames: 1 }), 7);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(real.length), (noise, keep) => {
      const sps = parseSps(Buffer.concat([real.subarray(0, keep), noise]));
      if (sps) {
        expect(sps.width).toBeGreaterThan(0);
        expect(sps.height).toBeLessThanOrEqual(16_384);
      }
    }),
    { numRuns: 2000 },
  );
});
