// arecord behind a microphone: a stand-in that says what it is told to, and the real one for a device that is not there.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { milliseconds, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { AacMicrophone } from "../../../drivers/microphone/aac.ts";
import { Arecord } from "../../../drivers/microphone/arecord.ts";
import type { AudioPacket } from "../../../drivers/microphone/microphone.ts";
import { type PcmChunk, type PcmSource, SAMPLE_RATE } from "../../../drivers/microphone/pcm.ts";
import { SimulatedPcm } from "../../../drivers/microphone/simulated.ts";
import { run, temporaryDirectory } from "../../agent/capture/footage.ts";

const clock = new SystemClock();

/** A stand-in for arecord that runs these shell lines. */
function program(lines: string): string {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const path = join(directory.path, "arecord");
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function take<T>(source: (signal: AbortSignal) => AsyncIterable<T>, count: number): Promise<T[]> {
  const stop = new AbortController();
  const items: T[] = [];
  for await (const item of source(stop.signal)) if (items.push(item) === count) stop.abort();
  return items;
}

test("what arecord hears comes through, whole samples only, in order", async () => {
  const arecord = new Arecord(
    { device: "default", program: program("printf 'abc'; sleep 0.05; printf 'defgh'; sleep 5") },
    clock,
  );

  let heard = "";
  const stop = new AbortController();
  for await (const { data } of arecord.chunks(stop.signal)) {
    expect(data.length % 2).toBe(0);
    heard += Buffer.from(data).toString();
    if (heard.length === 8) stop.abort();
  }

  expect(heard).toBe("abcdefgh");
});

test("arecord is asked for raw mono sound at 48 kHz from the device that was named", async () => {
  const arecord = new Arecord(
    {
      device: "plughw:CARD=My Device",
      program: program('printf "%s|" "$@"; sleep 5'),
    },
    clock,
  );

  const [first] = await take((signal) => arecord.chunks(signal), 1);

  expect(Buffer.from(first!.data).toString()).toMatch(
    /^-q\|-D\|plughw:CARD=My Device\|-t\|raw\|-f\|S16_LE\|-c\|1\|-r\|48000\|/,
  );
});

test("what an overrun has lost is told with the sound that follows", async () => {
  const lines =
    "printf 'aabb'; sleep 0.1; echo 'overrun!!! (at least 12.500 ms long)' >&2; sleep 0.1; printf 'ccdd'; sleep 5";
  const arecord = new Arecord({ device: "default", program: program(lines) }, clock);

  const chunks = await take((signal) => arecord.chunks(signal), 2);

  expect(chunks.map(({ lost }) => lost)).toEqual([0, 600]);
});

test.each([
  ["MICROPHONE_BUSY", "echo 'arecord: main:831: audio open error: Device or resource busy' >&2; exit 1"],
  ["MICROPHONE_MISSING", "echo 'arecord: main:831: audio open error: No such file or directory' >&2; exit 1"],
  ["MICROPHONE_MISSING", "printf 'aabb'; echo 'arecord: pcm_read:2221: read error: No such device' >&2; exit 1"],
  ["MICROPHONE_FAILED", "echo 'arecord: something new' >&2; exit 1"],
  ["MICROPHONE_FAILED", "exit 0"],
])("%s is what it is called when arecord does: %s", async (code, lines) => {
  const arecord = new Arecord({ device: "default", program: program(lines) }, clock);

  await expect(Array.fromAsync(arecord.chunks(new AbortController().signal))).rejects.toMatchObject({ code });
});

test("a device that is not there is called missing by the real arecord", async () => {
  run("arecord", ["--version"]);
  const arecord = new Arecord({ device: "plughw:CARD=nonesuch" }, clock);

  await expect(Array.fromAsync(arecord.chunks(new AbortController().signal))).rejects.toMatchObject({
    code: "MICROPHONE_MISSING",
  });
});

test("a program that is not installed is named", async () => {
  const arecord = new Arecord({ device: "default", program: "/nonexistent/arecord" }, clock);

  await expect(Array.fromAsync(arecord.chunks(new AbortController().signal))).rejects.toMatchObject({
    code: "MICROPHONE_PROGRAM_MISSING",
  });
});

test("a sound card that goes silent without a word is given up", async () => {
  const simulated = new SimulatedClock();
  const arecord = new Arecord({ device: "default", program: program("printf 'aabb'; exec sleep 60") }, simulated);
  const chunks = arecord.chunks(new AbortController().signal);
  await chunks.next();

  const next = chunks.next();
  const outcome = expect(next).rejects.toMatchObject({ code: "MICROPHONE_STALLED" });
  await simulated.advance(seconds(6));

  await outcome;
});

/** Twenty milliseconds of sound at a time, as fast as they are taken, stamped as if they came at their own pace. */
class Instant implements PcmSource {
  readonly #lostAt: number;

  constructor(lostAt = -1) {
    this.#lostAt = lostAt;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<PcmChunk> {
    let ms = 10_000;
    for (let n = 0; n < 200 && !signal.aborted; n++) {
      const lost = n === this.#lostAt ? SAMPLE_RATE / 2 : 0;
      ms += 20 + (lost ? 500 : 0);
      yield { data: new Uint8Array(960 * 2).fill(n), arrivedAt: ms as PcmChunk["arrivedAt"], lost };
    }
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }
}

test("packets are stamped with the time their sound was captured, the encoder's delay taken off", async () => {
  const microphone = new AacMicrophone(new Instant(), clock);

  const packets = await take((signal) => microphone.packets(signal), 150);

  expect(packets[0]!.at).toBeCloseTo(10_000 - 1024 / 48, 3);
  for (const [n, packet] of packets.entries()) {
    expect(packet).toMatchObject({ sampleRate: 48_000, channels: 1 });
    expect(packet.at).toBeCloseTo(10_000 + ((n - 1) * 1024) / 48, 3);
  }
});

test("what an overrun has lost is filled with silence, so that the rest keeps its time", async () => {
  const microphone = new AacMicrophone(new Instant(100), clock);

  const packets = await take((signal) => microphone.packets(signal), 200);

  expect(packets.at(-1)!.at).toBeCloseTo(10_000 + (198 * 1024) / 48, 0);
});

test("the simulated microphone rings, and its packets can be decoded", async () => {
  const simulated = new SimulatedClock();
  const microphone = new AacMicrophone(new SimulatedPcm(simulated), simulated);
  const stop = new AbortController();
  const packets: AudioPacket[] = [];
  const listening = (async () => {
    for await (const packet of microphone.packets(stop.signal)) if (packets.push(packet) === 90) stop.abort();
  })();
  while (!stop.signal.aborted) await simulated.advance(milliseconds(20));
  await listening;

  const decoded = run(
    "ffmpeg",
    "-v error -f aac -i - -f s16le -".split(" "),
    Buffer.concat(packets.map(({ data }) => data)),
  );
  const loudest = (from: number, to: number): number => {
    let most = 0;
    for (let at = from * 96_000; at < to * 96_000; at += 2) most = Math.max(most, Math.abs(decoded.readInt16LE(at)));
    return most;
  };
  expect(loudest(0, 0.3)).toBeGreaterThan(5000);
  expect(loudest(1.2, 1.7)).toBeLessThan(1000);
});

test("an encoder that is not installed is named, and the sound card is let go", async () => {
  const microphone = new AacMicrophone(new Instant(), clock, "/nonexistent/ffmpeg");

  await expect(Array.fromAsync(microphone.packets(new AbortController().signal))).rejects.toMatchObject({
    code: "MICROPHONE_PROGRAM_MISSING",
  });
});

test("the sound card's own error is reported, not the encoder's end", async () => {
  const arecord = new Arecord(
    { device: "default", program: program("echo 'audio open error: Device or resource busy' >&2; exit 1") },
    clock,
  );
  const microphone = new AacMicrophone(arecord, clock);

  await expect(Array.fromAsync(microphone.packets(new AbortController().signal))).rejects.toMatchObject({
    code: "MICROPHONE_BUSY",
  });
});

test("nothing is opened when listening is over before it began", async () => {
  const arecord = new Arecord({ device: "default", program: "/nonexistent/arecord" }, clock);
  const microphone = new AacMicrophone(arecord, clock, "/nonexistent/ffmpeg");

  expect(await Array.fromAsync(microphone.packets(AbortSignal.abort()))).toEqual([]);
});
