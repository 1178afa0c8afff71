// sd_notify(3) through the `systemd-notify` program: Node has no AF_UNIX datagram sockets. The unit needs NotifyAccess=all.
import { execFile } from "node:child_process";
import { milliseconds, type Duration } from "../clock/clock.ts";
import type { ServiceManager } from "./service-manager.ts";

// An import of node:util would load whatever else it has on offer.
const run = process.getBuiltinModule("node:util").promisify(execFile);

export interface SystemdOptions {
  /** $NOTIFY_SOCKET. */
  readonly socket: string;
  /** $WATCHDOG_USEC, if the unit has WatchdogSec=. */
  readonly watchdogMicroseconds?: number;
  readonly program?: string;
}

export class Systemd implements ServiceManager {
  readonly watchdog: Duration | undefined;
  readonly #socket: string;
  readonly #program: string;
  #last = "";

  constructor({ socket, watchdogMicroseconds, program = "systemd-notify" }: SystemdOptions) {
    this.#socket = socket;
    this.#program = program;
    // A third of the limit: one notification may be lost, and one late, before the unit is killed.
    this.watchdog = watchdogMicroseconds === undefined ? undefined : milliseconds(watchdogMicroseconds / 3000);
  }

  async ready(status: string): Promise<void> {
    this.#last = status;
    await this.#notify("READY=1", `STATUS=${status}`);
  }

  async status(text: string): Promise<void> {
    if (text === this.#last) return;
    this.#last = text;
    await this.#notify(`STATUS=${text}`);
  }

  async alive(): Promise<void> {
    await this.#notify("WATCHDOG=1");
  }

  /** A notification that cannot be sent is systemd's to miss: the watchdog then does its work. */
  async #notify(...assignments: string[]): Promise<void> {
    await run(this.#program, assignments, {
      env: { NOTIFY_SOCKET: this.#socket, PATH: "/usr/bin:/bin" },
      timeout: 10_000,
    }).catch(() => {});
  }
}
