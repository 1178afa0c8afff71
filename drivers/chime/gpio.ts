// A chime on a GPIO line: a relay across an old doorbell's contacts, or a buzzer. Rings by one pulse.
import { type Clock, milliseconds } from "../clock/clock.ts";
import type { Gpio, OutputLine } from "../gpio/gpio.ts";
import type { Chime } from "./chime.ts";

export interface ChimeWiring {
  readonly gpio: number;
  /** The level that rings. */
  readonly active: "high" | "low";
}

/** Long enough for a gong's hammer, too short for its coil to get warm. */
const PULSE = milliseconds(400);

export class GpioChime implements Chime {
  readonly #gpio: Gpio;
  readonly #wiring: ChimeWiring;
  readonly #clock: Clock;
  #line: Promise<OutputLine> | undefined;
  #ringing: Promise<void> | undefined;
  #stop = new AbortController();

  constructor(gpio: Gpio, wiring: ChimeWiring, clock: Clock) {
    this.#gpio = gpio;
    this.#wiring = wiring;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    await this.#take();
  }

  ring(): Promise<void> {
    this.#ringing ??= this.#pulse().finally(() => (this.#ringing = undefined));
    return this.#ringing;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ringing?.catch(() => {});
    const line = await this.#line?.catch(() => undefined);
    this.#line = undefined;
    await line?.close();
    this.#stop = new AbortController();
  }

  async #pulse(): Promise<void> {
    const line = await this.#take();
    const high = this.#wiring.active === "high";
    try {
      await line.set(high);
      await this.#clock.sleep(PULSE, this.#stop.signal).catch(() => {});
      await line.set(!high);
    } catch (error) {
      // A relay must not stay closed because it could not be read back.
      this.#line = undefined;
      await line.close();
      throw error;
    }
  }

  #take(): Promise<OutputLine> {
    this.#line ??= this.#gpio.output(this.#wiring.gpio, this.#wiring.active === "low").then(
      (line) => {
        void line.lost.then(() => (this.#line = undefined));
        return line;
      },
      (error: unknown) => {
        this.#line = undefined;
        throw error;
      },
    );
    return this.#line;
  }
}
