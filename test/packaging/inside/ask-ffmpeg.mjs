// Has every driver that works through ffmpeg do its work with the one that came along: on a machine that has no other, whatever
// the small one lacks is found here. Recordings of other makers lie beside this file.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const home = process.argv[2] ?? "/usr/lib/doorstep";
const of = (path) => import(join(home, "drivers", path));
const { SystemClock } = await of("clock/system.js");
const { MaskedCamera } = await of("camera/masked.js");
const { DecodedCamera } = await of("camera/decoded.js");
const { ReplayCamera } = await of("camera/replay.js");
const { V4l2Camera } = await of("camera/v4l2.js");
const { liveH264 } = await of("camera/software-encoder.js");
const { FfmpegMaskWitness } = await of("mask/ffmpeg-witness.js");
const { FfmpegPictureDecoder } = await of("picture/ffmpeg.js");
const { FfmpegLuma } = await of("luma/ffmpeg.js");
const { FfmpegLoudnessMeter } = await of("loudness/ffmpeg.js");
const { AacMicrophone } = await of("microphone/aac.js");
const { SimulatedPcm } = await of("microphone/simulated.js");

const clock = new SystemClock();
const scratch = mkdtempSync(join(tmpdir(), "ffmpeg-"));
const recordings = join(import.meta.dirname, "recordings");
const doorstep = join(home, "drivers/camera/doorstep.mp4");
const size = { width: 320, height: 180 };
let failures = 0;

const check = async (claim, work) => {
  const problem = await work().then(
    (found) => (found === true ? undefined : `found ${JSON.stringify(found)}`),
    (error) => String(error),
  );
  if (problem !== undefined) failures += 1;
  process.stdout.write(problem === undefined ? `  ${claim}\n` : `  failed: ${claim}: ${problem}\n`);
};
/** The first `count` of what comes, and the source closed again. */
const first = async (count, source) => {
  const stop = new AbortController();
  const taken = [];
  for await (const one of source(stop.signal)) {
    taken.push(one);
    if (taken.length === count) break;
  }
  stop.abort();
  return taken;
};
/** What goes wrong is the answer. */
const error = (work) => work.then(() => "nothing went wrong", String);
const replay = (file) => new ReplayCamera({ file, loop: false, speed: 100, fps: 10, ...size }, clock);
const masked = (more = {}) => {
  const hidden = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ];
  const witness = new FfmpegMaskWitness({ areas: { hidden: [hidden], kept: [] }, clock });
  const source = new DecodedCamera(replay(doorstep), size, clock);
  return new MaskedCamera({ source, witness, fps: 15, bitsPerSecond: 500_000, ...more }, clock);
};
const ffmpeg = (args, input) =>
  execFileSync("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", "error", ...args], { input, maxBuffer: 1 << 28 });

const [key] = await first(1, (signal) => replay(doorstep).frames(signal));

await check("pictures are decoded, painted over, encoded and looked at again", async () => {
  const units = await first(20, (signal) => masked().frames(signal));
  return units.length === 20 && units[0].key;
});
await check("the hardware's encoder is there to be asked", async () => {
  const said = await error(first(1, (signal) => masked({ encoder: "h264_v4l2m2m" }).frames(signal)));
  return /CAMERA_ENCODER_FAILED.*valid device/.test(said) || said;
});
await check("a still is made of a key picture", async () => {
  const pictures = await first(1, () => new FfmpegPictureDecoder(clock).decode([key.data], { maxWidth: 160 }));
  return pictures[0].width === 160 && pictures[0].rgb.length === 160 * pictures[0].height * 3;
});
await check("motion is looked for in a stream", async () => {
  const pictures = await first(1, (signal) => {
    const stream = new FfmpegLuma(clock).decode({ width: 160, every: "key" }, signal);
    stream.push(key);
    return stream.frames;
  });
  return pictures[0].width === 160;
});
await check("and in a file", async () => {
  const pictures = await first(3, (signal) => new FfmpegLuma(clock).framesOfFile(doorstep, 160, 5, signal));
  return pictures.length === 3;
});
await check("sound is encoded, and its loudness measured", async () => {
  const packets = await first(5, (signal) => new AacMicrophone(new SimulatedPcm(clock), clock).packets(signal));
  const file = join(scratch, "sound.mp4");
  const second = Buffer.from(Int16Array.from({ length: 48_000 }, (_, n) => 16_000 * Math.sin(n / 10)).buffer);
  ffmpeg(["-f", "s16le", "-ar", "48000", "-ac", "1", "-i", "pipe:0", "-c:a", "aac", file], second);
  const peaks = await new FfmpegLoudnessMeter(clock).peaks(file);
  return (packets.length === 5 && peaks[0] > 0.4) || peaks;
});
for (const name of readdirSync(recordings))
  await check(`${name} is replayed`, async () => {
    const units = await first(20, (signal) => replay(join(recordings, name)).frames(signal));
    return units.length === 20 && units[0].key;
  });
await check("a USB camera would be read", async () => {
  const camera = new V4l2Camera({ device: "/dev/video-none", fps: 15, rotation: 180, ...size }, clock);
  const said = await error(first(1, (signal) => camera.frames(signal)));
  return said.includes("CAMERA_DEVICE_MISSING") || said;
});
await check("and its JPEG turned and encoded", async () => {
  const turned = ["-vf", "hflip,vflip,format=yuv420p", ...liveH264(15, 500_000)];
  return ffmpeg(["-i", join(recordings, "mjpeg.avi"), "-an", ...turned]).length > 1000;
});

rmSync(scratch, { recursive: true });
process.exitCode = failures ? 1 : 0;
