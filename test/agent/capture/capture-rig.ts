// A capture room in a test: a scripted camera and microphone, a folder for its clips, and a diary of what it tells.
import { onTestFinished } from "vitest";
import { Capture } from "../../../agent/capture/capture.ts";
import type { CaptureOptions, CaptureSettings } from "../../../agent/capture/options.ts";
import type { AccessUnit } from "../../../drivers/camera/camera.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { annexB, pictureHashes, temporaryDirectory } from "./footage.ts";
import { Diary, ScriptedCamera, ScriptedMicrophone } from "./scripted-camera.ts";

/** What a rig goes by, unless a test says otherwise. */
export const SETTINGS: CaptureSettings = {
  mode: "ready",
  preRollMs: 3_000,
  postRollMs: 4_000,
  maxClipMs: 20_000,
  confirm: "none",
};

/** Stopped and removed when the test is over. */
export function rig(
  settings: Partial<CaptureSettings> = {},
  options: Partial<CaptureOptions> & { sound?: boolean } = {},
) {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const clock = new SimulatedClock("2026-11-22T12:00:00Z");
  const camera = new ScriptedCamera(clock);
  const microphone = options.sound ? new ScriptedMicrophone(clock) : undefined;
  const diary = new Diary();
  let clips = 0;
  const capture = new Capture({
    camera,
    clock,
    clockTrusted: () => true,
    ids: () => `01kaqz3v5c00000000000000${String(++clips).padStart(2, "0")}`,
    clipsDir: directory.path,
    settings: { ...SETTINGS, ...settings },
    listener: diary,
    ...(microphone ? { microphone } : {}),
    ...options,
  });
  onTestFinished(() => capture.stop());
  const play = (span: number): Promise<void> => camera.play(span, () => microphone?.speak());
  const start = async (): Promise<void> => {
    await capture.start();
    await clock.advance(seconds(0));
  };
  return { capture, clock, camera, microphone, diary, start, play, path: directory.path };
}

/** One a picture. */
export const hashes = (units: readonly AccessUnit[]): string[] => pictureHashes("-", annexB(units));
/** Of those, seconds `from` to `to`. */
export const between = (units: readonly AccessUnit[], from: number, to: number): AccessUnit[] =>
  units.filter(({ at }) => at >= from * 1000 && at < to * 1000);
