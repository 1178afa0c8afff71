// Playing recordings: what passes through untouched, what ffmpeg has to make H.264 of, the pace, and everything a file can be instead.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AnnexBSplitter } from "../../../drivers/camera/annex-b.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { nalType, nalUnits } from "../../../drivers/camera/nal-unit.ts";
import { ReplayCamera, type ReplayOptions } from "../../../drivers/camera/replay.ts";
import { type Uptime, milliseconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { ffmpeg, h264, h264File, picturesOf, scratchDirectory } from "./footage.ts";

const directory = scratchDirectory();
const path = (name: string): string => join(directory, name);
const never = new AbortController().signal;
/** Fast enough that no test waits for a recording's own time. */
const FAST = 100_000;
const DEFAULTS = { loop: false, speed: FAST, width: 1280, height: 720, fps: 15 };

const camera = (file: string, options: Partial<ReplayOptions> = {}): ReplayCamera =>
  new ReplayCamera({ ...DEFAULTS, file, ...options }, new SystemClock());

interface Played {
  readonly units: AccessUnit[];
  readonly error?: unknown;
}

async function play(replay: ReplayCamera, signal = never): Promise<Played> {
  const units: AccessUnit[] = [];
  try {
    for await (const unit of replay.frames(signal)) units.push(unit);
    return { units };
  } catch (error) {
    return { units, error };
  }
}

const stream = (units: readonly AccessUnit[]): Buffer => Buffer.concat(units.map(({ data }) => data));
/** The NAL units that make the picture, without the parameter sets that containers keep elsewhere. */
const slices = (bytes: Uint8Array): string[] =>
  Array.from(nalUnits(bytes))
    .filter((unit) => [1, 5].includes(nalType(unit[0]!)))
    .map((unit) => unit.toString("hex"));

function cutFile(name: string, from: string, share: number): string {
  copyFileSync(from, path(name));
  truncateSync(path(name), Math.floor(readFileSync(from).length * share));
  return path(name);
}

describe("H.264 passes through bit for bit, without ffmpeg", () => {
  const source = h264File(path("source.h264"), { frames: 40, x264: "slices=2" });
  const original = readFileSync(source);
  for (const [name, ...flags] of [
    ["moov-at-end.mp4"],
    ["moov-first.mp4", "-movflags", "+faststart"],
    ["fragmented.mp4", "-movflags", "frag_keyframe+empty_moov"],
    ["matroska.mkv"],
    ["transport.ts", "-f", "mpegts"],
  ] as const) {
    test(`from ${name}`, async () => {
      ffmpeg(["-framerate", "15", "-i", source, "-c", "copy", ...flags, path(name)]);

      const { units, error } = await play(camera(path(name), { ffmpeg: "/nowhere/ffmpeg" }));

      expect(error).toBeUndefined();
      expect(units.length).toBe(40);
      expect(slices(stream(units))).toEqual(slices(original));
      expect(units.filter(({ key }) => key).length).toBe(4);
      expect(picturesOf(units.findLast(({ key }) => key)!.data).length).toBe(1);
    });
  }

  test("from a raw .h264 file, to the last byte", async () => {
    const { units, error } = await play(camera(source, { ffmpeg: "/nowhere/ffmpeg" }));

    expect(error).toBeUndefined();
    expect(stream(units).equals(original)).toBe(true);
  });
});

describe("what is not H.264 in display order is encoded anew", () => {
  const TEST_PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10", "-frames:v", "45"];
  const CASES = [
    { name: "motion.avi", flags: ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"] },
    { name: "mpeg4.mp4", flags: ["-c:v", "mpeg4"] },
    { name: "b-frames.mp4", flags: ["-c:v", "libx264", "-preset", "medium", "-pix_fmt", "yuv420p"] },
    { name: "b-frames.h264", flags: ["-c:v", "libx264", "-preset", "medium", "-pix_fmt", "yuv420p"] },
    { name: "hevc.mp4", flags: ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"] },
  ];
  for (const { name, flags } of CASES) {
    test(`${name}: every picture, a key picture every two seconds`, async () => {
      ffmpeg([...TEST_PICTURE, ...flags, path(name)]);

      const { units, error } = await play(camera(path(name), { speed: 1000, fps: 10 }));

      expect(error).toBeUndefined();
      expect(units.length).toBe(45);
      expect(units.flatMap(({ key }, index) => (key ? [index] : []))).toEqual([0, 20, 40]);
      expect(picturesOf(stream(units)).length).toBe(45);
      expect((units.at(-1)!.at - units[0]!.at) * 1000).toBeCloseTo(4400, 0);
    });

    test(`${name}: without ffmpeg it is told that ffmpeg is missing, and why it is needed`, async () => {
      const { units, error } = await play(camera(path(name), { ffmpeg: "/nowhere/ffmpeg" }));

      expect(units).toEqual([]);
      expect(String(error)).toMatch(/FFMPEG_MISSING.*(another kind of video|out of order|only ffmpeg)/);
    });
  }

  test("pictures larger than wanted are made smaller without changing their shape; smaller ones stay", async () => {
    const sizeOf = async (width: number, height: number): Promise<string> => {
      const { units } = await play(camera(path("motion.avi"), { width, height }));
      const splitter = new AnnexBSplitter(() => {});
      splitter.push(units[0]!.data, 0 as Uptime);
      splitter.end();
      return `${splitter.picture?.width}x${splitter.picture?.height}`;
    };

    expect(await sizeOf(160, 160)).toBe("160x120");
    expect(await sizeOf(1280, 720)).toBe("320x240");
  });

  test("breaking off in the middle leaves no ffmpeg behind", async () => {
    const children = (): string => readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim();
    const before = children();

    for await (const unit of camera(path("motion.avi"), { speed: 10 }).frames(never)) if (!unit.key) break;

    expect(children()).toBe(before);
  });
});

async function advanceUntil(clock: SimulatedClock, ending: Promise<void>): Promise<void> {
  const state = { over: false };
  void ending.finally(() => (state.over = true));
  while (!state.over) await clock.advance(milliseconds(1));
}

describe("the pace", () => {
  /** Plays on a clock that is told the time, and notes when each picture came out. */
  async function timed(speed: number, loop: boolean, count: number): Promise<{ at: number; came: number }[]> {
    const clock = new SimulatedClock();
    const stop = new AbortController();
    const seen: { at: number; came: number }[] = [];
    const replay = new ReplayCamera({ ...DEFAULTS, file: path("paced.mp4"), speed, loop }, clock);
    const playing = (async () => {
      for await (const { at } of replay.frames(stop.signal)) {
        seen.push({ at, came: clock.uptime() });
        if (seen.length === count) stop.abort();
      }
    })();
    await advanceUntil(clock, playing);
    return seen;
  }
  h264File(path("paced.mp4"), { frames: 20, fps: 10 });

  for (const [speed, stepMs] of [
    [1, 100],
    [4, 25],
  ] as const) {
    test(`at speed ${speed} pictures are ${stepMs} ms apart, and none comes out before its time`, async () => {
      const seen = await timed(speed, false, 20);

      expect(seen.length).toBe(20);
      seen.forEach(({ at, came }, index) => {
        expect(at - seen[0]!.at).toBeCloseTo(index * stepMs, 6);
        expect(came).toBeGreaterThanOrEqual(at);
        expect(came - at).toBeLessThan(20);
      });
    });
  }

  test("in a loop the time runs on across the end, with the last picture's own span in between", async () => {
    const seen = await timed(1, true, 45);

    seen.forEach(({ at }, index) => expect(at - seen[0]!.at).toBeCloseTo(index * 100, 6));
  });
});

describe("a file that is not what it should be", () => {
  const whole = h264File(path("whole.mp4"), { frames: 60, gop: 15 }, "-movflags", "+faststart");
  const fragmented = h264File(path("parts.mp4"), { frames: 60, gop: 15 }, "-movflags", "frag_keyframe+empty_moov");
  const matroska = h264File(path("whole.mkv"), { frames: 60, gop: 15 });
  h264File(path("index-last.mp4"), { frames: 60, gop: 15 });
  mkdirSync(path("directory.mp4"));
  writeFileSync(path("empty.mp4"), "");
  writeFileSync(path("text.mp4"), "this is not a video\n");
  writeFileSync(path("tiny.mp4"), "x");
  ffmpeg(["-f", "lavfi", "-i", "sine=d=1", path("sound.m4a")]);
  ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "pcm_s16le", path("sound.avi")]);
  const parts = h264({ frames: 12, gop: 12 });
  writeFileSync(path("no-key.h264"), parts.subarray(parts.length - 3000));
  writeFileSync(path("changes.h264"), Buffer.concat([h264({ frames: 5 }), h264({ frames: 5, size: "320x240" })]));

  const CASES = [
    { name: "a missing file", file: path("nothing.mp4"), code: "CAMERA_FILE_MISSING", pictures: 0 },
    { name: "a path below a file", file: path("text.mp4/x"), code: "CAMERA_FILE_MISSING", pictures: 0 },
    { name: "a directory", file: path("directory.mp4"), code: "CAMERA_FILE_NOT_VIDEO", pictures: 0 },
    { name: "an empty file", file: path("empty.mp4"), code: "CAMERA_FILE_NOT_VIDEO", pictures: 0 },
    { name: "a text file", file: path("text.mp4"), code: "CAMERA_FILE_NOT_VIDEO", pictures: 0 },
    { name: "a file of one byte", file: path("tiny.mp4"), code: "CAMERA_FILE_NOT_VIDEO", pictures: 0 },
    { name: "a device", file: "/dev/null", code: "CAMERA_FILE_NOT_VIDEO", pictures: 0 },
    { name: "sound without a picture", file: path("sound.m4a"), code: "CAMERA_FILE_NO_VIDEO", pictures: 0 },
    { name: "sound in an AVI file", file: path("sound.avi"), code: "CAMERA_FILE_NO_VIDEO", pictures: 0 },
    { name: "no key picture", file: path("no-key.h264"), code: "CAMERA_FILE_NO_KEYFRAME", pictures: 0 },
    { name: "a change of size", file: path("changes.h264"), code: "CAMERA_PICTURE_CHANGED", pictures: 5 },
    {
      name: "an MP4 that breaks off before its index",
      file: cutFile("cut-index.mp4", path("index-last.mp4"), 0.6),
      code: "CAMERA_FILE_DAMAGED",
      pictures: 0,
    },
  ] as const;
  for (const { name, file, code, pictures } of CASES) {
    test(`${name} is ${code}, with a remedy`, async () => {
      const { units, error } = await play(camera(file));

      expect(error).toMatchObject({ code, remedy: expect.stringMatching(/\w{4}/) as string });
      expect(units.length).toBe(pictures);
    });
  }

  for (const [name, from] of [
    ["an MP4 with its index first", whole],
    ["a fragmented MP4", fragmented],
    ["a Matroska file", matroska],
  ] as const) {
    test(`${name} that breaks off plays up to there, then says so`, async () => {
      const { units, error } = await play(
        camera(cutFile(`cut-${name.replaceAll(" ", "-")}`, from, 0.7), { loop: true }),
      );

      expect(error).toMatchObject({ code: "CAMERA_FILE_DAMAGED" });
      expect(units.length).toBeGreaterThan(25);
      expect(units.length).toBeLessThan(60);
    });
  }

  test.skipIf(process.getuid?.() === 0)("a file that may not be read says whose it is to change", async () => {
    copyFileSync(whole, path("secret.mp4"));
    chmodSync(path("secret.mp4"), 0);

    expect((await play(camera(path("secret.mp4")))).error).toMatchObject({ code: "CAMERA_FILE_UNREADABLE" });
  });

  test("a name with colons, spaces and a leading dash is only a name", async () => {
    const odd = path("-i http: x; y.avi");
    copyFileSync(path("sound.avi"), odd);

    expect((await play(camera(odd))).error).toMatchObject({ code: "CAMERA_FILE_NO_VIDEO" });
  });
});

test("a second iteration starts afresh", async () => {
  const replay = camera(h264File(path("twice.mp4"), { frames: 8 }));
  const [first, second] = [await play(replay), await play(replay)];

  expect(stream(second.units).equals(stream(first.units))).toBe(true);
  expect(second.units[0]!.at).toBeGreaterThan(first.units.at(-1)!.at);
});

test("an aborted replay ends without an error, and one aborted before it begins yields nothing", async () => {
  const stop = new AbortController();
  const replay = camera(h264File(path("abort.mp4"), { frames: 30 }), { speed: 1 });
  let count = 0;
  for await (const _ of replay.frames(stop.signal)) if (++count === 2) stop.abort();

  expect(count).toBe(2);
  expect(await play(replay, AbortSignal.abort())).toEqual({ units: [] });
});
