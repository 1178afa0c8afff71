// The Pi's camera, on the stand-in for rpicam-vid: what it is asked, what it gives, and every way in which it fails.
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { LibcameraCamera, type LibcameraOptions } from "../../../drivers/camera/libcamera.ts";
import { nalType, nalUnits } from "../../../drivers/camera/nal-unit.ts";
import { bitsFor, readVersion, videoArguments } from "../../../drivers/camera/rpicam-arguments.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { descendants } from "../../contract/camera.ts";
import { picturesOf, scratchDirectory } from "./footage.ts";
import { type Pi, standIn } from "./stand-in.ts";

const directory = scratchDirectory();
const SETTINGS = { index: 0, width: 320, height: 240, fps: 30, rotation: 0 } as const;
const MODERN = { text: "1.13.0", libav: true, lowLatency: true };

const camera = (pi: Pi, options: Partial<LibcameraOptions> = {}): LibcameraCamera =>
  new LibcameraCamera({ ...SETTINGS, program: standIn(directory, pi), ...options }, new SystemClock());

/** Films until it ends or has given `count` pictures. */
async function film(source: LibcameraCamera, count = Infinity): Promise<{ units: AccessUnit[]; error?: unknown }> {
  const stop = new AbortController();
  const units: AccessUnit[] = [];
  try {
    for await (const unit of source.frames(stop.signal)) if (units.push(unit) >= count) stop.abort();
    return { units };
  } catch (error) {
    return { units, error };
  }
}

const slicesOf = ({ data }: AccessUnit): number =>
  Array.from(nalUnits(data)).filter((unit) => [1, 5].includes(nalType(unit[0]!))).length;

describe("the argument list", () => {
  test("is the one that works on every Pi", () => {
    const wanted =
      "-n -t 0 -v 1 --camera 0 --width 1280 --height 720 --framerate 15 --codec h264 --libav-format h264 --low-latency " +
      "--profile high --level 4.1 --bitrate 2500000 --intra 30 --inline --flush --denoise cdn_off -o -";
    const settings = { index: 0, width: 1280, height: 720, fps: 15, rotation: 0, bitsPerSecond: 2_500_000 } as const;

    expect(videoArguments(settings, MODERN)).toEqual(wanted.split(" "));
  });

  test("turns the picture when the camera hangs upside down", () => {
    expect(videoArguments({ ...SETTINGS, rotation: 180 }, MODERN).join(" ")).toContain("--rotation 180");
  });

  test("never asks for a rate at which the hardware encoder stalls", () => {
    expect(bitsFor({ ...SETTINGS, bitsPerSecond: 1000 })).toBe(1_000_000);
    expect(bitsFor({ ...SETTINGS, width: 160, height: 120 })).toBe(1_000_000);
    expect(bitsFor({ ...SETTINGS, width: 1280, height: 720, fps: 15 })).toBeCloseTo(2_500_000, -5);
  });
});

describe("the version", () => {
  for (const [stdout, version] of [
    [
      "rpicam-apps build: v1.13.0 24a0f2b0 (x)\nrpicam-apps capabilites: egl:0 qt:0 drm:1 libav:0\n",
      { text: "1.13.0", libav: false, lowLatency: true },
    ],
    ["rpicam-apps build: v1.5.2 x\ncapabilites: libav:1", { text: "1.5.2", libav: true, lowLatency: false }],
    ["rpicam-apps build: v1.6.0\n", { text: "1.6.0", libav: undefined, lowLatency: true }],
    ["rpicam-apps build: 2.0 libav:1", { text: "2.0", libav: true, lowLatency: true }],
    ["", { text: "", libav: undefined, lowLatency: true }],
  ] as const) {
    test(`is read from ${JSON.stringify(stdout.slice(0, 30))}`, () => expect(readVersion(stdout)).toEqual(version));
  }
});

describe("a Pi with the hardware encoder", () => {
  test("gives one picture after the other as the sensor takes them", async () => {
    const { units, error } = await film(camera({ platform: "vc4" }), 65);

    expect(error).toBeUndefined();
    expect(units.length).toBe(65);
    expect(units.flatMap(({ key }, index) => (key ? [index] : []))).toEqual([0, 60]);
    expect(picturesOf(Buffer.concat(units.map(({ data }) => data))).length).toBe(65);
    const steps = units.slice(20).map(({ at }, index) => at - units[index + 19]!.at);
    expect(steps.reduce((sum, step) => sum + step, 0) / steps.length).toBeCloseTo(33.3, 0);
  });
});

describe("a Pi 5, which encodes by software", () => {
  test("gives whole pictures of four slices each", async () => {
    const { units, error } = await film(camera({ platform: "pisp" }), 65);

    expect(error).toBeUndefined();
    expect(new Set(units.map(slicesOf))).toEqual(new Set([4]));
    expect(picturesOf(Buffer.concat(units.map(({ data }) => data))).length).toBe(65);
  });

  test("with an old rpicam-vid still has no pictures out of order", async () => {
    const { units, error } = await film(camera({ platform: "pisp", version: "1.5.2" }), 20);

    expect(error).toBeUndefined();
    expect(units.length).toBe(20);
  });

  test("without the encoder's package says which package is missing", async () => {
    const source = camera({ platform: "pisp", libav: "0" });
    const { error } = await film(source);

    expect(error).toMatchObject({
      code: "CAMERA_ENCODER_MISSING",
      remedy: expect.stringContaining("rpicam-apps-encoder") as string,
    });
    expect(source.version?.libav).toBe(false);
  });
});

describe("a camera that does not start", () => {
  for (const [fault, code] of [
    ["no-camera", "CAMERA_NOT_FOUND"],
    ["busy", "CAMERA_BUSY"],
    ["busy-v4l2", "CAMERA_BUSY"],
    ["memory", "CAMERA_MEMORY_SHORT"],
    ["no-dma-heap", "CAMERA_FORBIDDEN"],
    ["legacy", "CAMERA_LEGACY_STACK"],
    ["modes", "CAMERA_MODE_REFUSED"],
  ] as const) {
    test(`because of ${fault} is ${code}, with a remedy`, async () => {
      const { units, error } = await film(camera({ fault }));

      expect(units).toEqual([]);
      expect(error).toMatchObject({ code, remedy: expect.stringMatching(/\w{4}/) as string });
    });
  }

  test("because there is no such camera says so", async () => {
    expect((await film(camera({}, { index: 1 }))).error).toMatchObject({ code: "CAMERA_INDEX_UNKNOWN" });
  });

  test("because rpicam-apps are not installed says what to install", async () => {
    const { error } = await film(camera({}, { program: "/nowhere/rpicam-vid" }));

    expect(error).toMatchObject({
      code: "CAMERA_PROGRAM_MISSING",
      remedy: expect.stringContaining("apt install") as string,
    });
  });

  test("because the program does not know an option says that it is too old", async () => {
    const refused = camera({}, { width: Number.NaN });

    expect((await film(refused)).error).toMatchObject({ code: "CAMERA_OPTION_REFUSED" });
  });
});

describe("a camera that fails while it films", () => {
  const limits = { stallLimit: seconds(0.4) };

  test("and falls silent is noticed by its missing bytes, not by its process", async () => {
    const { units, error } = await film(camera({ fault: "stall" }, limits));

    expect(units.length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: "CAMERA_STALLED" });
  });

  test("and hangs, deaf to every polite signal, is killed and named", async () => {
    const before = descendants();
    const { units, error } = await film(camera({ fault: "hang" }, limits));

    expect(units.length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: "CAMERA_NOT_ANSWERING", remedy: expect.stringContaining("cable") as string });
    expect(descendants()).toEqual(before);
  });

  test("and ends by itself is reported with its exit code", async () => {
    expect(String((await film(camera({ fault: "exit" }))).error)).toContain(
      "CAMERA_PROGRAM_DIED: rpicam-vid: exit code 0",
    );
  });

  test("and crashes is reported with the signal", async () => {
    expect(String((await film(camera({ fault: "abort" }))).error)).toContain(
      "CAMERA_PROGRAM_DIED: rpicam-vid: killed by SIGABRT",
    );
  });

  test("and is killed by somebody else is reported with that signal", async () => {
    const source = camera({});
    let error: unknown;
    try {
      for await (const unit of source.frames(new AbortController().signal))
        if (unit.key) process.kill(rpicam(), "SIGTERM");
    } catch (caught) {
      error = caught;
    }

    expect(String(error)).toContain("CAMERA_PROGRAM_DIED: rpicam-vid: killed by SIGTERM");
  });

  test("and sends what is no video any more is a broken stream, before it fills the memory", async () => {
    const { units, error } = await film(camera({ fault: "garbage" }));

    expect(units.length).toBeGreaterThan(0);
    expect(error).toMatchObject({ code: "CAMERA_STREAM_BROKEN" });
  });

  test("and floods stderr costs no memory and no pictures", async () => {
    const before = process.memoryUsage().rss;
    // The stand-in sends no picture while it floods, which takes a busy machine longer than a camera may be silent.
    const patient = { stallLimit: seconds(25) };
    const { units, error } = await film(camera({ fault: "flood", flood: 200_000_000 }, patient), 60);

    expect(error).toBeUndefined();
    expect(units.length).toBe(60);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });
});

test("the pictures before a failure come out before the error does", async () => {
  const { units, error } = await film(camera({ fault: "exit", after: 100_000 }));

  expect(units.length).toBeGreaterThan(3);
  expect(picturesOf(Buffer.concat(units.map(({ data }) => data))).length).toBe(units.length);
  expect(error).toMatchObject({ code: "CAMERA_PROGRAM_DIED" });
});

/** Process id of the stand-in that films for us: the child that runs rpicam-vid and is no version probe. */
function rpicam(): number {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && descendants().includes(Number(name)))
    .map(Number)
    .find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--libav-format"))!;
}
