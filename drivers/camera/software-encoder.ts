// The ffmpeg arguments that turn raw pictures into a live H.264 stream fit for us: at once, in order, a key picture every two seconds. Pure.

const KEY_PICTURE_EVERY_S = 2;

/** libx264: everywhere. h264_v4l2m2m: the hardware of a Pi Zero 2 W, 3 and 4. */
export type Encoder = "libx264" | "h264_v4l2m2m";

/** From whatever comes before, as Annex B on stdout: one picture out for each picture in, no lookahead, no B-frames. */
export function liveH264(fps: number, bitsPerSecond: number, encoder: Encoder = "libx264"): string[] {
  const keys = ["-g", String(Math.round(fps * KEY_PICTURE_EVERY_S)), "-bf", "0"];
  const output = ["-fps_mode", "passthrough", "-flush_packets", "1", "-f", "h264", "pipe:1"];
  if (encoder === "h264_v4l2m2m") return ["-c:v", encoder, "-b:v", String(bitsPerSecond), ...keys, ...output];
  const speed = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"];
  const rate = ["-crf", "23", "-maxrate", String(bitsPerSecond), "-bufsize", String(bitsPerSecond)];
  return [...speed, ...rate, ...keys, "-x264-params", "scenecut=0:slices=1", ...output];
}

/** Coarser than this libx264 never gets: beyond, the pattern of a mask might not be found again. */
const COARSEST_QUANTISER = 46;

/** As {@link liveH264}, for pictures with masks. */
export const maskedH264 = (fps: number, bitsPerSecond: number, encoder: Encoder = "libx264"): string[] => [
  ...(encoder === "libx264" ? ["-qmax", String(COARSEST_QUANTISER)] : []),
  ...liveH264(fps, bitsPerSecond, encoder),
];
