// What Capture is given: camera, clock and the owner's settings.
import type { CameraConfig, Config } from "../../config/config.ts";
import type { Camera } from "../../drivers/camera/camera.ts";
import type { Clock, Uptime } from "../../drivers/clock/clock.ts";
import type { Microphone } from "../../drivers/microphone/microphone.ts";
import type { ClipId } from "../vault/clip.ts";
import type { CaptureListener } from "./listener.ts";

/** The part of the configuration that capture obeys. May change while it runs: see {@link Capture.configure}. */
export interface CaptureSettings extends Pick<CameraConfig, "mode" | "preRollMs" | "postRollMs" | "maxClipMs"> {
  /** "motion": a clip that the PIR alone asked for is kept only if something moved in it. */
  readonly confirm: "none" | "motion";
}

export interface CaptureOptions {
  readonly camera: Camera;
  /** Only when audio is to be recorded: without it no microphone is ever opened. */
  readonly microphone?: Microphone;
  readonly clock: Clock;
  readonly clockTrusted: () => boolean;
  readonly ids: () => ClipId;
  readonly clipsDir: string;
  readonly settings: CaptureSettings;
  readonly listener: CaptureListener;
  /** Confirms the light on. If it rejects, camera and microphone stay closed and the error is the camera's. */
  readonly beforeOpen?: () => Promise<void>;
  /** Runs when every process that held camera or microphone has been reaped. */
  readonly afterClose?: () => Promise<void>;
  /** The PIR is not believed before. Power-up plus a minute; default: at once. */
  readonly pirReadyAt?: Uptime;
  /** Most bytes of pre-roll in memory. Default 16 MiB. */
  readonly ringBytes?: number;
  /** Most bytes that wait for a slow card. Default 8 MiB. */
  readonly queueBytes?: number;
}

/** Picks them out of the configuration. */
export const captureSettings = ({ camera, trigger }: Config): CaptureSettings => ({
  mode: camera.mode,
  preRollMs: camera.preRollMs,
  postRollMs: camera.postRollMs,
  maxClipMs: camera.maxClipMs,
  confirm: trigger.confirm,
});
