// A machine with something wrong with its camera: the stand-ins for rpicam-apps and for ffmpeg on a USB camera.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** See test/board/rpicam/program.js for what each means. */
export interface Pi {
  readonly platform?: "vc4" | "pisp";
  readonly libav?: "0" | "1";
  readonly version?: string;
  readonly fault?: string;
  /** Bytes of video before the fault. */
  readonly after?: number;
  readonly flood?: number;
  readonly rows?: number;
}

let count = 0;

/** Path of a program in `directory` that behaves as `program` does on that Pi. */
export function standIn(
  directory: string,
  pi: Pi = {},
  program: "rpicam-vid" | "rpicam-still" | "ffmpeg-v4l2" = "rpicam-vid",
): string {
  const path = join(directory, `${program}-${count++}`);
  const settings = Object.entries(pi).map(([name, value]) => `STANDIN_${name.toUpperCase()}='${value}'`);
  const interpreter = program === "ffmpeg-v4l2" ? "/bin/sh" : process.execPath;
  const real = fileURLToPath(new URL(`../../board/${program}`, import.meta.url));
  writeFileSync(path, `#!/bin/sh\n${settings.join(" ")} exec '${interpreter}' '${real}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
