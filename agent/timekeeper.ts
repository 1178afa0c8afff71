// Whether the time may be believed now, under the configuration in force; and a word to whoever waits for it to be.
import type { Config } from "../config/config.ts";
import type { Clock, WallTime } from "../drivers/clock/clock.ts";
import type { ClockTrust } from "../drivers/clock-trust/clock-trust.ts";

export interface TimekeeperOptions {
  readonly clock: Clock;
  /** Who vouches for the clock under a configuration. */
  readonly trust: (config: Config) => ClockTrust;
  /** The newest instant that is written down: a clock behind it is wrong, whoever vouches for it. */
  readonly newest: () => WallTime | undefined;
  readonly stop: AbortSignal;
  /** Somebody vouches for the clock now. */
  readonly onEstablished: () => void;
}

/** Nobody vouches for a clock before a configuration has said who should. */
const NOBODY: ClockTrust = {
  trusted: false,
  detail: "no configuration yet",
  established: new Promise(() => {}),
  watch: () => Promise.resolve(),
};

export class Timekeeper {
  readonly #options: TimekeeperOptions;
  #source = NOBODY;

  constructor(options: TimekeeperOptions) {
    this.#options = options;
  }

  /** Who vouches, as `status` says it. */
  get source(): ClockTrust {
    return this.#source;
  }

  /** NTP has said so in this boot, and the clock is not behind what is already written down. */
  trusted(): boolean {
    const { clock, newest } = this.#options;
    const known = newest();
    return this.#source.trusted && (known === undefined || clock.wall() >= known);
  }

  /** Asks whoever the configuration names; resolves with the first answer. A later one is told. */
  async follow(config: Config): Promise<void> {
    const { trust, stop, onEstablished } = this.#options;
    const source = (this.#source = trust(config));
    await source.watch(stop);
    if (source.trusted) return;
    void source.established.then(() => {
      if (this.#source === source) onEstablished();
    });
  }
}
