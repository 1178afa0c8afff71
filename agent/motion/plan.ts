// Whether the configuration wants the picture watched for motion, and how closely. Pure.
import type { Area, Config } from "../../config/config.ts";

export interface MotionPlan {
  readonly zones: readonly Area[];
  /** 0–1. */
  readonly sensitivity: number;
  /** Motion begins a clip by itself. */
  readonly trigger: boolean;
  /** As in {@link import("../../drivers/luma/luma.ts").LumaOptions}. */
  readonly every: "key" | number;
}

/** Pictures a second that are enough to notice somebody at once. */
const PICTURES_A_SECOND = 5;

/** A zone that is drawn, motion as a trigger, or motion as the PIR's witness: otherwise undefined, and nothing is decoded. */
export function motionPlan({ zones, trigger, camera }: Config): MotionPlan | undefined {
  if (!zones.length && !trigger.video && trigger.confirm === "none") return undefined;
  return {
    zones,
    sensitivity: trigger.sensitivity,
    trigger: trigger.video,
    // Decoding every picture costs a Pi a core; only what has to begin a clip in time is worth it.
    every: trigger.video ? Math.max(1, Math.round(camera.fps / PICTURES_A_SECOND)) : "key",
  };
}
