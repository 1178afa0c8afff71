#!/usr/local/lib/camera/node
// Plays a recording as rpicam-vid gives it: without an ffmpeg and on a Node of its own, lest the agent's processes seem small
// because they share pages with it.
import { readFileSync } from "node:fs";

const FPS = 15;
if (process.argv.includes("--version")) {
  process.stdout.write(
    "rpicam-apps build: v1.13.0\nrpicam-apps capabilites: egl:0 qt:0 drm:1 libav:1\nlibcamera build: v0.7.1\n",
  );
  process.exit(0);
}
process.on("SIGINT", () => process.exit(0));
const film = readFileSync("/usr/local/lib/camera/film.h264");
const DELIMITER = Buffer.from([0, 0, 0, 1, 9]);
const starts = [];
for (let at = film.indexOf(DELIMITER); at >= 0; at = film.indexOf(DELIMITER, at + 1)) starts.push(at);
let picture = 0;
setInterval(() => {
  const n = picture++ % starts.length;
  process.stdout.write(film.subarray(starts[n], starts[n + 1] ?? film.length));
}, 1000 / FPS);
