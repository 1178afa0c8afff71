// An input as it is wired: volts become yes or no, bounce is taken out, and a line that cannot be believed says so.
import { type Clock, type Duration, type Uptime, after, milliseconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import { type Change, ChatterGauge, Debouncer } from "./debounce.ts";
import { type Gpio, MAX_WAITING_LEVELS, type Pull } from "./gpio.ts";

/** How an input is wired, as the configuration says it. */
export interface Wiring {
  readonly gpio: number;
  readonly pull: Pull;
  /** The level that means yes. */
  readonly active: "high" | "low";
  /** Changes shorter than this are not believed. */
  readonly debounceMs: number;
}

/** `first`: how the line was found, which is no change. */
export interface InputChange extends Change {
  readonly first: boolean;
}

/** Without an alarm for this long, a line that chattered is taken to be mended. */
const CALM = milliseconds(60_000);

export class GpioInput {
  readonly #gpio: Gpio;
  readonly #wiring: Wiring;
  readonly #clock: Clock;
  readonly #stuckAfter: Duration | undefined;
  readonly #gauge = new ChatterGauge();
  /** It was active too long, and has not been seen otherwise since. */
  #stuck = false;

  /** `stuckAfter`: active for longer than this is a fault; left out, it may be active for ever. */
  constructor(gpio: Gpio, wiring: Wiring, clock: Clock, stuckAfter?: Duration) {
    this.#gpio = gpio;
    this.#wiring = wiring;
    this.#clock = clock;
    this.#stuckAfter = stuckAfter;
  }

  /**
   * Yields how the line is found, then each change, until `signal` aborts. One iteration at a time.
   *
   * @throws DriverError as Gpio.levels does; GPIO_CHATTER; GPIO_STUCK, and again at each new iteration while it is.
   */
  async *changes(signal: AbortSignal): AsyncGenerator<InputChange, void, undefined> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const out = new BoundedQueue<InputChange>(MAX_WAITING_LEVELS);
    const pump = this.#pump(both, out).then(
      () => out.end(),
      (error: unknown) => out.end(error),
    );
    try {
      yield* out.take(signal);
    } finally {
      stop.abort();
      await pump;
    }
  }

  async #pump(signal: AbortSignal, out: BoundedQueue<InputChange>): Promise<void> {
    const { pull, gpio, active, debounceMs } = this.#wiring;
    const fault = new AbortController();
    const timers = new InputTimers(this.#clock);
    let debouncer: Debouncer | undefined;
    const believe = (change: Change | undefined, first = false): void => {
      if (change) {
        out.push({ ...change, first });
        this.#watchStuck(change, timers, fault);
      }
      const due = debouncer?.deadline;
      timers.set("settle", due, () => believe(debouncer!.settle(this.#clock.uptime())));
    };
    timers.set("calm", (this.#clock.uptime() + CALM) as Uptime, () => this.#gauge.calm());
    try {
      for await (const { high, at } of this.#gpio.levels({ gpio, pull }, AbortSignal.any([signal, fault.signal]))) {
        const yes = high === (active === "high");
        if (debouncer) {
          if (yes && this.#gauge.rise(at))
            throw new DriverError("GPIO_CHATTER", `GPIO${gpio} goes up and down without rest`);
          believe(debouncer.edge(yes, at));
        } else {
          debouncer = new Debouncer(debounceMs, yes);
          believe({ active: yes, at }, true);
        }
      }
    } finally {
      timers.clear();
    }
    fault.signal.throwIfAborted();
  }

  #watchStuck({ active }: Change, timers: InputTimers, fault: AbortController): void {
    if (!active) this.#stuck = false;
    if (this.#stuckAfter === undefined) return;
    const span = this.#stuck ? 0 : this.#stuckAfter;
    timers.set("stuck", active ? ((this.#clock.uptime() + span) as Uptime) : undefined, () => {
      this.#stuck = true;
      fault.abort(
        new DriverError(
          "GPIO_STUCK",
          `GPIO${this.#wiring.gpio} has been active for more than ${this.#stuckAfter! / 60_000} min`,
        ),
      );
    });
  }
}

/** One pending action under each name. */
class InputTimers {
  readonly #clock: Clock;
  readonly #pending = new Map<string, { readonly due: Uptime; readonly cancel: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Instead of whatever was pending under `name`; `due` undefined: nothing. */
  set(name: string, due: Uptime | undefined, action: () => void): void {
    const pending = this.#pending.get(name);
    if (pending && pending.due === due) return;
    pending?.cancel();
    this.#pending.delete(name);
    if (due === undefined) return;
    const cancel = after(this.#clock, milliseconds(Math.max(0, due - this.#clock.uptime())), () => {
      this.#pending.delete(name);
      action();
    });
    this.#pending.set(name, { due, cancel });
  }

  clear(): void {
    for (const { cancel } of this.#pending.values()) cancel();
    this.#pending.clear();
  }
}
