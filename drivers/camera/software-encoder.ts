// The ffmpeg arguments that turn raw pictures into a live H.264 stream fit for us: at once, in order, a key picture every two seconds. Pure.

const KEY_PICTURE_EVERY_S = 2;

/** From whatever comes before, as Annex B on stdout: one picture out for each picture in, no lookahead, no B-frames. */
export function liveH264(fps: number, bitsPerSecond: number): string[] {
  const speed = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1"];
  const rate = ["-crf", "23", "-maxrate", String(bitsPerSecond), "-bufsize", String(bitsPerSecond)];
  const keys = ["-g", String(Math.round(fps * KEY_PICTURE_EVERY_S)), "-bf", "0", "-x264-params", "scenecut=0:slices=1"];
  return [...speed, ...rate, ...keys, "-fps_mode", "passthrough", "-flush_packets", "1", "-f", "h264", "pipe:1"];
}
