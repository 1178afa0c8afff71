// A GPIO header in memory: for tests, the demo, and machines without one. Fingers and voltmeter are methods.
import type { Clock } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import { type Gpio, type InputLine, type LineLevel, MAX_WAITING_LEVELS, type OutputLine } from "./gpio.ts";

interface Held {
  readonly queue?: BoundedQueue<LineLevel>;
  readonly lose?: (error: DriverError) => void;
}

export class SimulatedGpio implements Gpio {
  readonly name = "simulated";
  readonly #clock: Clock;
  readonly #levels = new Map<number, boolean>();
  readonly #held = new Map<number, Held>();
  readonly #faults = new Map<number, DriverError>();
  readonly #shorted = new Map<number, boolean>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What a voltmeter reads. */
  high(gpio: number): boolean {
    return this.#shorted.get(gpio) ?? this.#levels.get(gpio) ?? false;
  }

  /** True while somebody has taken the line. */
  held(gpio: number): boolean {
    return this.#held.has(gpio);
  }

  /** What a finger, a sensor or a wire does to an input. */
  drive(gpio: number, high: boolean): void {
    const before = this.high(gpio);
    this.#levels.set(gpio, high);
    if (before !== high) this.#held.get(gpio)?.queue?.push({ high, at: this.#clock.uptime() });
  }

  /** Whoever has the line loses it now, and nobody gets it until it is mended with undefined. */
  breakLine(gpio: number, error: DriverError | undefined): void {
    if (!error) return void this.#faults.delete(gpio);
    this.#faults.set(gpio, error);
    this.#held.get(gpio)?.queue?.end(error);
    this.#held.get(gpio)?.lose?.(error);
  }

  /** A wire to ground or to 3.3 V that is stronger than an output; undefined takes it off. */
  short(gpio: number, high: boolean | undefined): void {
    if (high === undefined) this.#shorted.delete(gpio);
    else this.#shorted.set(gpio, high);
  }

  async *levels({ gpio, pull }: InputLine, signal: AbortSignal): AsyncGenerator<LineLevel, void, undefined> {
    if (signal.aborted) return;
    if (!this.#levels.has(gpio)) this.#levels.set(gpio, pull === "up");
    const queue = new BoundedQueue<LineLevel>(MAX_WAITING_LEVELS);
    this.#take(gpio, { queue });
    try {
      queue.push({ high: this.high(gpio), at: this.#clock.uptime() });
      yield* queue.take(signal);
    } finally {
      this.#held.delete(gpio);
    }
  }

  async output(gpio: number, restHigh: boolean): Promise<OutputLine> {
    let lose: (error: DriverError) => void = () => {};
    const lost = new Promise<DriverError>((resolve) => (lose = resolve));
    this.#take(gpio, { lose });
    this.#levels.set(gpio, restHigh);
    return {
      lost,
      set: async (high) => {
        const fault = this.#faults.get(gpio);
        if (fault) throw fault;
        this.#levels.set(gpio, high);
        if (this.high(gpio) !== high)
          throw new DriverError(
            "GPIO_NOT_CONFIRMED",
            `GPIO${gpio} was set ${high ? "high" : "low"} and reads otherwise`,
          );
      },
      close: async () => {
        this.#levels.set(gpio, restHigh);
        this.#held.delete(gpio);
      },
    };
  }

  #take(gpio: number, held: Held): void {
    const fault = this.#faults.get(gpio);
    if (fault) throw fault;
    if (this.#held.has(gpio)) throw new DriverError("GPIO_LINE_BUSY", `GPIO${gpio} is in use`);
    this.#held.set(gpio, held);
  }
}
