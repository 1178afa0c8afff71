// A bell push on a GPIO line.
import { type Clock, type Uptime, minutes } from "../clock/clock.ts";
import type { Gpio } from "../gpio/gpio.ts";
import { GpioInput, type Wiring } from "../gpio/input.ts";
import type { Button, Press } from "./button.ts";

/** Who presses twice within a second has rung once. */
const LOCK_OUT_MS = 1_000;
/** A parcel may lean on it for a while. */
const STUCK = minutes(2);

export class GpioButton implements Button {
  readonly #input: GpioInput;

  constructor(gpio: Gpio, wiring: Wiring, clock: Clock) {
    this.#input = new GpioInput(gpio, wiring, clock, STUCK);
  }

  /** @throws DriverError GPIO_…, GPIO_STUCK while it is held down. A button found pressed has not been pressed. */
  async *presses(signal: AbortSignal): AsyncGenerator<Press, void, undefined> {
    let free = Number.NEGATIVE_INFINITY as Uptime;
    for await (const { active, at, first } of this.#input.changes(signal)) {
      if (first || !active || at < free) continue;
      free = (at + LOCK_OUT_MS) as Uptime;
      yield { at };
    }
  }
}
