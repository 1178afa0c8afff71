// What the agent tells whoever started it: that it is ready, how it is, and that it is alive.
import type { Duration } from "../clock/clock.ts";

export interface ServiceManager {
  /** Everything is open; `status` is one line for `systemctl status`. */
  ready(status: string): Promise<void>;
  /** One line for `systemctl status`; cheap to call with the same text again. */
  status(text: string): Promise<void>;
  /** How often {@link alive} is expected at the most; undefined when nobody waits for it. */
  readonly watchdog: Duration | undefined;
  /** Feeds the watchdog. Call it only while everything that matters is healthy. */
  alive(): Promise<void>;
}

/** Started by hand: nobody to tell. */
export class NoServiceManager implements ServiceManager {
  readonly watchdog = undefined;

  ready(): Promise<void> {
    return Promise.resolve();
  }

  status(): Promise<void> {
    return Promise.resolve();
  }

  alive(): Promise<void> {
    return Promise.resolve();
  }
}
