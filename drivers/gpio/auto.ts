// Chooses between onoff and gpiod, line by line, and says which: onoff where sysfs can do what is asked, gpiod otherwise.
import { DriverError } from "../error.ts";
import type { Gpio, InputLine, LineLevel, OutputLine } from "./gpio.ts";
import { sysfsHasPull } from "./sysfs.ts";

export interface Choice {
  readonly gpio: number;
  readonly driver: string;
  /** A fragment for log and doctor. */
  readonly because: string;
}

export interface AutoGpioOptions {
  readonly onoff: Gpio & { usable(): Promise<void> };
  readonly gpiod: Gpio & { version(): Promise<unknown> };
  /** Called with each choice, before the line is taken. */
  readonly onChoice?: (choice: Choice) => void;
}

export class AutoGpio implements Gpio {
  readonly name = "auto";
  readonly #options: AutoGpioOptions;

  constructor(options: AutoGpioOptions) {
    this.#options = options;
  }

  async *levels(line: InputLine, signal: AbortSignal): AsyncGenerator<LineLevel, void, undefined> {
    const chosen = await this.#choose(line.gpio, line);
    yield* chosen.levels(line, signal);
  }

  async output(gpio: number, restHigh: boolean): Promise<OutputLine> {
    return (await this.#choose(gpio)).output(gpio, restHigh);
  }

  /** Which driver a line gets. @throws DriverError of both when neither can be used: GPIO_ADDON_MISSING, GPIO_CHIP_MISSING, … */
  async #choose(gpio: number, input?: InputLine): Promise<Gpio> {
    const { onoff, gpiod, onChoice } = this.#options;
    const choose = (driver: Gpio, because: string): Gpio => {
      onChoice?.({ gpio, driver: driver.name, because });
      return driver;
    };
    if (input && !sysfsHasPull(gpio, input.pull)) {
      await gpiod.version();
      return choose(gpiod, `sysfs cannot set pull = "${input.pull}"`);
    }
    const why = await reasonAgainst(() => onoff.usable());
    if (!why)
      return choose(
        onoff,
        input ? "sysfs has the line and its pull" : "sysfs has the line, and reads back what it drives",
      );
    const also = await reasonAgainst(() => gpiod.version());
    // Both are missing: the one that takes a single command to mend is named.
    if (also) throw new DriverError(also.code, `${also.detail}; nor onoff: ${why.detail}`, also);
    return choose(gpiod, `onoff cannot be used: ${why.detail}`);
  }
}

async function reasonAgainst(attempt: () => Promise<unknown>): Promise<DriverError | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (error instanceof DriverError) return error;
    throw error;
  }
}
