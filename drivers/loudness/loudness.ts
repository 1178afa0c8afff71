// How loud a recording is, second by second, for people who want to know without listening.

/** Measures recordings. */
export interface LoudnessMeter {
  /**
   * The loudest moment of each second of the file's sound, 0 (silence) to 1 (as loud as the recording can be). One number
   * for each second begun.
   *
   * @throws DriverError LOUDNESS_METER_MISSING; LOUDNESS_NOT_MEASURED, also when the file has no sound; `signal`'s reason.
   */
  peaks(file: string, signal?: AbortSignal): Promise<readonly number[]>;
}
