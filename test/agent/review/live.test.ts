// The live view: every picture as a fragment of its own, decodable by others, bounded for each viewer.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LiveFeed } from "../../../agent/review/live-feed.ts";
import { LiveFragments } from "../../../agent/review/live-fragments.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { footage } from "../capture/footage.ts";

const UNITS = footage({ seconds: 4, startMs: 0 });

/** What ffprobe makes of it: one line a picture, its time, length and whether it is a key picture. */
function probed(bytes: Uint8Array): string[] {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "live.mp4");
  writeFileSync(file, bytes);
  execFileSync("ffmpeg", ["-v", "error", "-xerror", "-i", file, "-f", "null", "-"]);
  const args = ["-v", "error", "-show_entries", "packet=pts_time,duration_time,flags", "-of", "csv=p=0", file];
  return execFileSync("ffprobe", args, { encoding: "utf8" }).trim().split("\n");
}

test("every picture is in the stream once, at its own time, as it was coded", () => {
  const fragments = LiveFragments.from(UNITS[0]!)!;
  const parts = UNITS.map((unit) => fragments.push(unit)).filter((part) => part !== undefined);

  const lines = probed(Buffer.concat([fragments.header, ...parts]));

  expect(lines).toHaveLength(UNITS.length - 1);
  expect(lines[0]).toMatch(/^0\.000000,0\.066667,K/);
  expect(lines.filter((line) => line.includes("K"))).toHaveLength(4);
  for (const [n, line] of lines.entries()) expect(Number(line.split(",")[0])).toBeCloseTo(n / 15, 3);
});

test("a fragment holds one picture, so nobody waits for a second one: less than 0.2 s each", () => {
  const fragments = LiveFragments.from(UNITS[0]!)!;
  const parts = UNITS.map((unit) => fragments.push(unit)).filter((part) => part !== undefined);

  for (const part of parts) {
    const text = Buffer.from(part).toString("latin1");
    expect(text.slice(4, 8)).toBe("moof");
    expect(text.split("moof")).toHaveLength(2);
  }
});

test("a camera that stops for a while leaves no gap that a player would stumble over", () => {
  const late = UNITS.map((unit, n) => (n < 20 ? unit : { ...unit, at: (unit.at + 700) as AccessUnit["at"] }));
  const fragments = LiveFragments.from(late[0]!)!;
  const parts = late.map((unit) => fragments.push(unit)).filter((part) => part !== undefined);

  let end = 0;
  for (const part of parts) {
    const bytes = Buffer.from(part);
    const begins = Number(bytes.readBigUInt64BE(bytes.indexOf("tfdt") + 8));
    expect(begins).toBe(end);
    end = begins + bytes.readUInt32BE(bytes.indexOf("trun") + 16);
  }
  expect(end / 90_000).toBeCloseTo(late.at(-1)!.at / 1000, 2);
});

test("a stream that does not begin with a key picture is not begun", () => {
  expect(LiveFragments.from(UNITS[1]!)).toBeUndefined();
});

function camera() {
  const taps = new Set<(unit: AccessUnit) => void>();
  return {
    group: UNITS.slice(0, 3) as readonly AccessUnit[],
    newestGroup() {
      return this.group;
    },
    subscribe(tap: (unit: AccessUnit) => void) {
      taps.add(tap);
      return () => void taps.delete(tap);
    },
    give: (unit: AccessUnit) => taps.forEach((tap) => tap(unit)),
    taps,
  };
}

async function rest(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

test("a viewer begins with the newest key picture and goes on with what comes, until the camera closes", async () => {
  const eye = camera();
  const feed = new LiveFeed(new SimulatedClock(), () => eye);
  const { body, type, startedAt } = feed.watch(undefined);
  for (const unit of UNITS.slice(3)) eye.give(unit);

  feed.end();

  expect(type).toMatch(/^video\/mp4; codecs="avc1\.[0-9a-f]{6}"$/);
  expect(startedAt).toBe("2026-11-22T12:00:00.000Z");
  expect(probed(await rest(body))).toHaveLength(UNITS.length - 1);
  expect([feed.viewers, eye.taps.size]).toEqual([0, 0]);
});

test("a viewer that goes, or whose session ends, is forgotten", async () => {
  const eye = camera();
  const feed = new LiveFeed(new SimulatedClock(), () => eye);
  const session = new AbortController();
  const first = feed.watch(session.signal);
  const second = feed.watch(undefined);
  expect(eye.taps.size).toBe(2);

  session.abort();
  await second.body.cancel();

  expect([feed.viewers, eye.taps.size]).toEqual([0, 0]);
  expect((await rest(first.body)).length).toBeGreaterThan(0);
});

test("a viewer that does not keep up misses pictures to the next key picture, and memory stays bounded", async () => {
  const eye = camera();
  const feed = new LiveFeed(new SimulatedClock(), () => eye);
  const { body } = feed.watch(undefined);
  const weight = UNITS.reduce((sum, { data }) => sum + data.byteLength, 0);
  const rounds = Math.ceil((3 << 20) / weight);
  const spanMs = UNITS.length * (1000 / 15);
  for (let round = 0; round < rounds; round++)
    for (const unit of UNITS)
      if (round || unit.at > 150) eye.give({ ...unit, at: (unit.at + round * spanMs) as AccessUnit["at"] });
  feed.end();

  const bytes = await rest(body);

  expect(bytes.length).toBeLessThan((1 << 20) + weight);
  expect(probed(bytes).length).toBeGreaterThan(100);
});

test("a closed camera, and a fifth viewer, are refused with the reason", () => {
  const eye = camera();
  const feed = new LiveFeed(new SimulatedClock(), () => eye);
  for (let n = 0; n < 4; n++) feed.watch(undefined);

  expect(() => feed.watch(undefined)).toThrow(/LIVE_REFUSED: 4 are watching/);
  expect(() => new LiveFeed(new SimulatedClock(), () => undefined).watch(undefined)).toThrow(/LIVE_REFUSED/);
  eye.group = [];
  expect(() => feed.watch(undefined)).toThrow(/LIVE_REFUSED: the camera gives no pictures/);
});

test("a camera that comes back with another size ends the stream: the page begins a new one", async () => {
  const eye = camera();
  const feed = new LiveFeed(new SimulatedClock(), () => eye);
  const { body } = feed.watch(undefined);

  eye.give(footage({ seconds: 1, size: "160x90", startMs: 5000 })[0]!);

  expect((await rest(body)).length).toBeGreaterThan(0);
  expect(feed.viewers).toBe(0);
});
