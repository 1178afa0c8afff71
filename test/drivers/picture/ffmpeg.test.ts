// Pictures in colour out of key pictures, whatever their size and format.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { DriverError } from "../../../drivers/error.ts";
import { FfmpegPictureDecoder } from "../../../drivers/picture/ffmpeg.ts";
import type { Picture } from "../../../drivers/picture/picture.ts";

const decoder = new FfmpegPictureDecoder(new SystemClock());

/** Key access units only, as many as `frames`, of what lavfi's `picture` draws. */
function keyUnits(picture: string, frames: number, pixels = "yuv420p"): Uint8Array[] {
  const words = `-v error -f lavfi -i ${picture} -frames:v ${frames} -c:v libx264 -preset ultrafast -g 1 -pix_fmt ${pixels} -bsf:v h264_metadata=aud=insert -f h264 -`;
  const stream = execFileSync("ffmpeg", words.split(" "), { maxBuffer: 2 ** 28 });
  const delimiter = Buffer.from([0, 0, 0, 1, 9]);
  const starts: number[] = [];
  for (let at = stream.indexOf(delimiter); at >= 0; at = stream.indexOf(delimiter, at + 1)) starts.push(at);
  return starts.map((start, n) => stream.subarray(start, starts[n + 1]));
}

async function collect(pictures: AsyncIterable<Picture>): Promise<Picture[]> {
  const all: Picture[] = [];
  for await (const picture of pictures) all.push(picture);
  return all;
}

const colourAt = ({ rgb, width }: Picture, x: number, y: number): number[] =>
  Array.from(rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));

test("each key picture comes out once, in order, scaled to fit and in its own colours", async () => {
  const red = keyUnits("color=red:size=320x180", 1);
  const blue = keyUnits("color=blue:size=320x180", 1);

  const pictures = await collect(decoder.decode([...red, ...blue, ...red, ...red], { maxWidth: 160 }));

  expect(pictures.map(({ width, height }) => `${width}×${height}`)).toEqual(Array(4).fill("160×90"));
  const dominant = pictures.map((picture) => {
    const [r, , b] = colourAt(picture, 80, 45);
    return r! > b! ? "red" : "blue";
  });
  expect(dominant).toEqual(["red", "blue", "red", "red"]);
});

test("a small picture is not blown up, and one alone is enough", async () => {
  const [unit] = keyUnits("testsrc2=size=64x48", 1);

  const [picture, ...more] = await collect(decoder.decode([unit!], { maxWidth: 1000 }));

  expect([picture!.width, picture!.height, picture!.rgb.length]).toEqual([64, 48, 64 * 48 * 3]);
  expect(more).toEqual([]);
});

for (const [what, source, pixels] of [
  ["grey-only", "testsrc2=size=128x96", "gray"],
  ["all-black", "color=black:size=128x96", "yuv420p"],
  ["very narrow", "testsrc2=size=16x512", "yuv420p"],
  ["two pixels small", "color=white:size=2x2", "yuv420p"],
  ["4K", "testsrc2=size=3840x2160", "yuv420p"],
] as const)
  test(`a ${what} picture is decoded like any other`, async () => {
    const pictures = await collect(decoder.decode(keyUnits(source, 2, pixels), { maxWidth: 128 }));

    expect(pictures).toHaveLength(2);
    for (const { width, height, rgb } of pictures) expect(rgb.length).toBe(width * height * 3);
  });

test("a picture format that changes on the way is stretched to the first one", async () => {
  const units = [...keyUnits("color=red:size=320x180", 1), ...keyUnits("color=red:size=640x480", 1)];

  const pictures = await collect(decoder.decode(units, { maxWidth: 320 }));

  expect(pictures.map(({ width, height }) => [width, height])).toEqual([
    [320, 180],
    [320, 180],
  ]);
  expect(colourAt(pictures[1]!, 160, 90)[0]).toBeGreaterThan(200);
});

test("no pictures in, no pictures out, and no program is started for it", async () => {
  const absent = new FfmpegPictureDecoder(new SystemClock(), "/nonexistent/ffmpeg");

  expect(await collect(absent.decode([], { maxWidth: 100 }))).toEqual([]);
});

test("a machine without ffmpeg says so by name, with what to do about it", async () => {
  const absent = new FfmpegPictureDecoder(new SystemClock(), "/nonexistent/ffmpeg");
  const attempt = collect(absent.decode(keyUnits("testsrc2=size=64x48", 1), { maxWidth: 100 }));

  await expect(attempt).rejects.toThrow(/^PICTURE_DECODER_MISSING/);
  await expect(attempt).rejects.toBeInstanceOf(DriverError);
});

test("bytes that are no picture are refused, before and after a good one", async () => {
  const [good] = keyUnits("testsrc2=size=64x48", 1);
  const hollow = good!.subarray(0, 60);

  await expect(collect(decoder.decode([Buffer.from("no picture")], { maxWidth: 64 }))).rejects.toThrow(
    /^PICTURE_UNDECODABLE/,
  );
  await expect(collect(decoder.decode([good!, Buffer.from("noise"), good!], { maxWidth: 64 }))).rejects.toThrow(
    /^PICTURE_UNDECODABLE: 2 of 3/,
  );
  await expect(collect(decoder.decode([hollow], { maxWidth: 64 }))).rejects.toThrow(/^PICTURE_UNDECODABLE/);
});

test("whoever stops looking, or says stop, leaves no ffmpeg behind", async () => {
  const units = keyUnits("testsrc2=size=640x480", 1);
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield units[0]!;
  }
  for await (const picture of decoder.decode(endless(), { maxWidth: 640 })) {
    expect(picture.width).toBe(640);
    break;
  }

  const stop = new AbortController();
  const reason = new DriverError("PICTURE_UNDECODABLE", "a visitor came");
  await expect(
    (async () => {
      for await (const _ of decoder.decode(endless(), { maxWidth: 640, signal: stop.signal, background: true }))
        stop.abort(reason);
    })(),
  ).rejects.toBe(reason);

  const children = execFileSync("ps", ["-o", "comm=", "--ppid", String(process.pid)], { encoding: "utf8" });
  expect(children).not.toContain("ffmpeg");
});

test("a source that fails ends the pictures with its own error", async () => {
  const failure = new DriverError("PICTURE_UNDECODABLE", "the card has gone");
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield keyUnits("testsrc2=size=64x48", 1)[0]!;
    throw failure;
  }

  await expect(collect(decoder.decode(failing(), { maxWidth: 64 }))).rejects.toBe(failure);
});
