// What rpicam-vid can do by its own account, and the arguments that make it film for us. Pure.
import type { RawFormat } from "../mask/painter.ts";

/** What `rpicam-vid --version` tells. */
export interface RpicamVersion {
  /** "1.13.0"; empty when it does not say. */
  readonly text: string;
  /** False on a Raspberry Pi OS Lite without rpicam-apps-encoder; only a Pi 5 needs it. Undefined when it does not say. */
  readonly libav: boolean | undefined;
  /** From 1.6.0 on: an encoder set-up without B-frames by one option. */
  readonly lowLatency: boolean;
}

/** How to film. */
export interface RpicamSettings {
  /** Place of the camera in `rpicam-hello --list-cameras`. */
  readonly index: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Degrees; the camera itself can only turn the picture upside down. */
  readonly rotation: 0 | 180;
  /** Default: enough for the picture size and rate, 1–10 Mbit/s. */
  readonly bitsPerSecond?: number;
}

const KEY_PICTURE_EVERY_S = 2;
const BITS_PER_PIXEL = 0.18;
/** The hardware encoder stalls without a word on very low rates. */
const MIN_BITS = 1_000_000;
const MAX_BITS = 10_000_000;

/** Reads the output of `--version`. Whatever it does not say is taken for a present-day version. */
export function readVersion(stdout: string): RpicamVersion {
  const text = /build: v?(\d+(?:\.\d+)*)/.exec(stdout)?.[1] ?? "";
  const [major = 1, minor = 6] = text.split(".").filter(Boolean).map(Number);
  const libav = /\blibav:([01])/.exec(stdout)?.[1];
  return {
    text,
    libav: libav === undefined ? undefined : libav === "1",
    lowLatency: major > 1 || (major === 1 && minor >= 6),
  };
}

/** Bits a second for a picture of that size and rate. */
export const bitsFor = ({ width, height, fps, bitsPerSecond }: RpicamSettings): number =>
  Math.round(Math.min(MAX_BITS, Math.max(MIN_BITS, bitsPerSecond ?? width * height * fps * BITS_PER_PIXEL)));

/**
 * One list for the hardware encoder of a Pi Zero 2 W, 3 and 4 and for libx264 on a Pi 5. On the former --libav-format and
 * --low-latency are ignored; on the latter --inline is, because x264 repeats its parameter sets by itself.
 */
export function videoArguments(settings: RpicamSettings, { lowLatency }: RpicamVersion): string[] {
  const { fps } = settings;
  const codec = ["--codec", "h264", "--libav-format", "h264"];
  // Either way there are no B-frames: pictures come in the order in which they are shown.
  const simple = lowLatency ? ["--low-latency", "--profile", "high"] : ["--profile", "baseline"];
  const rate = [
    "--level",
    "4.1",
    "--bitrate",
    `${bitsFor(settings)}`,
    "--intra",
    `${Math.round(fps * KEY_PICTURE_EVERY_S)}`,
  ];
  return [...pictureArguments(settings), ...codec, ...simple, ...rate, "--inline", ...OUTPUT];
}

const OUTPUT = ["--flush", "--denoise", "cdn_off", "-o", "-"];
/** Bytes: what the Pi's image processors align rows to, whatever the width. */
const ROW_ALIGNMENT = 64;

/** Pictures as they are, planar YUV 4:2:0 of full range, rows padded as {@link rawFormat} says. */
export const rawArguments = (settings: RpicamSettings): string[] => [
  ...pictureArguments(settings),
  ...["--codec", "yuv420"],
  ...OUTPUT,
];

/** How a picture lies in what {@link rawArguments} gives. */
export const rawFormat = ({ width, height }: RpicamSettings): RawFormat => ({
  width,
  height,
  stride: Math.ceil(width / ROW_ALIGNMENT) * ROW_ALIGNMENT,
});

function pictureArguments({ index, width, height, fps, rotation }: RpicamSettings): string[] {
  const picture = ["--camera", `${index}`, "--width", `${width}`, "--height", `${height}`, "--framerate", `${fps}`];
  const turned = rotation === 180 ? ["--rotation", "180"] : [];
  return ["-n", "-t", "0", "-v", "1", ...picture, ...turned];
}
