// The doctor's look at camera, encoder, masks and microphone. A camera that runs is never touched: its agent is asked. Pure.
import { type CameraSource, type Config, isPainted } from "../../config/config.ts";
import type { ConnectedCamera } from "../../drivers/camera/rpicam-cameras.ts";
import type { PixelFormat } from "../../drivers/camera/v4l2-words.ts";
import { type Check, type Finding, fail, failed, isTrouble, ok, type Patient, warn } from "./doctor-check.ts";

/** Whether the camera is there and works. */
export const checkCamera: Check = async ({ machine, config, status }) => {
  if (status) return [runningCamera(status.camera)];
  const { source } = config.camera;
  switch (source.kind) {
    case "simulated":
      return [ok("camera", "simulated")];
    case "replay":
      return [await fileThere("camera", source.file, "check `camera.file` in the configuration", machine)];
    case "v4l2": {
      const formats = await machine.usbFormats(source.device);
      return [isTrouble(formats) ? failed("camera", formats) : usbCamera(source.device, formats, config.camera)];
    }
    case "libcamera": {
      const cameras = await machine.listCameras();
      if (isTrouble(cameras)) return [failed("camera", cameras)];
      const found = cameras.find(({ index }) => index === source.index);
      if (found) return [ribbonCamera(found, config.camera)];
      const have =
        cameras.length === 0 ? "no camera is connected" : `there is no camera ${source.index}, only ${cameras.length}`;
      return [
        fail("camera", have, "switch the Pi off and push the ribbon cable home at both ends; or check `camera.index`"),
      ];
    }
  }
};

type Wanted = Pick<Config["camera"], "width" | "height" | "fps">;

/** The camera's processor makes pictures smaller, but neither larger nor more of them. */
function ribbonCamera({ sensor, modes }: ConnectedCamera, { width, height, fps }: Wanted): Finding {
  const listed = modes.map((mode) => `${mode.width}x${mode.height} at ${Math.floor(mode.fps)}`).join(", ");
  const said = `${sensor}${listed && `, up to ${listed} pictures a second`}`;
  if (modes.length === 0 || modes.some((mode) => mode.width >= width && mode.height >= height && mode.fps >= fps))
    return ok("camera", said);
  return warn(
    "camera",
    `${said}: none gives ${width}x${height} at ${fps}`,
    "lower `camera.fps`, or `camera.width` and `camera.height`, to what one of its modes gives",
  );
}

function usbCamera(device: string, formats: readonly PixelFormat[], { width, height }: Wanted): Finding {
  const wanted = `${width}x${height}`;
  const listed = formats.map(({ name, sizes }) => `${name} ${sizes.join(" ") || "of any size"}`).join("; ");
  const said = `${device}: ${listed}`;
  if (formats.some(({ sizes }) => sizes.length === 0 || sizes.includes(wanted))) return ok("camera", said);
  return warn(
    "camera",
    `${said}; not ${wanted}, so it films in the nearest`,
    "set `camera.width` and `camera.height` to a size that it has",
  );
}

function runningCamera({ state, source, detail, remedy }: NonNullable<Patient["status"]>["camera"]): Finding {
  const said = `${source}, ${state}${detail && `: ${detail}`}`;
  switch (state) {
    case "on":
    case "off":
    case "starting":
      return ok("camera", said);
    case "closed":
      return warn("camera", said, "nothing, if you closed it; otherwise open what closed it");
    case "failed":
      return fail("camera", said, remedy ?? "see the log: `journalctl -u doorstep-recorder -e`");
  }
}

/** Whether what the camera sends can become H.264. */
export const checkEncoder: Check = async (patient) => {
  const { machine, config } = patient;
  const findings: Finding[] = [];
  if (config.camera.source.kind === "libcamera") findings.push(await rpicamEncoder(patient));
  if (isPainted(config) && config.camera.encoder === "h264_v4l2m2m")
    findings.push(await fileThere("encoder", HARDWARE_ENCODER, 'write `camera.encoder = "libx264"`', machine));
  const ffmpeg = await machine.ffmpeg();
  const needed = needsFfmpeg(config);
  if (isTrouble(ffmpeg)) {
    const { detail, remedy } = ffmpeg;
    findings.push(needed ? failed("ffmpeg", ffmpeg) : warn("ffmpeg", `${detail}; clips will have no stills`, remedy));
  } else if (needed && !ffmpeg.x264)
    findings.push(
      fail(
        "ffmpeg",
        `${ffmpeg.version} without libx264`,
        "install Debian's own: `sudo apt install --reinstall ffmpeg`",
      ),
    );
  else findings.push(ok("ffmpeg", ffmpeg.version));
  return findings;
};

const needsFfmpeg = (config: Config): boolean =>
  config.camera.source.kind === "v4l2" || isPainted(config) || config.audio.record;

/** Where the kernel's bcm2835-codec encodes, on every Pi before the Pi 5, which has none. */
const HARDWARE_ENCODER = "/dev/video11";

async function rpicamEncoder({ machine }: Patient): Promise<Finding> {
  const rpicam = await machine.rpicam();
  if (isTrouble(rpicam)) return failed("encoder", rpicam);
  const board = await machine.board();
  const software = /Raspberry Pi (5|Compute Module 5|500)/.test(board);
  const version = `rpicam-apps ${rpicam.version}${board && ` on ${board}`}`;
  if (!software) return ok("encoder", `${version}, in hardware`);
  return rpicam.libav
    ? ok("encoder", `${version}, in software`)
    : fail("encoder", `${version} has no encoder`, "install it: `sudo apt install rpicam-apps-encoder`");
}

async function fileThere(name: string, path: string, remedy: string, machine: Patient["machine"]): Promise<Finding> {
  return (await machine.fileReadable(path))
    ? ok(name, path)
    : fail(name, `${path} is not there, or may not be read`, remedy);
}

/** What the camera is kept from seeing. */
export const checkMasks: Check = async ({ config: { masks, property, camera } }) => {
  const drawn = [
    ...(masks.length ? [`${masks.length} hidden: ${masks.map(({ name }) => name).join(", ")}`] : []),
    ...(property.length ? [`nothing seen outside ${property.map(({ name }) => name).join(", ")}`] : []),
  ];
  if (drawn.length) return [ok("masks", drawn.join("; "))];
  if (!isReal(camera.source)) return [ok("masks", "none, and none needed")];
  return [
    warn(
      "masks",
      "none: everything in front of the camera is filmed",
      "if a street or a neighbour's window is in the picture, draw [[mask]] or [[property]]: `doorstep masks preview`",
    ),
  ];
};

const isReal = ({ kind }: CameraSource): boolean => kind === "libcamera" || kind === "v4l2";

/** As quiet as a card that is not connected to anything. */
const SILENT = 0.0005;

/** Whether the microphone is as the configuration has it. Off is well. */
export const checkMicrophone: Check = async ({ machine, config: { audio }, status }) => {
  if (!audio.record) return [ok("microphone", "off as configured: never opened")];
  if (status) {
    const { state, detail, remedy } = status.microphone;
    const said = `${state}${detail && `: ${detail}`}`;
    return [
      state === "failed"
        ? fail("microphone", said, remedy ?? "check `audio.device`: `arecord -L` lists what is there")
        : ok("microphone", said),
    ];
  }
  const peak = await machine.microphonePeak(audio.device);
  if (isTrouble(peak)) return [failed("microphone", peak)];
  const level = peak === 0 ? "silence" : `${(20 * Math.log10(peak)).toFixed(0)} dBFS at its loudest`;
  if (peak < SILENT)
    return [
      warn(
        "microphone",
        `${audio.device}: ${level}`,
        "check its wires: an I2S microphone that hears nothing often lacks its clock",
      ),
    ];
  if (peak >= 1) return [warn("microphone", `${audio.device}: overdriven`, "turn its gain down: `alsamixer`")];
  return [ok("microphone", `${audio.device}: ${level}`)];
};
