// USB cameras through ffmpeg: which of the offered formats is asked for, and every way of failing told apart.
import { describe, expect, test } from "vitest";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { V4l2Camera } from "../../../drivers/camera/v4l2.ts";
import { chooseFormat, readFormats } from "../../../drivers/camera/v4l2-words.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { scratchDirectory } from "./footage.ts";
import { standIn } from "./stand-in.ts";

const directory = scratchDirectory();
const SETTINGS = { device: "/dev/video0", width: 320, height: 240, fps: 30, rotation: 0 } as const;
const tag = "[video4linux2,v4l2 @ 0x5555def55900]";
const WEBCAM = `${tag} Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 1280x720
${tag} Compressed:       mjpeg :          Motion-JPEG : 640x480 1280x720 1920x1080
${tag} Compressed: Unsupported :                 HEVC : 1920x1080
/dev/video0: Immediate exit requested`;

async function film(
  ffmpeg: string,
  device = SETTINGS.device as string,
): Promise<{ units: AccessUnit[]; error?: unknown }> {
  const units: AccessUnit[] = [];
  try {
    const camera = new V4l2Camera({ ...SETTINGS, device, ffmpeg }, new SystemClock());
    for await (const unit of camera.frames(new AbortController().signal)) units.push(unit);
    return { units };
  } catch (error) {
    return { units, error };
  }
}

test("reads the formats that a camera offers, and leaves out what nobody can decode", () => {
  expect(readFormats(WEBCAM)).toEqual([
    { name: "yuyv422", compressed: false, sizes: ["640x480", "1280x720"] },
    { name: "mjpeg", compressed: true, sizes: ["640x480", "1280x720", "1920x1080"] },
  ]);
  expect(readFormats("")).toEqual([]);
});

describe("the format asked for", () => {
  for (const [name, width, height, fps, wanted] of [
    ["small pictures come raw, which costs the least", 640, 480, 15, "yuyv422"],
    ["large pictures come as JPEG, because the cable cannot carry them raw", 1280, 720, 15, "mjpeg"],
    ["a size that only JPEG has comes as JPEG", 1920, 1080, 1, "mjpeg"],
    ["a size that the camera does not have is left to ffmpeg", 800, 600, 15, undefined],
  ] as const) {
    test(name, () => expect(chooseFormat(readFormats(WEBCAM), { width, height, fps })?.name).toBe(wanted));
  }
});

describe("a USB camera", () => {
  for (const [fault, code] of [
    ["missing", "CAMERA_DEVICE_MISSING"],
    ["forbidden", "CAMERA_FORBIDDEN"],
    ["not-video", "CAMERA_DEVICE_NOT_VIDEO"],
    ["busy", "CAMERA_BUSY"],
    ["mode", "CAMERA_MODE_REFUSED"],
  ] as const) {
    test(`that is ${fault} is ${code}, with a remedy`, async () => {
      const { units, error } = await film(standIn(directory, { fault }, "ffmpeg-v4l2"));

      expect(units).toEqual([]);
      expect(error).toMatchObject({ code, remedy: expect.stringMatching(/\w{4}/) as string });
    });
  }

  test("that is pulled out while it films gives what it had filmed, then says so", async () => {
    const { units, error } = await film(standIn(directory, { fault: "unplugged" }, "ffmpeg-v4l2"));

    expect(units.length).toBe(60);
    expect(error).toMatchObject({ code: "CAMERA_UNPLUGGED" });
  });

  test("without ffmpeg says what to install", async () => {
    expect((await film("/nowhere/ffmpeg")).error).toMatchObject({ code: "FFMPEG_MISSING" });
  });

  for (const [device, code] of [
    ["/dev/video99", "CAMERA_DEVICE_MISSING"],
    ["/dev/null", "CAMERA_DEVICE_NOT_VIDEO"],
    ["/tmp", "CAMERA_DEVICE_NOT_VIDEO"],
  ] as const) {
    test(`that is really ${device} is ${code}, in ffmpeg's own words`, async () => {
      expect((await film("ffmpeg", device)).error).toMatchObject({ code });
    });
  }
});
