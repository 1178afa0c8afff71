// What a driver throws on purpose: a code for programs, today's detail, and a remedy for the owner.

export const DRIVER_ERRORS = {
  CAMERA_FILE_MISSING: "check `camera.file` in the configuration: the recording to replay is not there",
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
