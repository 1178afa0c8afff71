// A recording before a card that is too slow: what is left out, and that the rest can be decoded.
import { expect, onTestFinished, test } from "vitest";
import { ClipWriter } from "../../../agent/capture/clip-writer.ts";
import { Recording } from "../../../agent/capture/recording.ts";
import { annexB, footage, pictureHashes, probe, temporaryDirectory } from "./footage.ts";

function rig(queueBytes: number) {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const writer = new ClipWriter({ directory: directory.path, id: "01kaqz3v5c0000000000000001", audio: false });
  return new Recording({ writer, queueBytes, onFailure: () => {} });
}

test("a card slower than the camera costs the ends of key intervals, and what is kept can be decoded", async () => {
  const units = footage({ seconds: 6 });
  const oneGroup = units.slice(0, 15).reduce((sum, { data }) => sum + data.byteLength, 0);
  const recording = rig(oneGroup * 1.5);

  // The camera does not wait: all of it arrives before the card takes the first picture.
  for (const unit of units) recording.video(unit);
  const clip = await recording.finish();

  const kept = pictureHashes(clip.file);
  expect(recording.droppedPictures).toBe(90 - kept.length);
  expect(recording.droppedPictures).toBeGreaterThan(50);
  expect(kept).toEqual(pictureHashes("-", annexB(units)).slice(0, kept.length));
});

test("after a gap the clip goes on with the next key picture, at its own time", async () => {
  const units = footage({ seconds: 6 });
  const recording = rig(units.slice(0, 20).reduce((sum, { data }) => sum + data.byteLength, 0));
  for (const unit of units.slice(0, 25)) recording.video(unit);
  // Now the card has caught up.
  for (let turns = 0; turns < 2000; turns++) await new Promise<void>((resolve) => setImmediate(resolve));
  for (const unit of units.slice(25, 45)) recording.video(unit);

  const clip = await recording.finish();

  const times = probe(clip.file).packets.map(({ pts_time }) => Math.round(Number(pts_time) * 15));
  expect(recording.droppedPictures).toBeGreaterThan(0);
  expect(times.slice(0, 15)).toEqual(Array.from({ length: 15 }, (_, n) => n));
  expect(times.find((n) => n > 20)! % 15).toBe(0);
  expect(clip.durationMs).toBe(3000);
});

test("what the ring held never counts as too much", async () => {
  const units = footage({ seconds: 4 });
  const recording = rig(1000);

  recording.begin(units, []);
  const clip = await recording.finish();

  expect(recording.droppedPictures).toBe(0);
  expect(pictureHashes(clip.file)).toHaveLength(60);
});
