// One watcher of motion as it runs in the recorder, on a recording at its own pace: `node motion-worker.ts FILE FPS EVERY`.
import { MotionWatcher } from "../../agent/motion/watcher.ts";
import { ReplayCamera } from "../../drivers/camera/replay.ts";
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { FfmpegLuma } from "../../drivers/luma/ffmpeg.ts";

const [file, fps, every] = process.argv.slice(2) as [string, string, string];
const clock = new SystemClock();
let listener: ((unit: AccessUnit) => void) | undefined;
const watcher = new MotionWatcher({
  capture: {
    subscribe: (tap) => {
      listener = tap;
      return () => void (listener = undefined);
    },
    trigger: () => {},
    presence: () => {},
    moved: () => {},
    analysing: () => {},
  },
  ...{ luma: new FfmpegLuma(clock), clock, zones: [], sensitivity: 0.5, trigger: every !== "key" },
  every: every === "key" ? "key" : Number(every),
});
await watcher.start();
const size = { width: 1280, height: 720, fps: Number(fps) };
const camera = new ReplayCamera({ file, loop: false, speed: 1, ...size }, clock);
for await (const unit of camera.frames(new AbortController().signal)) listener?.(unit);
await watcher.stop();
