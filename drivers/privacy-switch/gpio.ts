// A switch that closes camera and microphone, on a GPIO line.
import type { Clock } from "../clock/clock.ts";
import type { Gpio } from "../gpio/gpio.ts";
import { GpioInput, type Wiring } from "../gpio/input.ts";
import type { PrivacySwitch, SwitchPosition } from "./privacy-switch.ts";

export class GpioPrivacySwitch implements PrivacySwitch {
  readonly #input: GpioInput;

  constructor(gpio: Gpio, wiring: Wiring, clock: Clock) {
    this.#input = new GpioInput(gpio, wiring, clock);
  }

  async *positions(signal: AbortSignal): AsyncGenerator<SwitchPosition, void, undefined> {
    for await (const { active, at } of this.#input.changes(signal)) yield { closed: active, at };
  }
}
