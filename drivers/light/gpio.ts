// A light on a GPIO line. Its patterns are blinked by our own clock; a kernel's LED trigger would go on blinking without us.
import { type Clock, milliseconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import type { Gpio, OutputLine } from "../gpio/gpio.ts";
import type { Light, LightPattern } from "./light.ts";

export interface LightWiring {
  readonly gpio: number;
  /** The level at which it shines. */
  readonly active: "high" | "low";
}

/** Milliseconds lit, dark, lit, dark, … and again. */
const BLINKS: Readonly<Record<"slow-blink" | "double-blink", readonly number[]>> = {
  "slow-blink": [1_000, 1_000],
  "double-blink": [150, 150, 150, 1_050],
};

export class GpioLight implements Light {
  readonly #gpio: Gpio;
  readonly #wiring: LightWiring;
  readonly #clock: Clock;
  readonly #listeners = new Set<(error: DriverError) => void>();
  #line: OutputLine | undefined;
  #pattern: LightPattern | undefined;
  #blinking: { readonly stop: AbortController; readonly stopped: Promise<void> } | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(gpio: Gpio, wiring: LightWiring, clock: Clock) {
    this.#gpio = gpio;
    this.#wiring = wiring;
    this.#clock = clock;
  }

  /** @throws DriverError GPIO_… when the line cannot be had, LIGHT_NOT_CONFIRMED when it does not do as told. */
  show(pattern: LightPattern): Promise<void> {
    return this.#next(() => this.#show(pattern));
  }

  onLost(listener: (error: DriverError) => void): void {
    this.#listeners.add(listener);
  }

  close(): Promise<void> {
    return this.#next(() => this.#letGo());
  }

  /** One after another, whatever became of the one before. */
  #next(step: () => Promise<void>): Promise<void> {
    const done = this.#work.then(step);
    this.#work = done.catch(() => {});
    return done;
  }

  async #show(pattern: LightPattern): Promise<void> {
    if (pattern === this.#pattern) return;
    await this.#stopBlinking();
    try {
      const line = await this.#take();
      await this.#shine(line, pattern !== "off");
      this.#pattern = pattern;
      if (pattern === "slow-blink" || pattern === "double-blink") this.#blink(line, BLINKS[pattern]);
    } catch (error) {
      // The next attempt takes the line anew.
      await this.#letGo();
      throw error;
    }
  }

  async #take(): Promise<OutputLine> {
    if (this.#line) return this.#line;
    const { gpio, active } = this.#wiring;
    const line = await this.#gpio.output(gpio, active === "low");
    this.#line = line;
    void line.lost.then((error) => this.#lose(line, error));
    return line;
  }

  async #shine(line: OutputLine, lit: boolean): Promise<void> {
    try {
      await line.set(lit === (this.#wiring.active === "high"));
    } catch (error) {
      if (!(error instanceof DriverError) || error.code !== "GPIO_NOT_CONFIRMED") throw error;
      throw new DriverError("LIGHT_NOT_CONFIRMED", error.detail, error);
    }
  }

  #blink(line: OutputLine, spans: readonly number[]): void {
    const stop = new AbortController();
    const beat = async (): Promise<void> => {
      for (let i = 0; ; i = (i + 1) % spans.length) {
        await this.#clock.sleep(milliseconds(spans[i]!), stop.signal).catch(() => {});
        if (stop.signal.aborted) return;
        await this.#shine(line, i % 2 === 1);
      }
    };
    const stopped = beat().catch((error: unknown) => {
      if (!stop.signal.aborted && error instanceof DriverError) this.#lose(line, error);
    });
    this.#blinking = { stop, stopped };
  }

  async #stopBlinking(): Promise<void> {
    this.#blinking?.stop.abort();
    await this.#blinking?.stopped;
    this.#blinking = undefined;
  }

  #lose(line: OutputLine, error: DriverError): void {
    if (line !== this.#line) return;
    this.#line = undefined;
    this.#pattern = undefined;
    this.#blinking?.stop.abort();
    void line.close();
    for (const listener of this.#listeners) listener(error);
  }

  async #letGo(): Promise<void> {
    await this.#stopBlinking();
    this.#pattern = undefined;
    const line = this.#line;
    this.#line = undefined;
    await line?.close();
  }
}
