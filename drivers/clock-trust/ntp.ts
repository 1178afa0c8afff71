// Trust from NTP: systemd-timesyncd's mark of a synchronisation this boot, or the kernel's own word through timedatectl.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { milliseconds, seconds, type Clock } from "../clock/clock.ts";
import type { ClockTrust } from "./clock-trust.ts";

// An import of node:util would load whatever else it has on offer.
const run = process.getBuiltinModule("node:util").promisify(execFile);

/** Lies in a tmpfs, so that it exists only once the clock was set in this boot (systemd-timesyncd.service(8)). */
const TIMESYNC_MARK = "/run/systemd/timesync/synchronized";

const FIRST_PAUSE = seconds(2);
const LAST_PAUSE = seconds(60);

export interface NtpOptions {
  readonly clock: Clock;
  readonly mark?: string;
  /** Program that prints the value of NTPSynchronized: timedatectl(1). */
  readonly timedatectl?: string;
}

export class NtpClock implements ClockTrust {
  #trusted = false;
  #detail = "NTP has not set the clock since this boot";
  readonly #options: Required<NtpOptions>;
  readonly #established = Promise.withResolvers<void>();

  constructor(options: NtpOptions) {
    this.#options = { mark: TIMESYNC_MARK, timedatectl: "timedatectl", ...options };
  }

  get trusted(): boolean {
    return this.#trusted;
  }

  get detail(): string {
    return this.#detail;
  }

  get established(): Promise<void> {
    return this.#established.promise;
  }

  async watch(signal: AbortSignal): Promise<void> {
    await this.#ask(signal);
    void this.#keepAsking(signal);
  }

  /** Neither source can be waited on without a bus of its own; the pauses double, and nothing is asked once it is known. */
  async #keepAsking(signal: AbortSignal): Promise<void> {
    for (
      let pause = FIRST_PAUSE;
      !this.#trusted && !signal.aborted;
      pause = milliseconds(Math.min(pause * 2, LAST_PAUSE))
    ) {
      await this.#options.clock.sleep(pause, signal).catch(() => {});
      if (!signal.aborted) await this.#ask(signal);
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { mark, timedatectl } = this.#options;
    if (existsSync(mark)) return this.#believe("systemd-timesyncd has set the clock since this boot");
    try {
      const { stdout } = await run(timedatectl, ["show", "-p", "NTPSynchronized", "--value"], {
        signal,
        timeout: 5_000,
      });
      if (stdout.trim() === "yes") this.#believe("the kernel says that NTP keeps the clock");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT")
        this.#detail = "no NTP service is installed that could vouch for the clock";
    }
  }

  #believe(detail: string): void {
    this.#trusted = true;
    this.#detail = detail;
    this.#established.resolve();
  }
}
