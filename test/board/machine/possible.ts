// Whether the virtual board can be made and run on this machine, or why not.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CACHE } from "./board.ts";

const NEEDED_GB = 4;

/** Looks `program` up on PATH and where root's programs are. */
const installed = (program: string): boolean =>
  [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"].some((folder) =>
    existsSync(join(folder, program)),
  );

/** Why there can be no board here; undefined when there can. */
export function whyNoBoard(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `it is an x86-64 Linux machine, this is ${process.platform} on ${process.arch}`;
  if (process.getuid?.() !== 0) return "it is unpacked with chroot: run `sudo make board-test`";
  if (!installed("apt-get")) return "it is made of Debian's packages, and there is no apt-get here";
  if (!installed("unshare")) return "util-linux is missing: `apt-get install util-linux`";
  if (spawnSync("unshare", ["-m", "mount", "--make-rprivate", "/"]).status !== 0)
    return "it is run in mounts of its own, and nothing may be mounted here";
  mkdirSync(CACHE, { recursive: true });
  const { bavail, bsize } = statfsSync(CACHE);
  if (!existsSync(join(CACHE, "root.ext4")) && bavail * bsize < NEEDED_GB * 1e9)
    return `it takes ${NEEDED_GB} GB below ${CACHE}, and there are not so many free`;
  return undefined;
}
