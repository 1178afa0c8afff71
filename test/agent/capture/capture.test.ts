// The capture room as one: triggers and a camera in, whole clips out, whatever camera, light or listener do meanwhile.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { DriverError } from "../../../drivers/error.ts";
import { pictureHashes } from "./footage.ts";

import { between, hashes, rig, SETTINGS } from "./capture-rig.ts";

test("a clip holds every picture from before the trigger until after the visit, bit for bit", async () => {
  const { capture, start, camera, diary, play } = rig();
  await start();
  await play(10);
  capture.trigger("button");
  await play(10);
  await capture.stop();

  const [clip] = diary.ready;
  expect(diary.ready).toHaveLength(1);
  expect(pictureHashes(clip!.file)).toEqual(hashes(between(camera.shown, 7, 14)));
  expect(clip).toMatchObject({
    startedAt: Date.parse("2026-11-22T12:00:07Z"),
    clockTrusted: true,
    preRollMs: 3000,
    durationMs: 7000,
    width: 160,
    height: 90,
    hasAudio: false,
    triggers: ["button"],
    reasons: [{ trigger: "button", atMs: 3000, times: 1 }],
    zones: "unknown",
    objected: false,
    endedBy: "absence",
    droppedPictures: 0,
  });
  const { id, triggers } = clip!;
  expect(diary.started).toMatchObject([{ id, triggers, preRollMs: 3000, width: 160 }]);
});

test("nothing is written to the card while nothing happens", async () => {
  const { capture, start, diary, play, path } = rig();
  await start();
  await play(60);

  expect(readdirSync(path)).toEqual([]);
  expect(diary.started).toEqual([]);
  expect(capture.preRoll.spanMs).toBeLessThanOrEqual(4000);
});

test("a long visit becomes several clips that together hold every picture once", async () => {
  const { capture, start, camera, diary, play } = rig();
  await start();
  await play(10);
  capture.trigger("pir");
  capture.presence("pir", true);
  await play(30);
  capture.presence("pir", false);
  await play(10);
  await capture.stop();

  expect(diary.ready.map(({ endedBy, durationMs }) => [endedBy, durationMs])).toEqual([
    ["max-length", 20_000],
    ["absence", 17_000],
  ]);
  expect(diary.ready[1]!.continues).toBe(diary.ready[0]!.id);
  expect(diary.ready[1]!.triggers).toEqual(["pir"]);
  const shown = diary.ready.flatMap(({ file }) => pictureHashes(file));
  expect(shown).toEqual(hashes(between(camera.shown, 7, 44)));
});

test("stopping the agent finishes the clip that is being recorded", async () => {
  const { capture, start, diary, play, path } = rig();
  await start();
  await play(5);
  capture.trigger("owner");
  await play(2);
  await capture.stop();

  expect(diary.ready).toMatchObject([{ endedBy: "stopped", durationMs: 5000 }]);
  expect(readdirSync(path)).toEqual([`${diary.ready[0]!.id}.mp4`]);
});

test("clips are told of in order, one at a time, and a listener that takes its time delays no recording", async () => {
  const { capture, start, diary, play, path } = rig();
  let release = (): void => {};
  const ready = diary.ready;
  diary.onReady = async (clip) => {
    await new Promise<void>((resolve) => (release = resolve));
    ready.push(clip);
  };
  await start();
  for (let visit = 0; visit < 2; visit++) {
    await play(5);
    capture.trigger("button");
    await play(10);
  }
  await capture.close("privacy switch");

  expect(readdirSync(path).filter((name) => name.endsWith(".mp4"))).toHaveLength(2);
  expect(ready).toEqual([]);
  release();
  await play(0.2);
  expect(ready.map(({ id }) => id)).toEqual([diary.started[0]!.id]);
  release();
  await capture.stop();
  expect(ready.map(({ id }) => id)).toEqual(diary.started.map(({ id }) => id));
});

test("a listener that refuses a clip is reported at the end and does not keep the next from being told", async () => {
  const { capture, start, diary, play } = rig();
  const told: string[] = [];
  diary.onReady = async ({ id }) => {
    told.push(id);
    if (told.length === 1) throw new TypeError("refused");
  };
  await start();
  for (let visit = 0; visit < 2; visit++) {
    await play(5);
    capture.trigger("button");
    await play(10);
  }

  await expect(capture.stop()).rejects.toThrow(AggregateError);
  expect(told).toHaveLength(2);
});

test("an asleep camera is opened by a trigger and closed after the visit", async () => {
  const { capture, start, camera, diary, play } = rig({ mode: "asleep" });
  await start();
  await play(5);
  expect(camera.feed.opened).toBe(0);

  capture.trigger("button");
  await play(10);

  expect(camera.feed.opened).toBe(1);
  expect(camera.feed.open).toBe(false);
  expect(capture.status().camera).toBe("asleep");
  expect(capture.newestKey()).toBeUndefined();
  await capture.stop();
  expect(diary.ready).toMatchObject([{ preRollMs: 0, triggers: ["button"], endedBy: "absence" }]);
});

test("who comes while a camera that sleeps is still being closed is recorded all the same", async () => {
  // Ending the program and putting the light out takes its time.
  const { capture, start, clock, camera, diary, play } = rig(
    { mode: "asleep", postRollMs: 2_000 },
    { afterClose: () => clock.sleep(seconds(8)) },
  );
  await start();
  capture.trigger("button");
  await play(6);
  expect([camera.feed.open, capture.status().camera]).toEqual([false, "open"]);

  capture.trigger("pir");
  capture.presence("pir", true);
  await play(2);
  capture.presence("pir", false);
  await play(12);

  expect(camera.feed.opened).toBe(2);
  await capture.stop();
  expect(diary.ready.map(({ triggers }) => triggers)).toEqual([["button"], ["pir"]]);
  expect(diary.missed).toEqual([]);
});

test("the privacy switch closes the camera at once and keeps what had been recorded", async () => {
  const { capture, start, camera, diary, play } = rig();
  await start();
  await play(5);
  capture.trigger("pir");
  await play(2);

  await capture.close("privacy switch");

  expect(camera.feed.open).toBe(false);
  expect(capture.newestKey()).toBeUndefined();
  expect(capture.preRoll.bytes).toBe(0);
  expect(diary.ready).toMatchObject([{ endedBy: "closed" }]);
  expect(capture.status()).toMatchObject({ camera: "shut", shutBy: ["privacy switch"] });

  capture.trigger("button");
  await play(5);
  expect(diary.missed).toEqual(["button: closed"]);
  capture.open("privacy switch");
  await play(5);
  expect(capture.status().camera).toBe("open");
  expect(camera.feed.opened).toBe(2);
});

test("the camera opens only when nothing closes it any longer", async () => {
  const { capture, start, camera, play } = rig();
  await capture.close("privacy switch");
  await start();
  await capture.close("owner");
  await play(1);

  capture.open("owner");
  await play(1);
  expect(camera.feed.opened).toBe(0);

  capture.open("privacy switch");
  await play(1);
  expect(camera.feed.open).toBe(true);
});

test("the light is confirmed before the camera opens and goes out after it has closed", async () => {
  const log: string[] = [];
  const { capture, start, camera, play } = rig(
    {},
    {
      beforeOpen: async () => void log.push(`light on, camera ${camera.feed.open ? "open" : "closed"}`),
      afterClose: async () => void log.push(`light off, camera ${camera.feed.open ? "open" : "closed"}`),
    },
  );
  await start();
  await play(2);
  log.push(`camera ${camera.feed.open ? "open" : "closed"}`);
  await capture.stop();

  expect(log).toEqual(["light on, camera closed", "camera open", "light off, camera closed"]);
});

test("a light that cannot be confirmed keeps camera and microphone closed, and says why", async () => {
  const refusal = new DriverError("CAMERA_FILE_MISSING", "stands for any refusal of the light");
  let works = false;
  const { capture, start, camera, microphone, play } = rig(
    {},
    {
      sound: true,
      beforeOpen: async () => {
        if (!works) throw refusal;
      },
    },
  );
  await start();
  await play(10);

  expect([camera.feed.opened, microphone!.feed.opened]).toEqual([0, 0]);
  expect(capture.status()).toMatchObject({ camera: "failed", cameraError: refusal, microphone: "closed" });

  works = true;
  await play(60);
  expect(capture.status()).toMatchObject({ camera: "open", microphone: "open" });
});

test("a camera that fails is opened again, with growing patience", async () => {
  const { start, camera, diary, clock } = rig();
  const attempts: number[] = [];
  let opened = 0;
  await start();
  for (let second = 0; second < 200; second++) {
    await clock.advance(seconds(1));
    if (camera.feed.opened > opened) {
      opened = camera.feed.opened;
      attempts.push(second);
      camera.feed.end(new DriverError("CAMERA_FILE_MISSING", "unplugged"));
    }
  }

  const gaps = attempts.slice(1).map((at, n) => at - attempts[n]!);
  expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(diary.states.some(({ cameraError }) => cameraError instanceof DriverError)).toBe(true);
});

test("a camera lost in the middle of a clip leaves two clips and no broken one", async () => {
  const { capture, start, camera, diary, play } = rig();
  await start();
  await play(5);
  capture.trigger("pir");
  capture.presence("pir", true);
  await play(3);
  camera.feed.end(new DriverError("CAMERA_FILE_MISSING", "unplugged"));
  await play(5);
  capture.presence("pir", false);
  await play(10);
  await capture.stop();

  expect(diary.ready.map(({ endedBy }) => endedBy)).toEqual(["camera-lost", "absence"]);
  for (const { file } of diary.ready) expect(pictureHashes(file).length).toBeGreaterThan(10);
});

test("pictures that change their size in the middle go into a clip of their own", async () => {
  const { capture, start, camera, diary, play } = rig();
  await start();
  await play(5);
  capture.trigger("button");
  await play(2);
  camera.resize("192x108");
  await play(10);
  await capture.stop();

  expect(diary.ready.map(({ width, endedBy }) => [width, endedBy])).toEqual([
    [160, "format-changed"],
    [192, "absence"],
  ]);
  expect(pictureHashes(diary.ready[1]!.file)).toEqual(hashes(between(camera.shown, 7, 9)));
});

test("a card that takes nothing is reported and the next trigger tries again", async () => {
  const { capture, start, diary, play, path } = rig({}, { clipsDir: "/nonexistent" });
  await start();
  await play(5);
  capture.trigger("pir");
  await play(20);
  capture.trigger("pir");
  await play(20);
  await capture.stop();

  expect(diary.failed).toMatchObject([
    { error: { code: "CLIP_NOT_WRITTEN" } },
    { error: { code: "CLIP_NOT_WRITTEN" } },
  ]);
  expect(diary.started.map(({ id }) => id)).toEqual(diary.failed.map(({ id }) => id));
  expect(readdirSync(path)).toEqual([]);
});

test("a trigger to which the camera gives no picture is reported as missed", async () => {
  const { capture, start, clock, diary } = rig({ mode: "asleep" });
  await start();
  capture.trigger("button");
  await clock.advance(seconds(40));

  expect(diary.missed).toEqual(["button: no-picture"]);
  expect(diary.started).toEqual([]);
});

test("a trigger to which the owner closes the camera before its first picture is not the camera's fault", async () => {
  const { capture, start, clock, diary } = rig({ mode: "asleep" });
  await start();
  capture.trigger("button");
  await clock.advance(seconds(1));
  await capture.close("privacy switch");

  expect(diary.missed).toEqual(["button: closed"]);
});

test("whoever subscribes sees each picture once, until they leave", async () => {
  const { capture, start, camera, play } = rig();
  const seen: AccessUnit[] = [];
  const leave = capture.subscribe((unit) => void seen.push(unit));
  await start();
  await play(3);
  leave();
  const before = seen.length;
  await play(3);

  expect(seen).toEqual(camera.shown.slice(0, before));
  expect(capture.newestKey()?.key).toBe(true);
});

test("a longer post-roll in the configuration applies to the clip being recorded", async () => {
  const { capture, start, diary, play } = rig();
  await start();
  await play(5);
  capture.trigger("pir");
  await play(2);
  capture.configure({ ...SETTINGS, postRollMs: 9_000 });
  await play(15);
  await capture.stop();

  expect(diary.ready[0]!.durationMs).toBe(12_000);
});
