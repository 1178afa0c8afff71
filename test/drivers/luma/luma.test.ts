// Small grey pictures out of real H.264, each with its own time.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { FfmpegLuma } from "../../../drivers/luma/ffmpeg.ts";
import type { LumaFrame } from "../../../drivers/luma/luma.ts";
import { Y4mReader } from "../../../drivers/luma/y4m.ts";
import { footage, run, temporaryDirectory } from "../../agent/capture/footage.ts";

const luma = new FfmpegLuma(new SystemClock());
const never = new AbortController().signal;

/** Decodes as many of `units` as ought to come out. */
async function decoded(units: readonly AccessUnit[], every: "key" | number, count: number): Promise<LumaFrame[]> {
  const stop = new AbortController();
  const stream = luma.decode({ width: 160, every }, stop.signal);
  for (const unit of units) stream.push(unit);
  const frames: LumaFrame[] = [];
  for await (const frame of stream.frames) if (frames.push(frame) === count) stop.abort();
  return frames;
}

test("each key picture comes out small, grey and with its own time", async () => {
  const units = footage({ seconds: 4, keyEvery: 15, size: "640x360" });

  const frames = await decoded(units, "key", 4);

  expect(frames.map(({ width, height, at }) => [width, height, at])).toEqual(
    units.filter(({ key }) => key).map(({ at }) => [160, 90, at]),
  );
});

test("every third picture comes out with its own time, and looks as it should", async () => {
  const units = footage({ seconds: 2, size: "320x180" });

  const frames = await decoded(units, 3, 10);

  expect(frames.map(({ at }) => at)).toEqual(units.filter((_, n) => n % 3 === 0).map(({ at }) => at));
  const expected = run(
    "ffmpeg",
    "-v error -f lavfi -i testsrc2=size=320x180:rate=15 -frames:v 1 -vf scale=160:90:flags=area -pix_fmt gray -f rawvideo -".split(
      " ",
    ),
  );
  const off = frames[0]!.pixels.reduce((sum, pixel, at) => sum + Math.abs(pixel - expected[at]!), 0) / expected.length;
  expect(off).toBeLessThan(6);
});

test("without attention key pictures come out; with it again, those since the last key picture, each with its own time", async () => {
  const units = footage({ seconds: 4, keyEvery: 15, size: "320x180" });
  const stop = new AbortController();
  const stream = luma.decode({ width: 160, every: 5 }, stop.signal);
  stream.attend(false);
  for (const unit of units.slice(0, 35)) stream.push(unit);
  stream.attend(true);
  for (const unit of units.slice(35)) stream.push(unit);

  const frames: LumaFrame[] = [];
  for await (const frame of stream.frames) if (frames.push(frame) === 8) stop.abort();

  const wanted = [0, 15, 30, 35, 40, 45, 50, 55];
  expect(frames.map(({ at }) => at)).toEqual(wanted.map((n) => units[n]!.at));
});

test("a key picture is decoded at once and does not wait for the next", async () => {
  const units = footage({ seconds: 3 }).filter(({ key }) => key);
  const stop = new AbortController();
  const stream = luma.decode({ width: 160, every: "key" }, stop.signal);
  const frames: LumaFrame[] = [];
  stream.push(units[0]!);

  // The next unit is given only when the picture before it has come out: would it wait, this would never end.
  for await (const frame of stream.frames) {
    frames.push(frame);
    const next = units[frames.length];
    if (next) stream.push(next);
    else stop.abort();
  }

  expect(frames.map(({ at }) => at)).toEqual(units.map(({ at }) => at));
});

test("looking ends when it is told to, and nothing is left running", async () => {
  const stop = new AbortController();
  const stream = luma.decode({ width: 160, every: "key" }, stop.signal);
  for (const unit of footage({ seconds: 2 })) stream.push(unit);
  let seen = 0;

  for await (const frame of stream.frames) {
    seen += frame.width / 160;
    stop.abort();
  }

  expect(seen).toBe(1);
});

test("a stream that does not begin with a key picture is taken up at the next", async () => {
  const units = footage({ seconds: 3 });

  const frames = await decoded(units.slice(7), 1, 30);

  expect(frames.map(({ at }) => at)).toEqual(units.slice(15).map(({ at }) => at));
});

test("a recording gives as many pictures a second as asked for", async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "recording.mp4");
  run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=384x288:rate=10", "-t", "3", file]);

  const frames = await Array.fromAsync(luma.framesOfFile(file, 160, 5));

  expect(frames.map(({ at }) => at)).toEqual(Array.from({ length: 15 }, (_, n) => n * 200));
  expect(frames[0]).toMatchObject({ width: 160, height: 120 });
});

test.each([
  ["is missing", undefined],
  ["is not a video", "nothing to see here"],
])("a recording that %s is named in the error", async (_, content) => {
  using directory = temporaryDirectory();
  const file = join(directory.path, "recording.mp4");
  if (content !== undefined) writeFileSync(file, content);

  await expect(Array.fromAsync(luma.framesOfFile(file, 160, 5))).rejects.toMatchObject({ code: "LUMA_UNDECODABLE" });
});

test("without ffmpeg the error says what to install", async () => {
  const missing = new FfmpegLuma(new SystemClock(), "/nonexistent/ffmpeg");

  const { frames } = missing.decode({ width: 160, every: "key" }, never);
  await expect(Array.fromAsync(frames)).rejects.toMatchObject({ code: "LUMA_DECODER_MISSING" });
});

test("grey pictures are cut out of the stream whatever the size of its chunks", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(4),
      fc.array(fc.integer({ min: 1, max: 40 })),
      (width, height, count, sizes) => {
        const pictures = Array.from({ length: count }, (_, n) => new Uint8Array(width * height).fill(n * 31 + 10));
        const header = Buffer.from(`YUV4MPEG2 W${width} H${height} F5:1 Ip A0:0 Cmono XYSCSS=400\n`);
        const stream = Buffer.concat([header, ...pictures.flatMap((pixels) => [Buffer.from("FRAME\n"), pixels])]);
        const reader = new Y4mReader();
        const found: Uint8Array[] = [];
        for (let offset = 0, n = 0; offset < stream.length; n++) {
          const size = sizes.length ? sizes[n % sizes.length]! : stream.length;
          for (const { pixels } of reader.push(stream.subarray(offset, offset + size))) found.push(pixels);
          offset += size;
        }
        expect(found).toEqual(pictures);
      },
    ),
  );
});

test.each(["YUV4MPEG2 W0 H5 F5:1 Cmono\n", "YUV4MPEG2 W99999 H99999 F5:1 Cmono\n", "RIFF\n", "x".repeat(500)])(
  "a stream that begins with %j is refused",
  (header) => {
    expect(() => [...new Y4mReader().push(Buffer.from(header))]).toThrow(RangeError);
  },
);
