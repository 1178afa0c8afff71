// What a driver throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const DRIVER_ERRORS = {
  CAMERA_ENCODER_FAILED:
    "run ffmpeg by hand to see what is wrong with it, or install it again: `sudo apt install --reinstall ffmpeg`",
  CAMERA_FILE_DAMAGED: "copy the recording again, or replay another: this one is damaged or breaks off",
  CAMERA_FILE_MISSING: "check `camera.file` in the configuration: the recording to replay is not there",
  CAMERA_FILE_NOT_VIDEO: "check `camera.file` in the configuration: what is there is not a video",
  CAMERA_FILE_NO_KEYFRAME: "replay another recording: this one has no picture that a player could start with",
  CAMERA_FILE_NO_VIDEO: "replay another recording: there is no video in this one",
  CAMERA_FILE_UNREADABLE: "let the user that runs doorstep read the recording: `ls -l` shows whom it belongs to",
  CAMERA_PICTURE_CHANGED: "replay one recording at a time: the picture's size changes in the middle of this one",
  CAMERA_STREAM_BROKEN: "try again, and another cable or another recording: what the camera sends is not H.264 video",
  FFMPEG_MISSING: "install ffmpeg: `sudo apt install ffmpeg`",
  PICTURE_DECODER_MISSING: "install it: apt install ffmpeg; clips are recorded without it, but have no storyboard",
  PICTURE_UNDECODABLE: "nothing to do for one clip; if it happens with each, check `camera.source` and the log",
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
