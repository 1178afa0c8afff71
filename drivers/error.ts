// What a driver throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const DRIVER_ERRORS = {
  CAMERA_BUSY: "close the other program that uses the camera: `sudo fuser -v /dev/media* /dev/video*` names it",
  CAMERA_DEVICE_MISSING:
    "plug the USB camera in, and check `camera.device` in the configuration: `ls /dev/v4l/by-id` lists the cameras",
  CAMERA_DEVICE_NOT_VIDEO:
    "use another `camera.device`: `ls /dev/v4l/by-id` lists the cameras, and the one ending in index0 gives pictures",
  CAMERA_ENCODER_FAILED:
    "look at the log for what ffmpeg said, and install doorstep's package again: it brings its own (`sudo apt install ffmpeg` where there is no package)",
  CAMERA_ENCODER_MISSING: "install the encoder a Raspberry Pi 5 needs: `sudo apt install rpicam-apps-encoder`",
  CAMERA_FILE_DAMAGED: "copy the recording again, or replay another: this one is damaged or breaks off",
  CAMERA_FILE_MISSING: "check `camera.file` in the configuration: the recording to replay is not there",
  CAMERA_FILE_NOT_VIDEO: "check `camera.file` in the configuration: what is there is not a video",
  CAMERA_FILE_NO_KEYFRAME: "replay another recording: this one has no picture that a player could start with",
  CAMERA_FILE_NO_VIDEO: "replay another recording: there is no video in this one",
  CAMERA_FILE_UNREADABLE: "let the user that runs doorstep read the recording: `ls -l` shows whom it belongs to",
  CAMERA_FORBIDDEN: "let the user that runs doorstep use the camera: `sudo adduser doorstep video`, then restart it",
  CAMERA_INDEX_UNKNOWN:
    "check which cameras there are with `rpicam-hello --list-cameras`, and the camera's number in the configuration",
  CAMERA_LEGACY_STACK: "remove `start_x=1` and `gpu_mem` from /boot/firmware/config.txt and restart the Pi",
  CAMERA_MEMORY_SHORT:
    "use a smaller picture, or add `dtoverlay=vc4-kms-v3d,cma-256` to /boot/firmware/config.txt and restart the Pi",
  CAMERA_MODE_REFUSED: "use another `camera.width`, `camera.height` or `camera.fps`: the camera cannot do these",
  CAMERA_NOT_ANSWERING:
    "switch the Pi off and push the camera's ribbon cable home at both ends; if that does not help, try another cable",
  CAMERA_NOT_FOUND: "switch the Pi off and check the camera's cable; `rpicam-hello --list-cameras` must show it",
  CAMERA_OPTION_REFUSED: "update the camera programs: `sudo apt update && sudo apt install rpicam-apps-lite`",
  CAMERA_PICTURE_CHANGED: "replay one recording at a time: the picture's size changes in the middle of this one",
  CAMERA_PROGRAM_DIED: "look at the log for what it said; if it happens again, restart the Pi",
  CAMERA_PROGRAM_MISSING: "install the camera programs: `sudo apt install rpicam-apps-lite` (Raspberry Pi OS only)",
  CAMERA_RAW_MISALIGNED:
    "use a `camera.width` that is a multiple of 64, like 1280 or 640: masks would not lie where they should",
  CAMERA_STALLED:
    "nothing to do once: the camera is started again. If it keeps happening, restart the Pi and check its power supply",
  CAMERA_STILL_FAILED: "try again; `rpicam-still -o test.jpg` on the Pi shows what the camera makes of it",
  CAMERA_STILL_MASKED:
    'use `camera.mode = "ready"`, or take the masks away: stills in between are not masked, so none are taken',
  CAMERA_STILL_REFUSED:
    "use a runtime directory without spaces and other special signs, and plain numbers for the camera",
  CAMERA_STREAM_BROKEN: "try again, and another cable or another recording: what the camera sends is not H.264 video",
  CAMERA_UNPLUGGED: "plug the USB camera in again; if it was not unplugged, use a shorter cable or a powered hub",
  CHIME_NOT_PLAYED: "try it by hand with `aplay FILE`; check that a loudspeaker is connected and not in use",
  CHIME_PLAYER_MISSING: "install the player: `sudo apt install alsa-utils`",
  CHIME_SOUND_MISSING: "check `chime.sound` in the configuration: there is no such WAV file",
  FFMPEG_MISSING:
    "install doorstep's package again: it brings its own ffmpeg (`sudo apt install ffmpeg` where there is no package)",
  GPIO_ADDON_MISSING: "install gpiod instead (`sudo apt install gpiod`), or build the addon: `npm rebuild epoll`",
  GPIO_CHATTER:
    "check the wire of this input: it is loose, or too long and takes up the mains; a resistor of 1 kΩ in series and a shorter wire help",
  GPIO_CHIP_MISSING:
    'run doorstep on a Raspberry Pi, or write driver = "simulated" for this line: there is no GPIO header here',
  GPIO_FORBIDDEN: "let the user that runs doorstep use GPIO: `sudo adduser doorstep-recorder gpio`, then restart it",
  GPIO_LINE_BUSY: "close the other program that holds the line (`gpioinfo` names it), or wire to another line",
  GPIO_LINE_LOST:
    "nothing to do once: the line is taken again. If it keeps happening, look at the log for what took it",
  GPIO_LINE_MISSING:
    'check the `gpio` number: it is the BCM number, 0 to 27, not the position on the header. No header here? Write driver = "simulated"',
  GPIO_NOT_CONFIRMED: "check the wiring of this output: it is shorted to ground or to 3.3 V, or lacks its resistor",
  GPIO_PROGRAM_MISSING: "install the GPIO tools: `sudo apt install gpiod`",
  GPIO_PULL_UNSUPPORTED:
    'write driver = "gpiod" for this line, or set the pull in /boot/firmware/config.txt (`gpio=27=pu`) and write pull = "as-is"',
  GPIO_STUCK:
    "check what is wired to this input: it has been active without end. A sensor may be broken, a button jammed",
  LIGHT_NOT_CONFIRMED:
    "check the light's wire, resistor and `trigger.light`: camera and microphone stay closed until it can be driven",
  LOUDNESS_METER_MISSING:
    "install ffmpeg as FFMPEG_MISSING says; clips are recorded without it, but nobody sees how loud they are",
  LOUDNESS_NOT_MEASURED: "nothing to do for one clip; if it happens with each, check `audio.device` and the log",
  LUMA_DECODER_MISSING: "install ffmpeg as FFMPEG_MISSING says; there is no motion without it",
  LUMA_UNDECODABLE:
    "play the file with `ffplay` to see whether it is damaged; for a camera, restart the agent and look at its log",
  MASK_NOT_CHECKED:
    "nothing to do once: it is tried again. If it keeps happening, check that ffmpeg is installed and memory is not short",
  MASK_NOT_PROVEN:
    'restart the agent; if it happens again, use `camera.encoder = "libx264"`: what was painted over is not in the coded picture, so the camera stays closed',
  MICROPHONE_BUSY: "another program holds the microphone: `fuser -v /dev/snd/*` names it",
  MICROPHONE_FAILED: "unplug and plug in the microphone; record with `arecord -d 5 test.wav` to see what it says",
  MICROPHONE_MISSING: "plug the microphone in and check `audio.device` against `arecord -L`",
  MICROPHONE_PROGRAM_MISSING:
    "install what records sound: `sudo apt install alsa-utils`; if it is ffmpeg that is missing, as FFMPEG_MISSING says",
  MICROPHONE_STALLED: "unplug and plug in the microphone; try another USB port or a powered hub",
  PDF_MAKER_MISSING: "install it: `sudo apt install librsvg2-bin`; or write the sign as .svg and print that",
  PDF_NOT_MADE: "write the sign as .svg instead, and print that from a browser",
  PICTURE_DECODER_MISSING:
    "install ffmpeg as FFMPEG_MISSING says; clips are recorded without it, but have no storyboard",
  PICTURE_UNDECODABLE: "nothing to do for one clip; if it happens with each, check `camera.source` and the log",
  WORKER_DIED:
    "nothing to do: it is tried again; if it happens with each clip, look whether memory is short (`journalctl -k`)",
} as const;

export type DriverErrorCode = keyof typeof DRIVER_ERRORS;

/** Anything a driver throws on purpose. `cause` keeps the operating system's own error. */
export class DriverError extends Error {
  override readonly name = "DriverError";
  readonly code: DriverErrorCode;
  readonly detail: string;

  /** `detail` is a lower-case fragment with today's facts: which pin, which path. */
  constructor(code: DriverErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail}`, { cause });
    this.code = code;
    this.detail = detail;
  }

  get remedy(): string {
    return DRIVER_ERRORS[this.code];
  }
}
