// Stills while the camera sleeps: through node-libcamera, on the stand-in for rpicam-still.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { StillCamera, type StillOptions } from "../../../drivers/camera/still.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { descendants } from "../../contract/camera.ts";
import { scratchDirectory } from "./footage.ts";
import { type Pi, standIn } from "./stand-in.ts";

const directory = scratchDirectory();
const runtimeDirectory = join(directory, "run");
mkdirSync(runtimeDirectory);

const camera = (pi: Pi = {}, options: Partial<StillOptions> = {}): StillCamera =>
  new StillCamera(
    {
      ...{ index: 0, width: 640, height: 360, rotation: 0, masked: false, runtimeDirectory, environment: process.env },
      program: standIn(directory, pi, "rpicam-still"),
      ...options,
    },
    new SystemClock(),
  );

test("a still is a JPEG of the wanted size, and leaves no file and no process behind", async () => {
  const [before, path] = [descendants(), process.env["PATH"]];
  const picture = await camera().still();

  expect(await sharp(picture).metadata()).toMatchObject({ format: "jpeg", width: 640, height: 360 });
  expect(readdirSync(runtimeDirectory)).toEqual([]);
  expect(descendants()).toEqual(before);
  expect(process.env["PATH"]).toBe(path);
  expect(Object.keys(process.env).filter((name) => name.startsWith("DOORSTEP_STILL"))).toEqual([]);
});

test("two stills asked for at once are taken one after the other", async () => {
  const source = camera();
  const pictures = await Promise.all([source.still(), source.still()]);

  expect(pictures.map(({ length }) => length > 1000)).toEqual([true, true]);
});

test("where anything is masked no still is taken, and the camera is not even opened", async () => {
  const source = camera({}, { masked: true, program: "/nowhere/rpicam-still" });

  await expect(source.still()).rejects.toMatchObject({ code: "CAMERA_STILL_MASKED" });
});

for (const [fault, code] of [
  ["no-camera", "CAMERA_NOT_FOUND"],
  ["busy", "CAMERA_BUSY"],
  ["memory", "CAMERA_MEMORY_SHORT"],
] as const) {
  test(`a camera that is ${fault} is ${code}, as for films`, async () => {
    await expect(camera({ fault }).still()).rejects.toMatchObject({ code });
    expect(readdirSync(runtimeDirectory)).toEqual([]);
  });
}

test("a camera that hangs is killed when its time is up, and the next still works", async () => {
  const before = descendants();
  const hung = camera({ fault: "hang" }, { limit: seconds(0.5) });

  await expect(hung.still()).rejects.toMatchObject({ code: "CAMERA_STALLED" });
  expect(descendants()).toEqual(before);
  expect((await camera().still()).length).toBeGreaterThan(1000);
});

test("an abort kills the program and rejects with the reason for it", async () => {
  const before = descendants();
  const stop = new AbortController();
  const taking = camera({ fault: "hang" }).still(stop.signal);
  while (!readdirSync(runtimeDirectory).some((name) => name.endsWith(".pid"))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  stop.abort(new RangeError("switched off"));

  await expect(taking).rejects.toThrow("switched off");
  expect(descendants()).toEqual(before);
});

test("without rpicam-apps it says what to install", async () => {
  const source = camera({}, { program: "/nowhere/rpicam-still" });

  await expect(source.still()).rejects.toMatchObject({ code: "CAMERA_PROGRAM_MISSING" });
});

for (const [name, options] of [
  ["a directory with a command in it", { runtimeDirectory: "/tmp/x; touch /tmp/pwned" }],
  ["a directory with a space", { runtimeDirectory: "/tmp/a b" }],
  ["a number that is none", { width: "640 --output=/etc/passwd" as unknown as number }],
  ["a comment sign", { height: "#" as unknown as number }],
  ["nothing at all", { width: "" as unknown as number }],
] as const) {
  test(`${name} never reaches the shell`, async () => {
    await expect(camera({}, options).still()).rejects.toMatchObject({ code: "CAMERA_STILL_REFUSED" });
  });
}
