// What the capture room keeps beside the pictures of a clip: sound, zones in which something moved, confirmation, an objection.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { DriverError } from "../../../drivers/error.ts";
import { pictureHashes, probe } from "./footage.ts";

import { rig } from "./capture-rig.ts";

test("sound is recorded with the pictures, pre-roll included, within 40 milliseconds", async () => {
  const { capture, start, diary, play } = rig({}, { sound: true });
  await start();
  await play(10);
  capture.trigger("button");
  await play(10);
  await capture.stop();

  const { packets, streams } = probe(diary.ready[0]!.file);
  expect(streams.map(({ codec_name }) => codec_name)).toEqual(["h264", "aac"]);
  const begins = (type: string): number => Number(packets.find(({ codec_type }) => codec_type === type)!.pts_time);
  expect(Math.abs(begins("audio") - begins("video"))).toBeLessThan(0.04);
  expect(diary.ready[0]!.hasAudio).toBe(true);
});

test("a microphone that fails leaves a clip with pictures, and is opened again", async () => {
  const { capture, start, microphone, diary, play } = rig({}, { sound: true });
  await start();
  await play(5);
  microphone!.feed.end(new DriverError("CAMERA_FILE_MISSING", "stands for an unplugged sound card"));
  await play(0.2);
  capture.trigger("button");
  await play(6);
  expect(microphone!.feed.opened).toBe(2);
  await capture.stop();

  expect(diary.ready).toHaveLength(1);
  expect(pictureHashes(diary.ready[0]!.file).length).toBeGreaterThan(30);
});

test("the microphone is closed whenever the camera is", async () => {
  const { capture, start, microphone, play } = rig({}, { sound: true });
  await start();
  await play(3);
  expect(microphone!.feed.open).toBe(true);

  await capture.close("privacy switch");

  expect(microphone!.feed.open).toBe(false);
});

test("zones in which something moved are kept with the clip, pre-roll included", async () => {
  const { capture, start, diary, play } = rig();
  await start();
  capture.analysing(true);
  await play(2);
  capture.moved(["street"], 0.9);
  await play(7);
  capture.moved(["path"], 0.2);
  await play(1);
  capture.trigger("pir");
  await play(2);
  capture.moved(["path", "door"], 0.5);
  await play(8);
  await capture.stop();

  expect(diary.ready[0]).toMatchObject({
    zones: ["path", "door"],
    movements: [
      { zone: "path", fromMs: 2000, toMs: 5000, peak: 0.5 },
      { zone: "door", fromMs: 5000, toMs: 5000, peak: 0.5 },
    ],
  });
});

test("zones are unknown when motion was not watched all the time", async () => {
  const { capture, start, diary, play } = rig();
  await start();
  capture.analysing(true);
  await play(5);
  capture.trigger("pir");
  capture.moved(["path"], 0.5);
  await play(1);
  capture.analysing(false);
  await play(8);
  await capture.stop();

  expect(diary.ready[0]!.zones).toBe("unknown");
});

test("a clip that nobody could look at is kept, though nothing confirmed it", async () => {
  const { capture, start, diary, play } = rig({ confirm: "motion" });
  await start();
  await play(10);
  capture.trigger("pir");
  await play(10);
  capture.analysing(true);
  capture.trigger("pir");
  await play(2);
  capture.analysing(false);
  await play(10);
  await capture.stop();

  expect(diary.ready.map(({ triggers, zones }) => [triggers, zones])).toEqual([
    [["pir"], "unknown"],
    [["pir"], "unknown"],
  ]);
});

test("a clip that nothing confirmed is removed and only its beginning and end are told", async () => {
  const { capture, start, diary, play, path } = rig({ confirm: "motion" });
  await start();
  capture.analysing(true);
  await play(5);
  capture.trigger("pir");
  await play(10);
  await capture.stop();

  expect(diary.discarded).toEqual([diary.started[0]!.id]);
  expect(diary.ready).toEqual([]);
  expect(readdirSync(path)).toEqual([]);
});

test("a visitor who objects at any time during the clip marks it", async () => {
  const { capture, start, diary, play } = rig();
  await start();
  await play(5);
  capture.trigger("pir");
  await play(1);
  capture.objecting(true);
  capture.objecting(false);
  await play(20);
  capture.trigger("pir");
  await play(10);
  await capture.stop();

  expect(diary.ready.map(({ objected }) => objected)).toEqual([true, false]);
});
