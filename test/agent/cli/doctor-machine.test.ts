// How the doctor reads a machine: Debian's and the Raspberry Pi's own programs, played by short scripts on PATH with their words.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { ThisMachine } from "../../../agent/cli/doctor-machine.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { ROOT } from "../../repository/sources.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-doctor-machine-"));
const PATH = process.env["PATH"];
process.env["PATH"] = `${folder}${delimiter}${PATH}`;
afterAll(() => {
  process.env["PATH"] = PATH;
  rmSync(folder, { recursive: true });
});
const machine = new ThisMachine(new SystemClock());

function program(name: string, script: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** The stand-in for rpicam-apps, which knows their words. */
const rpicam = (fault = "", libav = "1"): string =>
  `STANDIN_FAULT=${fault} STANDIN_LIBAV=${libav} exec '${process.execPath}' ${ROOT}/test/board/rpicam-vid "$@"`;

beforeEach(() => {
  program("rpicam-hello", rpicam());
  program("rpicam-vid", rpicam());
});

test("cameras and their modes are what rpicam-hello lists", async () => {
  expect(await machine.listCameras()).toMatchObject([
    { index: 0, sensor: "imx708", modes: [{ width: 1536, height: 864 }, { width: 2304 }] },
  ]);
  program("rpicam-hello", rpicam("no-camera"));
  expect(await machine.listCameras()).toEqual([]);
});

test("a camera stack that cannot be asked is trouble with a code", async () => {
  program("rpicam-hello", "echo 'ERROR: *** Permission denied ***' >&2; exit 255");

  expect(await machine.listCameras()).toMatchObject({ code: "CAMERA_FORBIDDEN" });
});

test("the encoder is what rpicam-vid says that it was built with", async () => {
  expect(await machine.rpicam()).toEqual({ version: "1.13.0", libav: true });
  program("rpicam-vid", rpicam("", "0"));
  expect(await machine.rpicam()).toMatchObject({ libav: false });
});

test("a USB camera's formats are what ffmpeg lists, of a name with a space too", async () => {
  program("ffmpeg", `STANDIN_FAULT= exec /bin/sh ${ROOT}/test/board/ffmpeg-v4l2 "$@"`);
  expect(await machine.usbFormats("/dev/v4l/by-id/My Camera")).toMatchObject([{ name: "yuyv422" }, { name: "mjpeg" }]);

  program("ffmpeg", `STANDIN_FAULT=missing exec /bin/sh ${ROOT}/test/board/ffmpeg-v4l2 "$@"`);
  expect(await machine.usbFormats("/dev/v4l/by-id/My Camera")).toMatchObject({
    code: "CAMERA_DEVICE_MISSING",
    detail: expect.stringContaining("/dev/v4l/by-id/My Camera") as string,
  });
});

test.each([
  ["with libx264", "V....D libx264              libx264 H.264 / AVC", true],
  ["without", "V....D h264_v4l2m2m         V4L2 mem2mem H.264 encoder wrapper", false],
])("ffmpeg %s", async (_name, encoders, x264) => {
  program(
    "ffmpeg",
    `case "$*" in *-version) echo 'ffmpeg version 7.1.3-0+deb13u1 Copyright (c)' ;; *) echo ' ${encoders}' ;; esac`,
  );

  expect(await machine.ffmpeg()).toEqual({ version: "ffmpeg 7.1.3-0+deb13u1", x264 });
});

test("a line is there or not, and whoever has it is named", async () => {
  program(
    "gpioinfo",
    `echo 'gpiochip0 - 54 lines:'
     echo '\tline  17:\t"GPIO17"        \tinput consumer="sysfs"'
     echo '\tline  22:\t"GPIO22"        \toutput'`,
  );

  expect(await machine.lines([17, 22, 60])).toEqual(
    new Map([
      [17, { exists: true, holder: "sysfs" }],
      [22, { exists: true }],
      [60, { exists: false }],
    ]),
  );
});

test("each GPIO driver that cannot be used says why", async () => {
  program("gpiomon", "exit 127");
  const [onoff, gpiod] = await machine.gpioDrivers();

  // Only on a Pi, or the virtual board, is the header there.
  expect(onoff!.name).toMatch(/^onoff/);
  expect(onoff!.trouble?.code).toMatch(/^GPIO_/);
  expect(gpiod).toMatchObject({ name: "gpiod", trouble: { code: "GPIO_PROGRAM_MISSING" } });
  program("gpiomon", "echo 'gpiomon (libgpiod) v2.2.1'");
  expect((await machine.gpioDrivers())[1]).toEqual({ name: "gpiod 2.2.1" });
});

test.each([
  ["half of full scale", "printf '\\000\\100%.0s' $(seq 24000)", 0.5],
  ["silence", "head -c 48000 /dev/zero", 0],
])("the loudest of half a second of %s", async (_name, sound, peak) => {
  program("arecord", `${sound}; exec sleep 5`);

  expect(await machine.microphonePeak("plughw:CARD=Mine")).toBeCloseTo(peak, 3);
});

test("a microphone that is not there is trouble with a code", async () => {
  program("arecord", "echo 'arecord: main:831: audio open error: No such file or directory' >&2; exit 1");

  expect(await machine.microphonePeak("plughw:CARD=Mine")).toMatchObject({ code: "MICROPHONE_MISSING" });
});

test.each([
  ["throttled=0x0", "never"],
  ["throttled=0x50005", "now"],
  ["throttled=0x50000", "before"],
  ['error=1 error_msg="Command not registered"', undefined],
])("vcgencmd's %s is undervoltage: %s", async (said, undervoltage) => {
  program("vcgencmd", `echo '${said}'`);

  expect(await machine.undervoltage()).toBe(undervoltage);
});

test("a folder's card has room, a file system and a mount; a folder that is not there is trouble", async () => {
  expect(await machine.card(folder)).toMatchObject({
    freeBytes: expect.any(Number) as number,
    filesystem: expect.stringMatching(/^\w+$/) as string,
    readOnly: false,
  });
  expect(await machine.card(join(folder, "nowhere"))).toMatchObject({ code: "CARD_UNREADABLE" });
});
