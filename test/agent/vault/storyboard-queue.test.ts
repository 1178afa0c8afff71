// Storyboards are made after the clip is safe, one at a time, and never in the way of a recording.
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { clipFile, pictureFiles } from "../../../agent/vault/clip-file.ts";
import { keysToShow, makePictures } from "../../../agent/vault/storyboard.ts";
import { StoryboardQueue } from "../../../agent/vault/storyboard-queue.ts";
import { DriverError } from "../../../drivers/error.ts";
import type { LoudnessMeter } from "../../../drivers/loudness/loudness.ts";
import { SimulatedPictureDecoder } from "../../../drivers/picture/simulated.ts";
import { emptyVault, putClip } from "./vault-rig.ts";

function rig(vault = emptyVault(), loudness?: LoudnessMeter) {
  const decoder = new SimulatedPictureDecoder();
  const done: [string, string | undefined][] = [];
  const faults: unknown[] = [];
  const queue = new StoryboardQueue({
    catalogue: vault.catalogue,
    folders: vault,
    studio: async (path, facts, signal) => makePictures(await keysToShow(path, facts), facts, decoder, signal),
    timezone: "UTC",
    ...(loudness ? { loudness } : {}),
    onDone: (id, failure) => done.push([id, failure?.code]),
    onFault: (error) => faults.push(error),
  });
  return { vault, decoder, queue, done, faults };
}

test("clips get their pictures one after another, the newest first, and the catalogue knows their sizes", async () => {
  const { vault, queue, done } = rig();
  const clips = [putClip(vault), putClip(vault), putClip(vault)];

  await queue.start();
  await queue.idle();

  expect(done.map(([id]) => id)).toEqual(clips.map(({ id }) => id).toReversed());
  for (const { id } of clips) {
    const files = pictureFiles(vault, id);
    expect(vault.catalogue.pictures(id)).toEqual({
      state: "made",
      storyboardBytes: statSync(files.storyboard).size,
      stillBytes: statSync(files.still).size,
      previewBytes: statSync(files.preview).size,
    });
  }
  await queue.stop();
});

test("nothing is drawn while a recording runs, and what was begun is dropped at once", async () => {
  const { vault, queue, decoder, done } = rig();
  const clip = putClip(vault);
  const { promise: hold, resolve: finish } = Promise.withResolvers<void>();
  decoder.hold = hold;
  await queue.start();
  await decoder.asked;

  queue.setRecording(true);
  await queue.idle();
  expect(decoder.drawn).toBe(0);
  expect(readdirSync(vault.stills)).toEqual([]);
  queue.wake();
  await queue.idle();
  expect(vault.catalogue.pictures(clip.id)).toBeUndefined();

  finish();
  queue.setRecording(false);
  await queue.idle();
  expect(done).toEqual([[clip.id, undefined]]);
});

test("a clip whose pictures fail stays, with the reason, and does not stop the others", async () => {
  const { vault, queue, decoder, done } = rig();
  const [bad, good] = [putClip(vault), putClip(vault)];
  rmSync(clipFile(vault, bad.id));

  await queue.start();
  await queue.idle();

  expect(done).toEqual([
    [good.id, undefined],
    [bad.id, "CLIP_UNREADABLE"],
  ]);
  expect(vault.catalogue.get(bad.id).state).toBe("ready");
  expect(vault.catalogue.pictures(bad.id)).toMatchObject({ state: "failed", attempts: 1 });
  // Its three key pictures, and one of them as large as a still is.
  expect(decoder.drawn).toBe(4);
});

test("a failed storyboard is tried at the next two starts, and then let be", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  let tries = 0;
  for (let start = 0; start < 5; start++) {
    const { queue, decoder, done } = rig(vault);
    decoder.failure = new DriverError("PICTURE_UNDECODABLE", "grey soup");
    await queue.start();
    queue.wake();
    await queue.idle();
    await queue.stop();
    tries += done.length;
  }

  expect(tries).toBe(3);
  expect(vault.catalogue.pictures(clip.id)).toMatchObject({ state: "failed", attempts: 3 });
});

test("a decoder that is not installed is no fault of the clip: after its installation there are pictures", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  for (let start = 0; start < 5; start++) {
    const { queue, decoder } = rig(vault);
    decoder.failure = new DriverError("PICTURE_DECODER_MISSING", "ffmpeg");
    await queue.start();
    await queue.stop();
  }
  const { queue } = rig(vault);
  await queue.start();
  await queue.idle();

  expect(vault.catalogue.pictures(clip.id)).toMatchObject({ state: "made" });
});

test("a clip deleted while its pictures are being made leaves none behind", async () => {
  const { vault, queue, decoder } = rig();
  const [older, newer] = [putClip(vault), putClip(vault)];
  const { promise: hold, resolve: finish } = Promise.withResolvers<void>();
  decoder.hold = hold;
  await queue.start();
  await decoder.asked;

  vault.catalogue.beginDeletion(newer.id, "owner");
  const released = queue.release(newer.id);
  finish();
  await released;
  await queue.idle();

  expect(readdirSync(vault.stills).filter((name) => name.startsWith(newer.id))).toEqual([]);
  expect(existsSync(pictureFiles(vault, older.id).storyboard)).toBe(true);
});

test("stopping in the middle leaves the clip for the next start", async () => {
  const vault = emptyVault();
  const clip = putClip(vault);
  const first = rig(vault);
  first.decoder.hold = new Promise(() => {});
  await first.queue.start();
  await first.decoder.asked;
  await first.queue.stop();
  expect(vault.catalogue.pictures(clip.id)).toBeUndefined();

  const second = rig(vault);
  await second.queue.start();
  await second.queue.idle();
  expect(vault.catalogue.pictures(clip.id)).toMatchObject({ state: "made" });
  expect([first.faults, second.faults]).toEqual([[], []]);
});

test("how loud a clip is can be seen without playing it, and a clip without sound is not listened to", async () => {
  const vault = emptyVault();
  const [mute, loud] = [putClip(vault, { hasAudio: false }), putClip(vault, { hasAudio: true })];
  const heard: string[] = [];
  const meter: LoudnessMeter = {
    peaks: async (file) => {
      heard.push(file);
      return [0.004, 0.5, 1];
    },
  };
  const { queue } = rig(vault, meter);
  await queue.start();
  await queue.idle();

  expect(heard).toEqual([clipFile(vault, loud.id)]);
  expect(vault.catalogue.pictures(loud.id)).toMatchObject({ state: "made", loudness: [0, 0.5, 1] });
  expect(vault.catalogue.pictures(mute.id)).not.toHaveProperty("loudness");
});

test("a clip whose sound cannot be measured has its storyboard all the same", async () => {
  const vault = emptyVault();
  const clip = putClip(vault, { hasAudio: true });
  const meter: LoudnessMeter = { peaks: () => Promise.reject(new DriverError("LOUDNESS_NOT_MEASURED", "hiss")) };
  const { queue } = rig(vault, meter);
  await queue.start();
  await queue.idle();

  expect(vault.catalogue.pictures(clip.id)).toMatchObject({ state: "made" });
});
