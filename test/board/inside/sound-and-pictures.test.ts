// The microphone on a sound card that hears what is played, the chime through a real card, and the USB camera's driver on a real device.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { V4l2Camera } from "../../../drivers/camera/v4l2.ts";
import { SoundChime } from "../../../drivers/chime/sound.ts";
import { AacMicrophone } from "../../../drivers/microphone/aac.ts";
import { Arecord } from "../../../drivers/microphone/arecord.ts";
import { microphoneContract } from "../../contract/microphone.ts";
import { clock } from "./bench.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-board-"));
afterAll(() => rmSync(folder, { recursive: true }));

const HERTZ = 440;
const RATE = 48_000;
const HEARS = "hw:Loopback,0,0";
const PLAYS = "hw:Loopback,1,0";

/** A WAV file of one tone. */
function tone(seconds: number): string {
  const samples = new Int16Array(seconds * RATE).map((_, i) => 16_000 * Math.sin((2 * Math.PI * HERTZ * i) / RATE));
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  for (const [value, at] of [
    [16, 16],
    [RATE, 24],
    [RATE * 2, 28],
    [samples.byteLength, 40],
  ] as const)
    header.writeUInt32LE(value, at);
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34],
  ] as const)
    header.writeUInt16LE(value, at);
  header.write("data", 36);
  const path = join(folder, `tone-${seconds}.wav`);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return path;
}

test("the microphone's driver hears the tone that is played, with no sample lost", async () => {
  const player = spawn("aplay", ["-q", "-D", PLAYS, tone(8)]);
  const stop = new AbortController();
  const heard: number[] = [];
  for await (const { data, lost } of new Arecord({ device: HEARS }, clock).chunks(stop.signal)) {
    expect(lost).toBe(0);
    const chunk = Buffer.from(data);
    for (let i = 0; i < chunk.length; i += 2) heard.push(chunk.readInt16LE(i));
    if (heard.length >= 2 * RATE) stop.abort();
  }
  player.kill();
  await once(player, "exit");

  const second = heard.slice(RATE, 2 * RATE);
  const rises = second.filter((sample, i) => sample >= 0 && (second[i - 1] ?? 0) < 0).length;
  expect(Math.abs(rises - HERTZ)).toBeLessThanOrEqual(2);
  // A sine's own steepest step; a gap or an overrun makes a larger one.
  const steepest = Math.max(...second.slice(1).map((sample, i) => Math.abs(sample - second[i]!)));
  expect(steepest).toBeLessThan(16_000 * 2 * Math.PI * (HERTZ / RATE) * 1.05);
});

test("what it hears becomes AAC, packet after packet on a clock that does not stand still", async () => {
  const player = spawn("aplay", ["-q", "-D", PLAYS, tone(20)]);
  const stop = new AbortController();
  const times: number[] = [];
  for await (const { at } of new AacMicrophone(new Arecord({ device: HEARS }, clock), clock).packets(stop.signal))
    if (times.push(at) >= 60) stop.abort();
  player.kill();
  await once(player, "exit");

  times.slice(1).forEach((at, i) => expect(at).toBeGreaterThan(times[i]!));
});

describe("in a quiet room", () => {
  let room: ChildProcess;
  beforeAll(() => {
    room = spawn("aplay", ["-q", "-D", PLAYS, "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", String(RATE), "/dev/zero"]);
  });
  afterAll(async () => {
    if (room.kill()) await once(room, "exit");
  });

  microphoneContract("a real sound card", () => new AacMicrophone(new Arecord({ device: HEARS }, clock), clock));
});

test("a sound card that vanishes while it is heard says so", async () => {
  const driver = "/sys/bus/platform/drivers/snd_aloop";
  let vanished: Promise<void> | undefined;
  const ended = (async () => {
    for await (const _ of new Arecord({ device: HEARS }, clock).chunks(new AbortController().signal))
      // The kernel waits until nobody has it open any more.
      vanished ??= writeFile(`${driver}/unbind`, "snd_aloop.0");
  })();
  try {
    await expect(ended).rejects.toMatchObject({ code: "MICROPHONE_MISSING" });
    await vanished;
  } finally {
    await writeFile(`${driver}/bind`, "snd_aloop.0");
  }
});

test("a sound card that is not there has its code", async () => {
  const hearing = new Arecord({ device: "hw:CARD=Nobody" }, clock).chunks(new AbortController().signal);

  await expect(hearing.next()).rejects.toMatchObject({ code: "MICROPHONE_MISSING" });
});

test("the chime's sound goes through a real card to its end", async () => {
  await new SoundChime({ file: tone(1), device: PLAYS }, clock).ring();
});

test("the USB camera's driver takes pictures from a real device, whatever its name", async () => {
  const device = join(folder, "My Camera");
  symlinkSync("/dev/video0", device);
  const camera = new V4l2Camera({ device, width: 320, height: 180, fps: 10, rotation: 0 }, clock);
  const stop = new AbortController();
  const units: { key: boolean; at: number }[] = [];
  for await (const { key, at } of camera.frames(stop.signal)) if (units.push({ key, at }) >= 25) stop.abort();

  expect((await camera.formats()).map(({ name }) => name)).toContain("yuyv422");
  expect(units[0]!.key).toBe(true);
  units.slice(1).forEach(({ at }, i) => expect(at).toBeGreaterThan(units[i]!.at));
});

test("a camera that is pulled out says so", async () => {
  const camera = new V4l2Camera({ device: "/dev/video0", width: 320, height: 180, fps: 10, rotation: 0 }, clock);
  const driver = "/sys/bus/platform/drivers/vivid";
  let pictures = 0;
  const ended = (async () => {
    for await (const _ of camera.frames(new AbortController().signal))
      if (++pictures === 5) writeFileSync(`${driver}/unbind`, "vivid.0");
  })();
  try {
    await expect(ended).rejects.toMatchObject({ code: expect.stringMatching(/^CAMERA_(UNPLUGGED|STALLED)$/) });
  } finally {
    writeFileSync(`${driver}/bind`, "vivid.0");
  }
});
