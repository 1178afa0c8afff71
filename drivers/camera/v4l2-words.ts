// Reads what ffmpeg says of a V4L2 camera: the formats it offers, and why it ended. Pure.
import { DriverError, type DriverErrorCode } from "../error.ts";
import type { Ending } from "../process/process.ts";

/** One way in which a camera offers its pictures. */
export interface PixelFormat {
  /** As ffmpeg's -input_format wants it: "mjpeg", "yuyv422". */
  readonly name: string;
  readonly compressed: boolean;
  /** "1280x720"; empty when the camera takes any size. */
  readonly sizes: readonly string[];
}

/** From the output of `-list_formats all`. */
export function readFormats(stderr: string): PixelFormat[] {
  return stderr.split("\n").flatMap((line) => {
    const [, kind, name, rest] = /\] (Compressed|Raw) *: *([\w-]+) *: *.*? : *(.*)$/.exec(line) ?? [];
    if (!kind || !name || name === "Unsupported") return [];
    return [{ name, compressed: kind === "Compressed", sizes: rest?.match(/\d+x\d+/g) ?? [] }];
  });
}

/** USB 2 carries raw pictures of this many pixels a second at most; larger ones come at five pictures a second, or not at all. */
const MAX_RAW_PIXELS_PER_S = 640 * 480 * 30;

/**
 * The format to ask for: raw while the cable can carry it, because decoding JPEG costs a small board dearly, else JPEG.
 * Undefined leaves it to ffmpeg.
 */
export function chooseFormat(
  formats: readonly PixelFormat[],
  { width, height, fps }: { readonly width: number; readonly height: number; readonly fps: number },
): PixelFormat | undefined {
  const size = `${width}x${height}`;
  const fitting = formats.filter(({ sizes }) => sizes.length === 0 || sizes.includes(size));
  const raw = fitting.find(({ compressed }) => !compressed);
  const jpeg = fitting.find(({ name }) => name === "mjpeg");
  return width * height * fps <= MAX_RAW_PIXELS_PER_S ? (raw ?? jpeg) : (jpeg ?? raw);
}

const SAID: readonly (readonly [DriverErrorCode, RegExp])[] = [
  ["CAMERA_BUSY", /Device or resource busy/],
  ["CAMERA_FORBIDDEN", /Permission denied/],
  ["CAMERA_DEVICE_MISSING", /No such file or directory/],
  [
    "CAMERA_DEVICE_NOT_VIDEO",
    /Not a video capture device|Inappropriate ioctl|Is a directory|does not support (streaming|video capture)/i,
  ],
  ["CAMERA_UNPLUGGED", /No such device|VIDIOC_DQBUF/],
  ["CAMERA_MODE_REFUSED", /Cannot find a proper format|Could not set|Invalid argument|VIDIOC_S_FMT|VIDIOC_STREAMON/i],
];

/** Why ffmpeg is not running any more, although nobody asked it to end. */
export function whyV4l2Ended(device: string, { cause, code, signal, stderr }: Ending): DriverError {
  const words = stderr.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
  if (cause === "not-started") return new DriverError("FFMPEG_MISSING", `needed to read ${device}`);
  const said = SAID.find(([, pattern]) => pattern.test(stderr));
  if (said) return new DriverError(said[0], words);
  return new DriverError(
    "CAMERA_PROGRAM_DIED",
    `ffmpeg: ${signal ? `killed by ${signal}` : `exit code ${code}`}: ${words}`,
  );
}

/** Why no byte came for so long, although ffmpeg is running. */
export const whyV4l2Silent = (device: string, silentMs: number): DriverError =>
  new DriverError("CAMERA_STALLED", `${device}: no picture for ${(silentMs / 1000).toFixed(1)} s`);
