// Clips that were cut off anywhere, and what recovery makes of them.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ClipWriter } from "../../../agent/capture/clip-writer.ts";
import { wholeExtent } from "../../../agent/capture/fragments.ts";
import { recover } from "../../../agent/capture/recovery.ts";
import { footage, pictureHashes, probe, sound, temporaryDirectory } from "./footage.ts";

const ID = "01kaqz3v5c0000000000000001";

async function finishedClip(directory: string, audio = false): Promise<string> {
  const writer = new ClipWriter({ directory, id: ID, audio });
  const packets = audio ? sound({ seconds: 4 }) : [];
  for (const unit of footage({ seconds: 4, size: "160x90" })) {
    while (packets[0] && packets[0].at <= unit.at) await writer.audio(packets.shift()!);
    await writer.video(unit);
  }
  return (await writer.finish()).file;
}

const inMemory = (content: Uint8Array) => async (offset: number, length: number) =>
  content.subarray(offset, offset + length);

test("wherever the power fails, exactly the whole fragments before that point count", async () => {
  using directory = temporaryDirectory();
  const content = readFileSync(await finishedClip(directory.path, true));
  const ends: number[] = [];
  for (let offset = 0; offset < content.length; offset += content.readUInt32BE(offset))
    if (["mdat", "mfra"].includes(content.toString("latin1", offset + 4, offset + 8)))
      ends.push(offset + content.readUInt32BE(offset));

  for (let length = 0; length <= content.length; length++) {
    const { wholeBytes } = await wholeExtent(inMemory(content.subarray(0, length)), length);
    expect(wholeBytes).toBe(ends.findLast((end) => end <= length) ?? 0);
  }
});

test("a clip cut off anywhere is salvaged up to its last whole fragment and can be played", async () => {
  using directory = temporaryDirectory();
  const file = await finishedClip(directory.path);
  const whole = pictureHashes(file);
  const size = readFileSync(file).length;

  for (let step = 1; step <= 12; step++) {
    using place = temporaryDirectory();
    const part = join(place.path, `${ID}.mp4.part`);
    copyFileSync(file, part);
    truncateSync(part, Math.floor((size * step) / 12) - (step % 3));

    const [clip] = await recover(place.path);

    if (clip?.outcome === "unusable") {
      expect(step).toBeLessThan(5);
      expect(readdirSync(place.path)).toEqual([]);
      continue;
    }
    const pictures = pictureHashes(clip!.file);
    expect(pictures).toEqual(whole.slice(0, pictures.length));
    expect(pictures.length % 15).toBe(0);
    expect(clip).toMatchObject({ outcome: "salvaged", id: ID, width: 160, height: 90, hasAudio: false });
    expect(clip!.durationMs / 1000).toBeCloseTo(Number(probe(clip!.file).format.duration), 2);
    const content = readFileSync(clip!.file);
    expect([clip!.bytes, clip!.sha256]).toEqual([content.length, createHash("sha256").update(content).digest("hex")]);
    expect(readdirSync(place.path)).toEqual([`${ID}.mp4`]);
  }
});

test("a clip that was complete but not yet named is kept whole", async () => {
  using directory = temporaryDirectory();
  const file = await finishedClip(directory.path, true);
  const content = readFileSync(file);
  using place = temporaryDirectory();
  writeFileSync(join(place.path, `${ID}.mp4.part`), content);

  const [clip] = await recover(place.path);

  expect(clip).toMatchObject({ outcome: "salvaged", bytes: content.length, lostBytes: 0, hasAudio: true });
});

test.each([
  ["an empty file", new Uint8Array(0)],
  ["zeros that a power cut left", new Uint8Array(100_000)],
  ["something that is not a video", Buffer.from("not a video at all, but long enough to have a header")],
])("%s is reported as unusable and removed", async (_, content) => {
  using place = temporaryDirectory();
  writeFileSync(join(place.path, `${ID}.mp4.part`), content);

  expect(await recover(place.path)).toEqual([
    { outcome: "unusable", id: ID, detail: `no whole fragment in ${content.length} bytes` },
  ]);
  expect(readdirSync(place.path)).toEqual([]);
});

test("a tail of zeros behind whole fragments is cut off", async () => {
  using directory = temporaryDirectory();
  const content = readFileSync(await finishedClip(directory.path));
  using place = temporaryDirectory();
  const whole = (await wholeExtent(inMemory(content), content.length - 500)).wholeBytes;
  const holed = Buffer.concat([content.subarray(0, whole), Buffer.alloc(8192)]);
  writeFileSync(join(place.path, `${ID}.mp4.part`), holed);

  expect(await recover(place.path)).toMatchObject([{ outcome: "salvaged", bytes: whole, lostBytes: 8192 }]);
});

test("finished clips and other people's files are left alone, and a second recovery has nothing to do", async () => {
  using place = temporaryDirectory();
  writeFileSync(join(place.path, "catalogue.part"), "x");
  writeFileSync(join(place.path, `${ID}.mp4`), "x");

  expect(await recover(place.path)).toEqual([]);
  expect(readdirSync(place.path).toSorted()).toEqual([`${ID}.mp4`, "catalogue.part"]);
});

test("a recorder killed in the middle of a clip loses no more than its last key interval", async () => {
  using place = temporaryDirectory();
  const source = join(place.path, "pictures.json");
  const units = footage({ seconds: 4, keyEvery: 15 });
  writeFileSync(
    source,
    JSON.stringify(units.map(({ data, key }) => ({ data: Buffer.from(data).toString("base64"), key }))),
  );
  const program = new URL("endless-writer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [program, place.path, ID, source], { stdio: ["ignore", "pipe", "inherit"] });
  let last = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    last = Number(chunk.toString().trim().split("\n").at(-1));
    if (last >= 600) child.kill("SIGKILL");
  });
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  expect(signal).toBe("SIGKILL");
  expect(existsSync(join(place.path, `${ID}.mp4`))).toBe(false);

  const [clip] = await recover(place.path);

  expect(clip?.outcome).toBe("salvaged");
  const pictures = Number(probe(join(place.path, `${ID}.mp4`)).streams[0]!.nb_read_packets);
  expect(pictures % 15).toBe(0);
  expect(pictures).toBeGreaterThanOrEqual(last - 30);
});
