// A copy without sound: every picture of the clip, and no byte of what was heard.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ClipWriter } from "../../../agent/capture/clip-writer.ts";
import { stripAudio } from "../../../agent/capture/strip-audio.ts";
import { footage, pictureHashes, probe, sound, temporaryDirectory } from "./footage.ts";

async function clipWithSound(directory: string): Promise<string> {
  const writer = new ClipWriter({ directory, id: "01kaqz3v5c0000000000000001", audio: true });
  const packets = sound();
  for (const unit of footage()) {
    while (packets[0] && packets[0].at <= unit.at) await writer.audio(packets.shift()!);
    await writer.video(unit);
  }
  return (await writer.finish()).file;
}

test("a copy without sound has every picture, bit for bit and at the same time", async () => {
  using directory = temporaryDirectory();
  const source = await clipWithSound(directory.path);
  const destination = join(directory.path, "stripped.mp4");

  await stripAudio(source, destination);

  const [before, after] = [probe(source), probe(destination)];
  expect(after.streams.map(({ codec_type }) => codec_type)).toEqual(["video"]);
  expect(pictureHashes(destination)).toEqual(pictureHashes(source));
  const video = before.packets.filter(({ codec_type }) => codec_type === "video");
  expect(after.packets.map(({ pts_time }) => pts_time)).toEqual(video.map(({ pts_time }) => pts_time));
});

test("no byte of the sound is left anywhere in the copy", async () => {
  using directory = temporaryDirectory();
  const source = await clipWithSound(directory.path);
  const destination = join(directory.path, "stripped.mp4");

  await stripAudio(source, destination);

  const content = readFileSync(destination);
  expect(readFileSync(source).includes("mp4a")).toBe(true);
  expect(content.includes("mp4a")).toBe(false);
  for (const { data } of sound().slice(3, 30)) expect(content.includes(Buffer.from(data.subarray(7, 39)))).toBe(false);
});

test("what is reported of the copy is what stands on the disk", async () => {
  using directory = temporaryDirectory();
  const source = await clipWithSound(directory.path);
  const destination = join(directory.path, "stripped.mp4");

  const written = await stripAudio(source, destination);

  const content = readFileSync(destination);
  expect(written).toEqual({ bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") });
});

test("a clip without sound comes out the same length, and the source is not touched", async () => {
  using directory = temporaryDirectory();
  const source = await clipWithSound(directory.path);
  const once = join(directory.path, "once.mp4");
  const twice = join(directory.path, "twice.mp4");
  const before = readFileSync(source);

  await stripAudio(source, once);
  await stripAudio(once, twice);

  expect(readFileSync(source).equals(before)).toBe(true);
  expect(pictureHashes(twice)).toEqual(pictureHashes(source));
});

test.each([
  ["a file that is not a video", "this is not a video"],
  ["an empty file", ""],
])("%s is refused, and nothing is left behind", async (_, content) => {
  using directory = temporaryDirectory();
  const source = join(directory.path, "source.mp4");
  writeFileSync(source, content);

  await expect(stripAudio(source, join(directory.path, "copy.mp4"))).rejects.toMatchObject({ code: "CLIP_UNREADABLE" });
  expect(readdirSync(directory.path)).toEqual(["source.mp4"]);
});

test("a missing source and a missing folder are told apart", async () => {
  using directory = temporaryDirectory();
  const missing = join(directory.path, "missing", "copy.mp4");
  const source = await clipWithSound(directory.path);

  await expect(stripAudio(join(directory.path, "none.mp4"), missing)).rejects.toMatchObject({
    code: "CLIP_UNREADABLE",
  });
  await expect(stripAudio(source, missing)).rejects.toMatchObject({ code: "CLIP_NOT_WRITTEN" });
});
