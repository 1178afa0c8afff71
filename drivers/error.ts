// What a driver throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const DRIVER_ERRORS = {
  CAMERA_FILE_MISSING: "check `camera.file` in the configuration: the recording to replay is not there",
  CAMERA_PICTURE_CHANGED: "replay one recording at a time: the picture's size changes in the middle of this one",
  CAMERA_STREAM_BROKEN: "try again, and another cable or another recording: what the camera sends is not H.264 video",
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
