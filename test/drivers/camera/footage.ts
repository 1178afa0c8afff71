// Makes short real H.264 for the tests with ffmpeg, and asks ffprobe and ffmpeg what they make of ours.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/** A directory that is removed when the test file is done. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "doorstep-camera-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs ffmpeg and returns its standard output. */
export function ffmpeg(args: readonly string[], input?: Uint8Array): Buffer {
  requireProgram("ffmpeg");
  return execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y", ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ["pipe", "pipe", "pipe"],
    ...(input ? { input } : {}),
  });
}

export interface Encoding {
  readonly frames?: number;
  readonly size?: string;
  readonly fps?: number;
  /** Frames between key pictures. */
  readonly gop?: number;
  readonly x264?: string;
}

function encoderArguments({ frames = 30, size = "160x120", fps = 15, gop = 10, x264 = "" }: Encoding): string[] {
  const source = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${fps}`, "-frames:v", String(frames)];
  const encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", String(gop), "-pix_fmt", "yuv420p"];
  return [...source, ...encoder, "-x264-params", `scenecut=0${x264 && ":"}${x264}`];
}

/** An Annex B byte stream of a moving test picture. */
export const h264 = (encoding: Encoding = {}): Buffer => ffmpeg([...encoderArguments(encoding), "-f", "h264", "-"]);

/** The same in a file, in whatever container the file's name asks for. */
export function h264File(file: string, encoding: Encoding = {}, ...more: readonly string[]): string {
  ffmpeg([...encoderArguments(encoding), ...more, file]);
  return file;
}

/** Size in bytes and key flag of each packet, as ffmpeg's own parser cuts the stream. */
export function packetsOf(stream: Uint8Array): { size: number; key: boolean }[] {
  requireProgram("ffprobe");
  const text = execFileSync(
    "ffprobe",
    ["-v", "error", "-f", "h264", "-show_entries", "packet=size,flags", "-of", "csv=p=0", "-"],
    { input: stream, maxBuffer: MAX_OUTPUT_BYTES, encoding: "utf8" },
  );
  return text
    .trim()
    .split("\n")
    .map((line) => {
      const [size, flags] = line.split(",");
      return { size: Number(size), key: flags?.startsWith("K") ?? false };
    });
}

/** Checksum of every decoded picture, in order. */
export function picturesOf(input: Uint8Array | string): string[] {
  const source = typeof input === "string" ? ["-i", input] : ["-f", "h264", "-i", "-"];
  const text = ffmpeg(
    [...source, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"],
    typeof input === "string" ? undefined : input,
  );
  return text
    .toString()
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1)!.trim());
}

function requireProgram(program: string): void {
  if (spawnSync(program, ["-version"], { stdio: "ignore" }).error) {
    throw new TypeError(`${program} is not installed, and this test needs it: apt install ffmpeg`);
  }
}
