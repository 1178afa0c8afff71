// Storyboard, still and preview of a clip: what they show, and how large they are.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { measureClip } from "../../../agent/vault/clip-file.ts";
import type { Cause, Clip } from "../../../agent/vault/clip.ts";
import { keyPictures } from "../../../agent/vault/key-pictures.ts";
import { keysToShow, makePictures, type Pictures, stillFromKey } from "../../../agent/vault/storyboard.ts";
import { layOut, overlay, shown } from "../../../agent/vault/sheet.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { FfmpegPictureDecoder } from "../../../drivers/picture/ffmpeg.ts";
import { clipFacts, recordMp4, temporaryFolder } from "./vault-rig.ts";

const decoder = new FfmpegPictureDecoder(new SystemClock());
const folder = temporaryFolder();

function recording(name: string, options: Parameters<typeof recordMp4>[1]): string {
  const path = join(folder, `${name}.mp4`);
  recordMp4(path, options);
  return path;
}

async function pictures(path: string, facts: Partial<Clip> = {}): Promise<Pictures> {
  const clip = clipFacts({ preRollMs: 0, ...(await measureClip(path)), ...facts });
  const sheet = { clip, causes: [], timezone: "Europe/Paris" };
  return makePictures(await keysToShow(path, sheet), sheet, decoder);
}

const NOISE = "nullsrc=size=1920x1080:rate=4,geq=random(1)*255:128:128";

for (const [what, options] of [
  ["a usual clip", { seconds: 12, picture: "testsrc2=size=1280x720:rate=10" }],
  ["pure noise, the worst there is", { seconds: 3, picture: NOISE, crf: 10 }],
  ["a clip of a single frame", { seconds: 0.1, picture: "testsrc2=size=640x480:rate=10" }],
  ["an upright clip", { seconds: 2, picture: "testsrc2=size=240x960:rate=4" }],
  ["a tiny clip", { seconds: 2, picture: "testsrc2=size=16x16:rate=4" }],
] as const)
  test(`the pictures of ${what} keep to their sizes and carry no metadata`, async () => {
    const { storyboard, still, preview } = await pictures(recording(what.replaceAll(/\W/g, "-"), options));

    expect(still.length).toBeLessThanOrEqual(60_000);
    expect(preview.length).toBeLessThanOrEqual(300_000);
    const [sheet, face, film] = await Promise.all([storyboard, still, preview].map((data) => sharp(data).metadata()));
    expect([sheet!.format, face!.format, film!.format]).toEqual(["jpeg", "jpeg", "webp"]);
    for (const { exif, xmp, iptc, icc } of [sheet!, face!, film!])
      expect([exif, xmp, iptc, icc]).toEqual([undefined, undefined, undefined, undefined]);
    expect(sheet!.width).toBeGreaterThan(1180);
    expect(sheet!.height).toBeLessThan(1100);
  });

test("the sheet shows nine pictures of a long clip and the preview moves", async () => {
  const { preview } = await pictures(recording("long", { seconds: 12 }));

  expect((await sharp(preview).metadata()).pages).toBe(9);
});

test("the still is the picture from just after the trigger, not the empty pre-roll", async () => {
  const day = "color=blue:size=320x180:rate=10,drawbox=color=red:t=fill:enable=between(t\\,6\\,7.5)";
  const path = recording("visitor", { seconds: 14, picture: day });

  const { still } = await pictures(path, { preRollMs: 5000 });

  const { channels } = await sharp(still).stats();
  expect(channels[0]!.mean).toBeGreaterThan(200);
  expect(channels[2]!.mean).toBeLessThan(50);
});

test("a press has its still from the newest key picture alone", async () => {
  const path = recording("press", { seconds: 2, picture: "color=green:size=1280x720:rate=5" });
  const units: Uint8Array[] = [];
  for await (const { unit } of keyPictures(path)) units.push(unit);

  const still = await stillFromKey(units.at(-1)!, decoder);

  expect(still.length).toBeLessThanOrEqual(60_000);
  const { width, height, format } = await sharp(still).metadata();
  expect([width, height, format]).toEqual([800, 450, "jpeg"]);
  const { dominant } = await sharp(still).stats();
  expect(dominant.g).toBeGreaterThan(dominant.r);
});

test("the key pictures of a clip are those that ffmpeg finds, at their times", async () => {
  const path = recording("keys", { seconds: 5 });
  const times: number[] = [];
  const sizes: number[] = [];
  for await (const { atMs, unit } of keyPictures(path)) {
    times.push(atMs);
    sizes.push(unit.length);
  }

  expect(times).toEqual([0, 1000, 2000, 3000, 4000]);
  expect(Math.min(...sizes)).toBeGreaterThan(100);
});

test("a clip with one broken key picture still has a storyboard of the others", async () => {
  const path = recording("broken", { seconds: 5 });
  const whole = await pictures(path);
  const data = readFileSync(path);
  const keys: Buffer[] = [];
  for await (const { unit } of keyPictures(path)) keys.push(Buffer.from(unit));
  // The slice of the third key picture, without the parameter sets in front of it.
  const slice = keys[2]!.subarray(-200);
  const at = data.indexOf(slice);
  const from = at + slice.length - keys[2]!.length + 80;
  data.fill(0xff, from, from + 60);
  writeFileSync(path, data);

  const { storyboard, preview } = await pictures(path);

  expect((await sharp(preview).metadata()).pages).toBeGreaterThanOrEqual(4);
  expect(createHash("sha256").update(storyboard).digest("hex")).not.toBe(
    createHash("sha256").update(whole.storyboard).digest("hex"),
  );
});

test("a file that is no clip is refused by name", async () => {
  const path = join(folder, "no.mp4");
  writeFileSync(path, "not a film");

  await expect(pictures(path, clipFacts())).rejects.toThrow(/^CLIP_UNREADABLE/);
});

test("a clip of which any bytes are wrong is read or refused by name, and never hangs", async () => {
  const path = recording("fuzzed", { seconds: 3 });
  const whole = readFileSync(path);
  const damaged = join(folder, "damaged.mp4");
  const damage = fc.record({
    at: fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
    boxes: fc.array(fc.tuple(fc.nat(1500), fc.nat(255)), { maxLength: 4 }),
    cut: fc.oneof(fc.constant(whole.length), fc.nat(whole.length)),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, boxes, cut }) => {
      const data = Buffer.from(whole);
      for (const [offset, byte] of [...at, ...boxes]) data[offset] = byte;
      writeFileSync(damaged, data.subarray(0, cut));
      for (const read of [() => measureClip(damaged), async () => Array.fromAsync(keyPictures(damaged))])
        await read().catch((error: unknown) => expect(error).toHaveProperty("code", "CLIP_UNREADABLE"));
    }),
    { numRuns: 60 },
  );
});

test("the sheet says when, why, where and what to know before sharing, whatever a zone is called", () => {
  const clip = clipFacts({
    triggers: ["button"],
    zones: ["path", 'a <b> & "c"'],
    objected: true,
    hasAudio: true,
    durationMs: 62_000,
  });
  const causes: Cause[] = [{ kind: "zone", name: "path", offsetMs: 6000, spanMs: 3000, strength: 0.5 }];
  const layout = layOut(9, { width: 1280, height: 720 });

  const svg = overlay(layout, [0, 7000], { clip, causes, timezone: "Asia/Tokyo" });

  for (const text of ["Sun, 22 Nov 2026, 21:00", "the bell rang", "a visitor objected", "with sound", "1:02", ">0:07<"])
    expect(svg).toContain(text);
  expect(svg).toContain('a &lt;b&gt; &amp; "c"');
});

test("a grid of pictures never has holes and never leaves the sheet", () => {
  for (let available = 1; available < 20; available++) {
    const layout = layOut(shown(available), { width: 640, height: 480 });
    expect(layout.tiles).toHaveLength(shown(available));
    for (const { x, y } of layout.tiles) {
      expect(x + layout.tileWidth).toBeLessThan(layout.width);
      expect(y + layout.tileHeight).toBeLessThan(layout.height);
    }
    const last = layout.tiles.at(-1)!;
    expect(last.x + layout.tileWidth + 4).toBe(layout.width);
  }
  expect(shown(0)).toBe(0);
});
