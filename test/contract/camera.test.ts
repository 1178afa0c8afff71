// Every camera under the one contract.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DecodedCamera } from "../../drivers/camera/decoded.ts";
import { LibcameraCamera } from "../../drivers/camera/libcamera.ts";
import { MaskedCamera } from "../../drivers/camera/masked.ts";
import type { RawCamera } from "../../drivers/camera/raw.ts";
import { ReplayCamera } from "../../drivers/camera/replay.ts";
import { SimulatedCamera } from "../../drivers/camera/simulated.ts";
import { V4l2Camera } from "../../drivers/camera/v4l2.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { SimulatedDoorstep } from "../../drivers/doorstep-scene/doorstep.ts";
import { FfmpegMaskWitness } from "../../drivers/mask/ffmpeg-witness.ts";
import { ffmpeg, h264File, scratchDirectory } from "../drivers/camera/footage.ts";
import { standIn } from "../drivers/camera/stand-in.ts";
import { cameraContract } from "./camera.ts";

const directory = scratchDirectory();
const clock = new SystemClock();
const replay = (file: string): ReplayCamera =>
  new ReplayCamera({ file, loop: true, speed: 20, width: 1280, height: 720, fps: 15 }, clock);

const mp4 = h264File(join(directory, "passed-through.mp4"), { frames: 40 });
const raw = h264File(join(directory, "raw.h264"), { frames: 40, x264: "slices=4" });
const avi = join(directory, "transcoded.avi");
ffmpeg(["-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10", "-frames:v", "45", "-c:v", "mjpeg", avi]);

cameraContract("replay of an MP4", () => replay(mp4), 25);
cameraContract("replay of a raw H.264 file", () => replay(raw), 25);
cameraContract("replay of an AVI, through ffmpeg", () => replay(avi), 25);

const small = { width: 320, height: 180, fps: 30 };
cameraContract("the drawn doorstep", () => new SimulatedCamera(small, new SimulatedDoorstep(clock), clock), 65);
cameraContract(
  "the recorded doorstep, where there is no ffmpeg",
  () => new SimulatedCamera({ ...small, ffmpeg: "/nowhere/ffmpeg" }, new SimulatedDoorstep(clock), clock),
  25,
);

for (const platform of ["vc4", "pisp"] as const) {
  const program = standIn(directory, { platform });
  cameraContract(
    `rpicam-vid's stand-in on ${platform}`,
    () => new LibcameraCamera({ index: 0, width: 320, height: 240, fps: 30, rotation: 0, program }, clock),
    65,
  );
}

const usb = { device: "/dev/video0", width: 320, height: 240, fps: 30, rotation: 0 } as const;
const ffmpegStandIn = standIn(directory, {}, "ffmpeg-v4l2");
cameraContract("a USB camera's stand-in", () => new V4l2Camera({ ...usb, ffmpeg: ffmpegStandIn }, clock), 65);
cameraContract(
  "a real USB camera",
  () => new V4l2Camera({ ...usb, width: 640, height: 480 }, clock),
  65,
  existsSync(usb.device) ? undefined : `there is no ${usb.device} on this machine`,
);

const masked = (source: RawCamera, fps = 30): MaskedCamera => {
  const areas = {
    hidden: [
      [
        [0.2, 0.2],
        [0.7, 0.3],
        [0.4, 0.8],
      ] as const,
    ],
    kept: [],
  };
  const witness = new FfmpegMaskWitness({ areas, clock });
  return new MaskedCamera({ source, witness, fps, bitsPerSecond: 1_000_000 }, clock);
};
cameraContract(
  "the drawn doorstep, masked",
  () => masked(new SimulatedCamera(small, new SimulatedDoorstep(clock), clock)),
  65,
);
for (const file of [mp4, avi])
  cameraContract(
    `replay of ${file.slice(-3)}, masked`,
    () => masked(new DecodedCamera(replay(file), { width: 1280, height: 720 }, clock), 10),
    45,
  );
const raws = standIn(directory);
cameraContract(
  "rpicam-vid's stand-in, masked",
  () => masked(new LibcameraCamera({ index: 0, width: 336, height: 240, fps: 30, rotation: 0, program: raws }, clock)),
  65,
);
cameraContract(
  "a USB camera's stand-in, masked",
  () => masked(new V4l2Camera({ ...usb, ffmpeg: ffmpegStandIn }, clock)),
  65,
);
