// The main job's figures: pictures against their source, processor time of a camera that is ready, memory of both roles.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { config, recipient } from "../configs.ts";
import { Household } from "../end-to-end/household.ts";
import { asCameraRecording, footage, pictures } from "../footage.ts";
import { startMosquitto } from "../mosquitto.ts";
import type { Figure } from "./ledger.bench.ts";

const clock = new SystemClock();
const STAND_IN = new URL("../board", import.meta.url).pathname;

const READY = (broker: string): string => `
[device]
name = "porch"
timezone = "UTC"
clock = "assume"
[camera]
source = "libcamera"
width = 1280
height = 720
fps = 15
pre_roll = "10s"
post_roll = "8s"
max_clip = "60s"
[trigger]
light = "none"
[sharing]
enabled = true
[mqtt]
url = "${broker}"
${recipient({ name: "anna" })}`;

/** Frames of a clip against those of the recording it was made from: differences and drops, counted. */
export async function passThroughFigures(): Promise<Figure[]> {
  const source = footage("vtest.avi");
  if (!source) return [];
  const folder = mkdtempSync(join(tmpdir(), "doorstep-bench-"));
  const recording = join(folder, "yard.mp4");
  asCameraRecording(source, recording, 20);
  const house = new Household(config({ recording, broker: "mqtt://127.0.0.1:1", sharing: false }));
  try {
    house.start("recorder");
    await house.status("camera on", ({ camera }) => camera.state === "on");
    const clip = await house.visit("button");
    const recorded = pictures(join(house.paths.clips, `${clip.id}.mp4`));
    const whole = pictures(recording);
    const looped = [...whole, ...whole];
    const start = looped.indexOf(recorded[0]!);
    const different = recorded.filter((picture, i) => picture !== looped[start + i]).length;
    const expected = Math.round((clip.durationMs / 1000) * 10);
    return [
      {
        name: "pass-through: pictures that differ from the source",
        ratio: different,
        wanted: "<= 0",
        detail: `of ${recorded.length}`,
      },
      {
        name: "pass-through: pictures dropped",
        ratio: expected - recorded.length,
        wanted: "<= 0",
        detail: `of ${expected}`,
      },
    ];
  } finally {
    await house.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A camera that is ready and nothing happens: processor time against `ffmpeg -c copy` of the same stream, and memory. */
export async function readyFigures(spanS = 600): Promise<Figure[]> {
  const broker = await startMosquitto();
  const house = new Household(READY(broker.url));
  const path = process.env["PATH"];
  process.env["PATH"] = `${STAND_IN}:${path}`;
  const copy = copying();
  try {
    // Once to fill the cache of compiled sources, as any start but the first finds it; then with nobody who asks for anything.
    await bothUp(house, 1);
    await filming(house);
    await Promise.all([house.end("recorder"), house.end("publisher")]);
    await bothUp(house, 2);
    await house.quiet(seconds(15));
    const roles = [house.pid("recorder"), house.pid("publisher")];
    const before = [...roles, copy.pid].map(cpuS);
    const wall = clock.uptime();
    await house.quiet(seconds(spanS));
    const spent = [...roles, copy.pid].map((pid, i) => cpuS(pid) - before[i]!);
    const ours = spent[0]! + spent[1]!;
    const resident = roles.map(residentMb);
    const own = roles.map(privateMb);
    await filming(house);
    const detail = `${ours.toFixed(2)} s (recorder ${spent[0]!.toFixed(2)}) and ${spent[2]!.toFixed(2)} s in ${Math.round((clock.uptime() - wall) / 1000)} s`;
    return [
      { name: "ready: processor time, both roles / ffmpeg -c copy", ratio: ours / spent[2]!, wanted: "<= 6", detail },
      {
        name: "ready: resident memory of the recorder, MB",
        ratio: resident[0]!,
        wanted: "<= 90",
        detail: `${own[0]!} MB of it its own; ${residentMb(roles[0]!)} MB once its owner has asked for something`,
      },
      {
        name: "ready: resident memory of the publisher, MB",
        ratio: resident[1]!,
        wanted: "<= 70",
        detail: `${own[1]!} MB of it its own`,
      },
    ];
  } finally {
    process.env["PATH"] = path;
    await copy.end();
    await house.close();
    await broker.stop();
  }
}

/** Starts both roles, and waits until their logs say for the `time`th time that they are up. */
async function bothUp(house: Household, time: number): Promise<void> {
  for (const [role, up] of [
    ["recorder", "the recorder is up"],
    ["publisher", "broker connected"],
  ] as const) {
    house.start(role);
    await house.eventually(up, () => readFileSync(house.logFile(role), "utf8").split(up).length > time);
  }
}

/** Whether what is measured is what was meant. */
async function filming(house: Household): Promise<void> {
  await house.status("camera on", ({ camera, broker: { state } }) => camera.state === "on" && state === "connected");
}

/** The stand-in's stream through `ffmpeg -c copy`, as the least a recorder could do. */
function copying(): { readonly pid: number; readonly end: () => Promise<void> } {
  const args =
    "-n -t 0 --width 1280 --height 720 --framerate 15 --codec h264 --libav-format h264 --low-latency --bitrate 2500000 --intra 30 --inline --flush -o -";
  const camera = spawn(join(STAND_IN, "rpicam-vid"), args.split(" "), { stdio: ["ignore", "pipe", "ignore"] });
  const ffmpeg = spawn(
    "ffmpeg",
    "-v quiet -f h264 -r 15 -i pipe:0 -c copy -f mp4 -movflags frag_keyframe -y /dev/null".split(" "),
    { stdio: [camera.stdout, "ignore", "ignore"] },
  );
  const gone = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    pid: ffmpeg.pid!,
    end: async () => {
      await gone(camera);
      await gone(ffmpeg);
    },
  };
}

const TICKS_PER_S = Number(spawnSync("getconf", ["CLK_TCK"], { encoding: "utf8" }).stdout);

/** User and system time of one process, its reaped children left out. */
function cpuS(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** In millions of bytes; the kernel says KiB. */
const field = (pid: number, name: string): number =>
  Math.round(
    (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024) / 1e6,
  );
const residentMb = (pid: number): number => field(pid, "VmRSS");
const privateMb = (pid: number): number => field(pid, "RssAnon");
