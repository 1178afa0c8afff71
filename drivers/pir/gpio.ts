// A passive infrared sensor, or a button that is held, on a GPIO line.
import { type Clock, minutes } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import type { Gpio } from "../gpio/gpio.ts";
import { GpioInput, type Wiring } from "../gpio/input.ts";
import type { Pir, PirLevel } from "./pir.ts";

/** Longer than any sensor holds its output, and than anybody dances in front of one. */
const STUCK = minutes(10);

/** Somebody coming is a rise: a level found at the start is none, and one that never falls is a broken sensor, not a visitor. */
export class GpioPir implements Pir {
  readonly #input: GpioInput;

  constructor(gpio: Gpio, wiring: Wiring, clock: Clock) {
    this.#input = new GpioInput(gpio, wiring, clock, STUCK);
  }

  /** @throws DriverError GPIO_…; GPIO_STUCK after it has said that nobody is there. */
  async *levels(signal: AbortSignal): AsyncGenerator<PirLevel, void, undefined> {
    let last: PirLevel | undefined;
    try {
      for await (const { active, at, first } of this.#input.changes(signal)) {
        if (first) continue;
        last = { active, at };
        yield last;
      }
    } catch (error) {
      if (last?.active && error instanceof DriverError) yield { active: false, at: last.at };
      throw error;
    }
  }
}

/** What a visitor holds: the level counts from the start, and stays as it was when the line can no longer be read. */
export class GpioHold implements Pir {
  readonly #input: GpioInput;

  constructor(gpio: Gpio, wiring: Wiring, clock: Clock) {
    this.#input = new GpioInput(gpio, wiring, clock, STUCK);
  }

  async *levels(signal: AbortSignal): AsyncGenerator<PirLevel, void, undefined> {
    for await (const { active, at } of this.#input.changes(signal)) yield { active, at };
  }
}
