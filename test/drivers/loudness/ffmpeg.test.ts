// How loud a recording is, second by second.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { FfmpegLoudnessMeter } from "../../../drivers/loudness/ffmpeg.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-loudness-"));
afterAll(() => rmSync(folder, { recursive: true }));
const meter = new FfmpegLoudnessMeter(new SystemClock());

function recording(name: string, sound: string): string {
  const file = join(folder, name);
  const words = `-v error -y -f lavfi -i testsrc2=size=64x48:rate=5 ${sound} -c:v libx264 -preset ultrafast ${file}`;
  execFileSync("ffmpeg", words.split(/ +/));
  return file;
}

test("a bang in the third second shows in the third second and nowhere else", async () => {
  const bang = "aevalsrc=0.8*sin(2500*t)*between(t\\,2.2\\,2.6):s=16000:d=5";
  const file = recording("bang.mp4", `-f lavfi -i ${bang} -t 5 -c:a aac -b:a 64k`);

  const peaks = await meter.peaks(file);

  expect(peaks.length).toBeGreaterThanOrEqual(5);
  expect(peaks.slice(0, 5).map((peak) => (peak > 0.5 ? "loud" : peak < 0.1 ? "quiet" : "middling"))).toEqual([
    "quiet",
    "quiet",
    "loud",
    "quiet",
    "quiet",
  ]);
});

test("a clip without sound has no loudness, not silence", async () => {
  await expect(meter.peaks(recording("mute.mp4", "-t 1"))).rejects.toThrow(/^LOUDNESS_NOT_MEASURED/);
});

test("no recording, no ffmpeg, and no patience are three different answers", async () => {
  const noise = join(folder, "noise.mp4");
  writeFileSync(noise, "no film");
  const absent = new FfmpegLoudnessMeter(new SystemClock(), "/nonexistent/ffmpeg");
  const stop = new AbortController();
  stop.abort(new RangeError("a visitor came"));

  await expect(meter.peaks(noise)).rejects.toThrow(/^LOUDNESS_NOT_MEASURED/);
  await expect(absent.peaks(noise)).rejects.toThrow(/^LOUDNESS_METER_MISSING/);
  await expect(meter.peaks(noise, stop.signal)).rejects.toThrow("a visitor came");
});
