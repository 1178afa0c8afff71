// A Raspberry Pi with something wrong with it: the stand-in for rpicam-apps, started with the given fault.
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
}

let count = 0;

/** Path of a program in `directory` that behaves as `program` does on that Pi. */
export function standIn(directory: string, pi: Pi = {}, program: "rpicam-vid" | "rpicam-still" = "rpicam-vid"): string {
  const path = join(directory, `${program}-${count++}`);
  const settings = Object.entries(pi).map(([name, value]) => `STANDIN_${name.toUpperCase()}='${value}'`);
  const real = fileURLToPath(new URL(`../../board/${program}`, import.meta.url));
  writeFileSync(path, `#!/bin/sh\n${settings.join(" ")} exec '${process.execPath}' '${real}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
