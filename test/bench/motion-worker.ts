// One watcher of motion as it runs in the recorder, fed at the recording's own pace: `node motion-worker.ts FILE FPS EVERY`.
import { MotionWatcher } from "../../agent/motion/watcher.ts";
import { ReplayCamera } from "../../drivers/camera/replay.ts";
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { FfmpegLuma } from "../../drivers/luma/ffmpeg.ts";

const [file, fps, every] = process.argv.slice(2) as [string, string, string];
const clock = new SystemClock();
// Read before the measurement begins: in the recorder the units are there already.
const camera = new ReplayCamera({ file, loop: false, speed: 1000, width: 1280, height: 720, fps: Number(fps) }, clock);
const units: AccessUnit[] = [];
for await (const unit of camera.frames(new AbortController().signal)) units.push(unit);

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
const began = clock.uptime();
let shown = 0;
const pace = setInterval(
  () => {
    const due = ((clock.uptime() - began) * Number(fps)) / 1000;
    while (shown < due && shown < units.length) listener?.({ ...units[shown++]!, at: clock.uptime() });
    if (shown < units.length) return;
    clearInterval(pace);
    void watcher.stop();
  },
  1000 / Number(fps),
);
