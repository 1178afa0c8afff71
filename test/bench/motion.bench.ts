// CPU of looking for motion, decoding included, against Debian's `motion` on the same recording at the same time; start-up excluded.
// Wanted: ≤ 0.4 where motion has to begin a clip in time, ≤ 0.25 with key pictures only.
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { footage } from "../footage.ts";
import type { Figure } from "./ledger.bench.ts";

const FPS = 15;
const WARM_S = 10;
const TICKS_PER_S = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout);
const WORKER = new URL("motion-worker.ts", import.meta.url).pathname;

/** Two recordings of 720p at 15 a second: a yard that people cross all the time, and one where nobody comes but the noise. */
const SCENES = {
  "a busy yard": (yard: string): string[] => ["-i", yard, "-vf", `scale=1280:720,fps=${FPS}`],
  "an empty one": (yard: string): string[] => [
    ...["-loop", "1", "-framerate", String(FPS), "-i", yard, "-vf", "scale=1280:720,noise=alls=6:allf=t"],
  ],
} as const;

/** User and system time of a process and of its living children, in seconds. */
function cpuS(pid: number): number {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => fieldsOf(Number(name))?.[1] === String(pid));
  return [pid, ...children.map(Number)].reduce((sum, each) => {
    const fields = fieldsOf(each);
    return fields ? sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S : sum;
  }, 0);
}

/** proc_pid_stat(5) from field 3 on; undefined when the process is gone. */
function fieldsOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  } catch {
    return undefined;
  }
}

const conf = (file: string, folder: string): string => `daemon off
setup_mode off
log_level 2
log_file ${join(folder, "motion.log")}
target_dir ${folder}
netcam_url file://${file}
width 1280
height 720
framerate ${FPS}
movie_output off
picture_output off
webcontrol_port 0
stream_port 0
text_left
text_right
`;

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** `spanS`: for how long the three are measured. */
export async function motionFigures(spanS = 50): Promise<Figure[]> {
  const yard = footage("vtest.avi");
  if (!yard || spawnSync("motion", ["-h"]).error) {
    process.stderr.write("skipped: no motion program or no vtest.avi (apt-get install motion opencv-doc)\n");
    return [];
  }
  const clock = new SystemClock();
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  const figures: Figure[] = [];
  try {
    const still = join(folder, "yard.png");
    execFileSync("ffmpeg", ["-v", "error", "-i", yard, "-frames:v", "1", still]);
    for (const [scene, input] of Object.entries(SCENES)) {
      const file = join(folder, "recording.mp4");
      const encoder = `-an -t ${WARM_S + spanS + 5} -c:v libx264 -preset veryfast -bf 0 -g ${2 * FPS} -keyint_min ${2 * FPS}`;
      const rate = "-b:v 2500k -maxrate 2500k -bufsize 2500k -pix_fmt yuv420p -y";
      const source = input(scene === "an empty one" ? still : yard);
      execFileSync("ffmpeg", ["-v", "error", ...source, ...encoder.split(" "), ...rate.split(" "), file]);
      writeFileSync(join(folder, "motion.conf"), conf(file, folder));
      const theirs = spawn("motion", ["-n", "-c", join(folder, "motion.conf")], { stdio: "ignore" });
      const ours = [String(Math.round(FPS / 5)), "key"].map((every) =>
        spawn(process.execPath, [WORKER, file, String(FPS), every], { stdio: ["ignore", "ignore", "inherit"] }),
      );
      const all = [theirs, ...ours];
      try {
        await clock.sleep(seconds(WARM_S), new AbortController().signal);
        const before = all.map(({ pid }) => cpuS(pid!));
        await clock.sleep(seconds(spanS), new AbortController().signal);
        const spent = all.map(({ pid }, i) => cpuS(pid!) - before[i]!);
        const a = (n: number): string => `${((spent[n]! * 60) / spanS).toFixed(2)} s`;
        for (const [n, name, wanted] of [
          [1, "motion that begins clips", "<= 0.4"],
          [2, "motion from key pictures", "<= 0.25"],
        ] as const)
          figures.push({
            name: `${name}, ${scene} / motion 4.5`,
            ratio: spent[n]! / spent[0]!,
            wanted,
            detail: `${a(n)} of CPU a minute against ${a(0)}`,
          });
      } finally {
        for (const child of all) await gone(child);
      }
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main)
  for (const { name, ratio, detail } of await motionFigures())
    process.stdout.write(`${name}: ${ratio.toFixed(2)} (${detail})\n`);
