// [camera]: which one, how large, and how much before and after. Pure.
import type { CameraConfig, CameraSource } from "../config.ts";
import { durationKind } from "../duration.ts";
import { type Fields, type Values, defaulted, optional, required, writeFields } from "../field.ts";
import { choiceKind, numberKind, switchKind, wordKind } from "../kind.ts";
import { fileKind, resolvedPath, videoDeviceKind } from "../path-name.ts";
import type { TableReader } from "../table-reader.ts";

const SOURCES = ["libcamera", "v4l2", "replay", "simulated"] as const;

export const CAMERA = {
  width: defaulted(
    "width",
    numberKind({ min: 64, max: 4096, whole: true, even: true, unit: "pixels" }),
    1280,
    "Width of the picture in pixels.",
  ),
  height: defaulted(
    "height",
    numberKind({ min: 64, max: 4096, whole: true, even: true, unit: "pixels" }),
    720,
    "Height of the picture in pixels.",
  ),
  fps: defaulted("fps", numberKind({ min: 1, max: 60, whole: true }), 15, "Pictures a second."),
  rotation: defaulted("rotation", choiceKind([0, 180]), 0, "Degrees: 180 for a camera that hangs upside down."),
  encoder: defaulted(
    "encoder",
    wordKind(["libx264", "h264_v4l2m2m"]),
    "libx264",
    "What encodes pictures that are painted over. h264_v4l2m2m: the hardware of a Pi Zero 2 W, 3 or 4. Only with masks or property.",
  ),
  mode: defaulted(
    "mode",
    wordKind(["ready", "asleep"]),
    "ready",
    "ready: the camera is on and a clip begins before the trigger. asleep: it is opened by the trigger; no pre-roll.",
  ),
  preRollMs: defaulted(
    "pre_roll",
    durationKind("0s", "60s"),
    "5s",
    "How much of a clip lies before the trigger. Kept in memory until then.",
  ),
  postRollMs: defaulted(
    "post_roll",
    durationKind("1s", "5m"),
    "8s",
    "How long a clip goes on after the last sign of somebody.",
  ),
  maxClipMs: defaulted(
    "max_clip",
    durationKind("5s", "30m"),
    "60s",
    "The longest one clip may be; another follows if somebody is still there.",
  ),
};

const speed = defaulted(
  "speed",
  numberKind({ min: 0.1, max: 1000 }),
  1,
  "How much faster than life it plays. Only for replay and simulated.",
);

export const CAMERA_SOURCE = {
  kind: required(
    "source",
    wordKind(SOURCES),
    "libcamera: a Raspberry Pi camera. v4l2: a USB camera. replay: a video file in place of a camera. simulated: a drawn doorstep.",
  ),
  index: defaulted(
    "index",
    numberKind({ min: 0, max: 7, whole: true }),
    0,
    "Which camera, counted from 0, when there are several. Only for libcamera.",
  ),
  device: optional("device", videoDeviceKind, "required by v4l2", "The video device. Only for v4l2, which needs it."),
  file: optional("file", fileKind, "required by replay", "The video to play. Only for replay, which needs it."),
  loop: defaulted("loop", switchKind, false, "Begin again at the end. Only for replay."),
  speed,
};

const KEYS_OF = {
  libcamera: ["index"],
  v4l2: ["device"],
  replay: ["file", "loop", "speed"],
  simulated: ["speed"],
} as const satisfies Record<(typeof SOURCES)[number], readonly string[]>;

type CameraDraft = Values<typeof CAMERA> & { readonly source: CameraSource | undefined };

/** Reads [camera]; `directory` is what a replay's file is relative to. */
export function readCamera(table: TableReader, directory: string): CameraDraft {
  const draft = table.fields(CAMERA);
  const source = readSource(table, directory);
  const { preRollMs, maxClipMs } = draft;
  if (preRollMs !== undefined && maxClipMs !== undefined && maxClipMs <= preRollMs)
    table.fault("CONFIG_VALUE_INVALID", table.has("max_clip") ? "max_clip" : "pre_roll", {
      expected: "max_clip longer than pre_roll",
    });
  table.finish();
  return { ...draft, source };
}

function readSource(table: TableReader, directory: string): CameraSource | undefined {
  const given = table.fields(CAMERA_SOURCE);
  const { kind } = given;
  if (kind === undefined) return undefined;
  const own: readonly string[] = KEYS_OF[kind];
  for (const { key } of Object.values(CAMERA_SOURCE))
    if (key !== "source" && !own.includes(key) && table.has(key))
      table.fault("CONFIG_KEY_MISPLACED", key, {
        expected: own.length ? `with source = "${kind}" only ${own.join(", ")}` : `no such key with source = "${kind}"`,
        on: "key",
      });
  switch (kind) {
    case "libcamera":
      return given.index === undefined ? undefined : { kind, index: given.index };
    case "v4l2":
      if (given.device !== undefined) return { kind, device: given.device };
      if (!table.has("device")) table.missing("device", "CONFIG_KEY_MISSING", videoDeviceKind.expected);
      return undefined;
    case "replay": {
      const { file, loop, speed } = given;
      if (!table.has("file")) table.missing("file", "CONFIG_KEY_MISSING", fileKind.expected);
      if (file === undefined || loop === undefined || speed === undefined) return undefined;
      return { kind, file: resolvedPath(file, directory), loop, speed };
    }
    case "simulated":
      return given.speed === undefined ? undefined : { kind, speed: given.speed };
  }
}

/** [camera] as TOML has it. */
export const writeCamera = ({ source, ...rest }: CameraConfig): Record<string, unknown> => ({
  ...writeFields(CAMERA_SOURCE satisfies Fields, { ...source }),
  ...writeFields(CAMERA, { ...rest }),
});

/** Whether a lens is involved, and so somebody whom the light must tell. */
export const isRealCamera = ({ kind }: CameraSource): boolean => kind === "libcamera" || kind === "v4l2";
