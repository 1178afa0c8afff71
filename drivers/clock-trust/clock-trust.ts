// Whether the wall clock may be believed: most Pis have no battery, and resume after a power cut in a plausible past.

export interface ClockTrust {
  /** What is known now; costs nothing. */
  readonly trusted: boolean;
  /** One fragment for `status`: who said so, or what is awaited. */
  readonly detail: string;
  /** Resolves when it becomes trusted, at once if it is; never, if that does not happen. */
  readonly established: Promise<void>;
  /** Finds out, and goes on finding out until trusted or `signal` aborts. Resolves after the first answer; never rejects. */
  watch(signal: AbortSignal): Promise<void>;
}

/** For tests and machines without NTP, where the owner wrote clock = "assume". */
export class AssumedClock implements ClockTrust {
  readonly trusted = true;
  readonly detail = "assumed, as configured";
  readonly established = Promise.resolve();

  watch(): Promise<void> {
    return Promise.resolve();
  }
}
