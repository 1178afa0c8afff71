// Makes doorstep.mp4, the recording that stands in for the drawn doorstep where ffmpeg is missing. Run it by hand after
// changing the scene: node drivers/camera/make-recording.ts
import { fileURLToPath } from "node:url";
import { SystemClock } from "../clock/system.ts";
import { ScenePainter } from "../doorstep-scene/painter.ts";
import { poseAt, visitMs } from "../doorstep-scene/visit.ts";
import { startProcess } from "../process/process.ts";
import { RECORDING, SEGMENT_MS } from "./simulated-recording.ts";

const { width, height, fps, emptyMs, visit } = RECORDING;
/** Whole segments, so that the last one can be played to its end. */
const lengthMs = Math.ceil((emptyMs + visitMs(visit)) / SEGMENT_MS) * SEGMENT_MS;
/** Where in the scene's time it begins: no car passes while nobody is there, so that part loops without a jump. */
const SCENE_START_MS = 115_000;

const input = [
  "-f",
  "rawvideo",
  "-pix_fmt",
  "yuv420p",
  "-video_size",
  `${width}x${height}`,
  "-framerate",
  `${fps}`,
  "-i",
  "pipe:0",
];
const keys = ["-g", String((SEGMENT_MS / 1000) * fps), "-x264-params", "scenecut=0", "-bf", "0"];
const encoder = ["-c:v", "libx264", "-preset", "veryslow", "-crf", "28", "-pix_fmt", "yuv420p", "-color_range", "tv"];
const output = ["-colorspace", "bt709", "-movflags", "+faststart", "-map_metadata", "-1", "-fflags", "+bitexact"];
const child = startProcess(
  {
    program: "ffmpeg",
    args: ["-loglevel", "error", "-y", ...input, ...encoder, ...keys, ...output, fileURLToPath(RECORDING.file)],
    stdin: true,
    onStderrLine: (line) => process.stderr.write(`${line}\n`),
  },
  new SystemClock(),
);
const painter = new ScenePainter(width, height);
for (let ms = 0; ms < lengthMs; ms += 1000 / fps) {
  const { bytes } = await painter.paint(SCENE_START_MS + ms, poseAt(visit, ms - emptyMs), "");
  await new Promise((resolve) => child.stdin!.write(bytes, resolve));
}
child.stdin!.end();
const { code } = await child.ended;
process.exitCode = code ?? 1;
