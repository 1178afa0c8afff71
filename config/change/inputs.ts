// Which way triggers, light, switches and camera change. Pure.
import type { CameraConfig, Config, GpioLine } from "../config.ts";
import { type Weighing, same } from "./weighing.ts";

type Trigger = Config["trigger"];

/** What starts a recording in both; what protects people in either. */
export function weighTrigger(weighing: Weighing, old: Trigger, now: Trigger): Trigger {
  const pir = weighStarter(weighing, "trigger.pir", old.pir, now.pir);
  const button = weighStarter(weighing, "trigger.button", old.button, now.button);
  const light: Trigger["light"] = weighGuard(weighing, "trigger.light", lineOf(old.light), lineOf(now.light)) ?? "none";
  const privacySwitch = weighGuard(weighing, "trigger.privacy_switch", old.privacySwitch, now.privacySwitch);
  const objection = weighGuard(weighing, "trigger.objection", old.objection, now.objection);
  const rest: Pick<Trigger, "video" | "confirm" | "sensitivity"> = {
    video: weighing.both("trigger.video", old.video, now.video),
    confirm: weighing.rank("trigger.confirm", ["motion", "none"], old.confirm, now.confirm),
    sensitivity: weighing.least("trigger.sensitivity", old.sensitivity, now.sensitivity),
  };
  const guards = { light, ...(privacySwitch && { privacySwitch }), ...(objection && { objection }) };
  // Old and new may put two guards on one line, which no wiring can be: both stay, cannot both be driven, and so keep the
  // camera closed until one of them goes. An input that only starts recordings gives way.
  const starters = { ...(pir && { pir }), ...(button && { button }) };
  const lines = [pir, button, light, privacySwitch, objection];
  return { ...(!clash(lines) && starters), ...guards, ...rest };
}

/** Rings only. It gives way where it would share a line. */
export function weighChime(
  weighing: Weighing,
  old: Config["chime"],
  now: Config["chime"],
  trigger: Trigger,
): Config["chime"] {
  const chime = weighing.harmless("chime", old, now);
  if (typeof chime !== "object" || !("gpio" in chime)) return chime;
  const { pir, button, light, privacySwitch, objection } = trigger;
  return clash([chime.gpio, pir, button, lineOf(light), privacySwitch, objection]) ? "none" : chime;
}

/** The old camera, as long as another one waits: what it would show cannot be compared. */
export function weighCamera(weighing: Weighing, old: CameraConfig, now: CameraConfig): CameraConfig {
  return {
    source: weighing.unknown("camera.source", old.source, now.source),
    // Another size may be another part of the sensor, and so another part of the world.
    width: weighing.unknown("camera.width", old.width, now.width),
    height: weighing.unknown("camera.height", old.height, now.height),
    rotation: weighing.unknown("camera.rotation", old.rotation, now.rotation),
    encoder: weighing.harmless("camera.encoder", old.encoder, now.encoder),
    fps: weighing.least("camera.fps", old.fps, now.fps),
    mode: weighing.rank("camera.mode", ["asleep", "ready"], old.mode, now.mode),
    preRollMs: weighing.least("camera.pre_roll", old.preRollMs, now.preRollMs),
    postRollMs: weighing.least("camera.post_roll", old.postRollMs, now.postRollMs),
    maxClipMs: weighing.least("camera.max_clip", old.maxClipMs, now.maxClipMs),
  };
}

/** An input that starts recordings: stays only if both have it. */
function weighStarter(
  weighing: Weighing,
  path: string,
  old: GpioLine | undefined,
  now: GpioLine | undefined,
): GpioLine | undefined {
  weighing.mark(path, Boolean(old && !now), Boolean(now && !same(old, now)));
  return now && old;
}

/** A line that protects people: stays if either has it. */
function weighGuard(
  weighing: Weighing,
  path: string,
  old: GpioLine | undefined,
  now: GpioLine | undefined,
): GpioLine | undefined {
  weighing.mark(path, Boolean(now && !old), Boolean(old && !same(old, now)));
  return old ?? now;
}

const lineOf = (line: GpioLine | "none"): GpioLine | undefined => (line === "none" ? undefined : line);

function clash(lines: readonly (GpioLine | "none" | undefined)[]): boolean {
  const numbers = lines.flatMap((line) => (typeof line === "object" ? [line.gpio] : []));
  return new Set(numbers).size < numbers.length;
}
