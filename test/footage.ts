// Real footage for tests: Debian's opencv-doc, or the folder that DOORSTEP_FOOTAGE names. Absent footage skips its tests, with a word.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const PLACES = [
  process.env["DOORSTEP_FOOTAGE"],
  "/usr/share/doc/opencv-doc/examples/data",
  new URL("../../shared/footage", import.meta.url).pathname,
];

/** The recording's path, or undefined (said once on standard error) where it is not. */
export function footage(name: "vtest.avi" | "tree.avi"): string | undefined {
  const found = PLACES.filter((place) => place !== undefined)
    .map((place) => join(place, name))
    .find((path) => existsSync(path));
  if (!found) process.stderr.write(`skipped: no ${name} (apt-get install opencv-doc, or set DOORSTEP_FOOTAGE)\n`);
  return found;
}

/** `seconds` of `source` as H.264 in MP4 at `destination`, a key picture every second, no B-frames: what a camera would give. */
export function asCameraRecording(source: string, destination: string, seconds: number): void {
  execFileSync("ffmpeg", [
    ...[
      "-v",
      "error",
      "-i",
      source,
      "-t",
      String(seconds),
      "-an",
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-bf",
      "0",
    ],
    ...["-g", "10", "-keyint_min", "10", "-pix_fmt", "yuv420p", "-y", destination],
  ]);
}

/** One line a frame, hash and all, of what a decoder makes of `file`: two files with the same list show the same pictures. */
export function pictures(file: string): string[] {
  return execFileSync("ffmpeg", ["-v", "error", "-i", file, "-map", "0:v", "-f", "framemd5", "-"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => line.split(",").at(-1)!.trim());
}
