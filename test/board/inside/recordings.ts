// From the edge at a pin to a clip that is being recorded: the recorder's eyes on a real line, a recording in the camera's place.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Watch } from "../../../agent/capture/watch.ts";
import { parseConfig } from "../../../config/parse.ts";
import { GpioButton } from "../../../drivers/button/gpio.ts";
import { ReplayCamera } from "../../../drivers/camera/replay.ts";
import { milliseconds } from "../../../drivers/clock/clock.ts";
import type { Gpio } from "../../../drivers/gpio/gpio.ts";
import { clock, drive, until, watched } from "./bench.ts";

const BUTTON = 27;
const RECORDING = new URL("../../../drivers/camera/doorstep.mp4", import.meta.url).pathname;
const TOML = `
[device]
name = "board"
[camera]
source = "replay"
file = "${RECORDING}"
loop = true
pre_roll = "1s"
post_roll = "1s"
[trigger]
button = { gpio = ${BUTTON}, pull = "as-is", active = "high" }
light = "none"
`;

/** Milliseconds from each of so many presses to `recording`; the button's debounce of the configuration is in them. */
export async function recordings(gpio: Gpio, rings: number): Promise<number[]> {
  const parsed = parseConfig(TOML);
  if ("faults" in parsed) throw new SyntaxError(JSON.stringify(parsed.faults));
  const { config } = parsed;
  const folder = mkdtempSync(join(tmpdir(), "doorstep-rings-"));
  const lateMs: number[] = [];
  let pressedAt: number | undefined;
  let camera = "";
  let busy = false;
  let clips = 0;
  drive(BUTTON, false);
  const watch = new Watch({
    config,
    hardware: {
      camera: new ReplayCamera({ file: RECORDING, loop: true, speed: 1, width: 640, height: 360, fps: 15 }, clock),
      button: new GpioButton(gpio, config.trigger.button!, clock),
      press: () => {},
    },
    clock,
    clockTrusted: () => true,
    ids: () => `01kaqz3v5c0000000000${String(++clips).padStart(6, "0")}`,
    clipsDir: folder,
    listener: {
      onStarted: () => {},
      onReady: ({ file }) => rmSync(file),
      onFailed: () => {},
      onDiscarded: () => {},
      onMissed: () => {},
      onCameraState: (status) => {
        camera = status.camera;
        busy = status.recording !== undefined;
        if (!busy || pressedAt === undefined) return;
        lateMs.push(clock.uptime() - pressedAt);
        pressedAt = undefined;
      },
    },
    onRing: () => {},
    onPir: () => {},
    onInputFault: (input, error) => process.stderr.write(`${input}: ${String(error)}\n`),
  });
  await watch.start();
  await Promise.all([watched(BUTTON), until("the camera is open", () => camera === "open")]);
  for (let ring = 1; ring <= rings; ring++) {
    pressedAt = clock.uptime();
    drive(BUTTON, true);
    await until("it records", () => lateMs.length === ring);
    drive(BUTTON, false);
    await until("it has recorded", () => !busy);
    // Longer than the button's lock-out and the pause between clips.
    await clock.sleep(milliseconds(1_200));
  }
  await watch.stop();
  rmSync(folder, { recursive: true });
  return lateMs;
}
