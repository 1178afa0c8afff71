// What the clip writer leaves on the disk, as ffprobe reads it: every picture, on one clock with the sound, in fragments.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ClipWriter } from "../../../agent/capture/clip-writer.ts";
import { AgentError } from "../../../agent/error.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import type { AudioPacket } from "../../../drivers/microphone/microphone.ts";
import { annexB, footage, pictureHashes, probe, run, sound, temporaryDirectory } from "./footage.ts";

const ID = "01kaqz3v5c0000000000000001";

/** Writes pictures and sound in the order they were captured. */
async function write(directory: string, units: readonly AccessUnit[], packets?: readonly AudioPacket[]) {
  const writer = new ClipWriter({ directory, id: ID, audio: packets !== undefined });
  const queue = [...(packets ?? [])];
  for (const unit of units) {
    while (queue[0] && queue[0].at <= unit.at) await writer.audio(queue.shift()!);
    await writer.video(unit);
  }
  return await writer.finish();
}

test("every picture of the camera is in the clip, bit for bit", async () => {
  using directory = temporaryDirectory();
  const units = footage();

  const clip = await write(directory.path, units);

  expect(pictureHashes(clip.file)).toEqual(pictureHashes("-", annexB(units)));
  expect(pictureHashes(clip.file)).toHaveLength(90);
});

test("a clip begins at zero and keeps the time between pictures, the last one included", async () => {
  using directory = temporaryDirectory();
  const even = footage({ seconds: 3 });
  const units = even.map((unit, n) => ({ ...unit, at: (unit.at + (n > 20 ? 250 : 0)) as AccessUnit["at"] }));

  const clip = await write(directory.path, units);

  const { packets, format } = probe(clip.file);
  const times = packets.map(({ pts_time }) => Number(pts_time));
  for (const [n, unit] of units.entries()) expect(times[n]).toBeCloseTo((unit.at - units[0]!.at) / 1000, 4);
  expect(Number(packets.at(-1)!.duration_time)).toBeCloseTo(1 / 15, 3);
  expect(Number(format.duration)).toBeCloseTo(3.25, 2);
  expect(clip.durationMs).toBe(3250);
  expect(clip.startedAtUptime).toBe(1_000_500);
});

test("what is reported of a clip is what stands on the disk", async () => {
  using directory = temporaryDirectory();

  const clip = await write(directory.path, footage({ seconds: 2, size: "322x178" }));

  const content = readFileSync(clip.file);
  expect(readdirSync(directory.path)).toEqual([`${ID}.mp4`]);
  expect(clip).toMatchObject({
    file: join(directory.path, `${ID}.mp4`),
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    width: 322,
    height: 178,
    hasAudio: false,
  });
});

test("there is one fragment for each key interval", async () => {
  using directory = temporaryDirectory();

  const { file } = await write(directory.path, footage({ seconds: 6, keyEvery: 30 }));
  expect(boxes(file)).toEqual(["ftyp", "moov", "moof", "mdat", "moof", "mdat", "moof", "mdat", "mfra"]);
});

test("with sound there is still one fragment for each key interval", async () => {
  using directory = temporaryDirectory();

  const { file } = await write(directory.path, footage({ seconds: 6, keyEvery: 30 }), sound());
  expect(boxes(file).filter((type) => type === "moof")).toHaveLength(3);
});

test("sound and pictures share one clock in the clip", async () => {
  using directory = temporaryDirectory();
  const packets = sound({ startMs: 1_000_000, seconds: 7 });

  const clip = await write(directory.path, footage(), packets);

  const { streams, packets: stored } = probe(clip.file);
  expect(streams.map(({ codec_name }) => codec_name)).toEqual(["h264", "aac"]);
  expect(clip.hasAudio).toBe(true);
  const first = packets.find(({ at }) => at >= 1_000_500)!;
  const audio = stored.filter(({ codec_type }) => codec_type === "audio");
  expect(Number(audio[0]!.pts_time)).toBeCloseTo((first.at - 1_000_500) / 1000, 3);
  expect(Number(audio.at(-1)!.pts_time)).toBeCloseTo(5.9, 1);
});

test("a microphone that says nothing does not keep the pictures waiting", async () => {
  using directory = temporaryDirectory();

  const clip = await write(directory.path, footage({ seconds: 8 }), []);

  expect(clip.hasAudio).toBe(false);
  expect(probe(clip.file).streams.map(({ codec_type }) => codec_type)).toEqual(["video"]);
  expect(pictureHashes(clip.file)).toHaveLength(120);
});

test("a microphone that falls silent midway leaves a clip with all its pictures", async () => {
  using directory = temporaryDirectory();
  const writer = new ClipWriter({ directory: directory.path, id: ID, audio: true });
  const packets = sound({ seconds: 2 });
  for (const unit of footage({ seconds: 12 })) {
    while (packets[0] && packets[0].at <= unit.at) await writer.audio(packets.shift()!);
    await writer.video(unit);
  }

  // Ten seconds later they are on the disk, not in memory.
  expect(boxes(`${writer.file}.part`).filter((type) => type === "moof").length).toBeGreaterThan(8);
  const clip = await writer.finish();

  expect(clip.hasAudio).toBe(true);
  expect(pictureHashes(clip.file)).toHaveLength(180);
});

test("a clip of a single picture can be played", async () => {
  using directory = temporaryDirectory();

  const clip = await write(directory.path, footage({ seconds: 1 }).slice(0, 1));

  expect(clip.durationMs).toBe(67);
  expect(pictureHashes(clip.file)).toHaveLength(1);
});

test("a clip without a picture is refused and leaves nothing behind", async () => {
  using directory = temporaryDirectory();
  const writer = new ClipWriter({ directory: directory.path, id: ID, audio: false });

  await expect(writer.finish()).rejects.toThrow(AgentError);
  expect(readdirSync(directory.path)).toEqual([]);
});

test("a clip that would not begin with a key picture is refused", async () => {
  using directory = temporaryDirectory();
  const writer = new ClipWriter({ directory: directory.path, id: ID, audio: false });

  await expect(writer.video(footage({ seconds: 1 })[1]!)).rejects.toMatchObject({ code: "CLIP_NOT_WRITTEN" });
  expect(readdirSync(directory.path)).toEqual([]);
});

test("a clip that is given up leaves nothing on the card", async () => {
  using directory = temporaryDirectory();
  const writer = new ClipWriter({ directory: directory.path, id: ID, audio: false });
  for (const unit of footage({ seconds: 3 })) await writer.video(unit);
  expect(existsSync(`${writer.file}.part`)).toBe(true);

  await writer.discard();

  expect(readdirSync(directory.path)).toEqual([]);
});

test("a directory that cannot be written to is named in the error", async () => {
  using directory = temporaryDirectory();
  const missing = join(directory.path, "missing");
  const writer = new ClipWriter({ directory: missing, id: ID, audio: false });

  await expect(writer.video(footage({ seconds: 1 })[0]!)).rejects.toMatchObject({
    code: "CLIP_NOT_WRITTEN",
    cause: { code: "ENOENT" },
  });
});

test("a clip is never written over another one", async () => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, `${ID}.mp4.part`));
  const writer = new ClipWriter({ directory: directory.path, id: ID, audio: false });

  await expect(writer.video(footage({ seconds: 1 })[0]!)).rejects.toMatchObject({ cause: { code: "EEXIST" } });
});

test("a card that fills up in the middle of a clip is reported and the half clip makes room", async ({ skip }) => {
  using directory = temporaryDirectory();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=300k", "tmpfs", directory.path]).status === 0;
  skip(!mounted, "only root may mount a small file system");
  try {
    const writer = new ClipWriter({ directory: directory.path, id: ID, audio: false });
    const all = async (): Promise<void> => {
      for (const unit of footage({ seconds: 20, size: "640x360" })) await writer.video(unit);
    };

    await expect(all()).rejects.toMatchObject({ code: "CLIP_NOT_WRITTEN", cause: { code: "ENOSPC" } });

    expect(readdirSync(directory.path)).toEqual([]);
  } finally {
    run("umount", [directory.path]);
  }
});

/** The types of the top-level boxes of an MP4, in order. */
function boxes(file: string): string[] {
  const content = readFileSync(file);
  const types: string[] = [];
  for (let offset = 0; offset < content.length; offset += content.readUInt32BE(offset))
    types.push(content.toString("latin1", offset + 4, offset + 8));
  return types;
}
