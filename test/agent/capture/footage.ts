// Small real videos and sounds, made by ffmpeg, as the access units and packets that cameras and microphones yield.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adtsHeader } from "../../../drivers/microphone/adts.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import type { AudioPacket } from "../../../drivers/microphone/microphone.ts";

export interface FootageOptions {
  readonly seconds?: number;
  readonly fps?: number;
  /** Pictures from one key picture to the next. */
  readonly keyEvery?: number;
  readonly size?: string;
  /** Capture time of the first picture, in milliseconds of uptime. */
  readonly startMs?: number;
}

/** Runs a program of Debian's and returns what it printed; says which one is missing. */
export function run(program: string, args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: 1 << 28 });
  if (error) throw new TypeError(`${program} is needed for this test (make test installs it): ${error.message}`);
  if (status !== 0) throw new TypeError(`${program} ${args.join(" ")}: ${stderr.toString().slice(-2000)}`);
  return stdout;
}

const ffmpeg = (line: string, input?: Uint8Array): Buffer =>
  run("ffmpeg", ["-hide_banner", "-loglevel", "error", "-nostdin", ...line.split(" ")], input);

/** A moving test picture as H.264, without B-frames, one access unit an element. */
export function footage(options: FootageOptions = {}): AccessUnit[] {
  const { seconds = 6, fps = 15, keyEvery = 15, size = "320x180", startMs = 1_000_500 } = options;
  const stream = ffmpeg(
    `-f lavfi -i testsrc2=size=${size}:rate=${fps} -t ${seconds} -c:v libx264 -preset ultrafast -tune zerolatency ` +
      `-pix_fmt yuv420p -g ${keyEvery} -x264-params aud=1:repeat-headers=1:scenecut=0 -f h264 -`,
  );
  return cut(stream).map((data, n) => ({
    data,
    key: n % keyEvery === 0,
    at: (startMs + (n * 1000) / fps) as Uptime,
  }));
}

/** Cuts at the access unit delimiters that the encoder was told to write. */
function cut(stream: Buffer): Uint8Array[] {
  const delimiter = Buffer.from([0, 0, 0, 1, 9]);
  const starts: number[] = [];
  for (let at = stream.indexOf(delimiter); at >= 0; at = stream.indexOf(delimiter, at + 1)) starts.push(at);
  return starts.map((start, n) => Uint8Array.from(stream.subarray(start, starts[n + 1] ?? stream.length)));
}

/** A tone as AAC frames. */
export function sound({ seconds = 6, startMs = 1_000_500 } = {}): AudioPacket[] {
  const stream = ffmpeg(`-f lavfi -i sine=frequency=440:sample_rate=48000 -t ${seconds} -c:a aac -b:a 64k -f adts -`);
  const packets: AudioPacket[] = [];
  for (let offset = 0; offset < stream.length;) {
    const { frameBytes, sampleRate, channels } = adtsHeader(stream.subarray(offset))!;
    const durationMs = (1024 / sampleRate) * 1000;
    const data = Uint8Array.from(stream.subarray(offset, offset + frameBytes));
    packets.push({ data, sampleRate, channels, durationMs, at: (startMs + packets.length * durationMs) as Uptime });
    offset += frameBytes;
  }
  return packets;
}

/** MD5 of every decoded picture, in order. `file` "-" reads the H.264 of `input`. */
export function pictureHashes(file: string, input?: Uint8Array): string[] {
  const source = file === "-" ? "-f h264 -i -" : `-i ${file}`;
  const text = ffmpeg(`${source} -map 0:v -fps_mode passthrough -f framemd5 -`, input).toString();
  return text
    .split("\n")
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(",").at(-1)!.trim());
}

export const annexB = (units: readonly AccessUnit[]): Uint8Array => Buffer.concat(units.map(({ data }) => data));

export interface Probe {
  readonly streams: {
    codec_type: string;
    codec_name: string;
    width?: number;
    height?: number;
    nb_read_packets: string;
  }[];
  readonly packets: { codec_type: string; pts_time: string; duration_time: string; flags: string }[];
  readonly format: { duration: string };
}

/** What ffprobe makes of a file; throws when it finds anything wrong with it. */
export function probe(file: string): Probe {
  const args = "-v error -count_packets -show_streams -show_packets -show_format -of json".split(" ");
  return JSON.parse(run("ffprobe", [...args, file]).toString()) as Probe;
}

/** A directory of its own, removed when the `using` block ends. */
export function temporaryDirectory(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "doorstep-capture-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
