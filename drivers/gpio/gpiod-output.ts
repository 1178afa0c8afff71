// An output held by a gpioset child. Debian's gpioset takes no further values once it runs, so each value is a child of its own.
import type { Clock } from "../clock/clock.ts";
import { milliseconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type Ending, type SupervisedProcess, startProcess } from "../process/process.ts";
import { DeadMansSwitch } from "./dead-mans-switch.ts";
import { type LinePlace, driveArguments, driveOnceArguments, lineName, whyGpiodFailed } from "./gpiod-words.ts";
import type { OutputLine } from "./gpio.ts";
import { holdsLine } from "./holds-line.ts";

export interface GpiodOutputOptions {
  readonly gpio: number;
  readonly restHigh: boolean;
  /** Version 1 only. */
  readonly place: LinePlace | undefined;
  /** gpioset, as a path or a name. */
  readonly program: string;
  readonly clock: Clock;
}

const GRACE = milliseconds(300);

/**
 * Confirmed when the kernel has given the line to the child, which it does only after driving it. Between two values the
 * line is nobody's for some milliseconds: a Pi's kernel keeps it as it was, others let it float.
 */
export class GpiodOutput implements OutputLine {
  readonly lost: Promise<DriverError>;
  readonly #options: GpiodOutputOptions;
  readonly #guard: DeadMansSwitch;
  #child: SupervisedProcess | undefined;
  #lose: (error: DriverError) => void = () => {};
  #fault: DriverError | undefined;
  #work: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(options: GpiodOutputOptions) {
    this.#options = options;
    this.lost = new Promise((resolve) => (this.#lose = resolve));
    const { gpio, restHigh, place, program } = options;
    this.#guard = new DeadMansSwitch([program, ...driveOnceArguments(gpio, restHigh, place)]);
  }

  /**
   * Takes the line and lets it rest.
   *
   * @throws DriverError GPIO_LINE_BUSY, GPIO_LINE_MISSING, GPIO_FORBIDDEN, GPIO_CHIP_MISSING or GPIO_PROGRAM_MISSING.
   */
  static async take(options: GpiodOutputOptions): Promise<GpiodOutput> {
    const output = new GpiodOutput(options);
    try {
      await output.#hold(options.restHigh);
    } catch (error) {
      await output.#guard.disarm();
      throw error;
    }
    return output;
  }

  set(high: boolean): Promise<void> {
    const done = this.#work.then(() => {
      if (this.#closing) throw new DriverError("GPIO_LINE_LOST", `${lineName(this.#options.gpio)} has been let go`);
      return this.#hold(high);
    });
    this.#work = done.catch(() => {});
    return done;
  }

  close(): Promise<void> {
    this.#closing ??= this.#work.then(async () => {
      await this.#hold(this.#options.restHigh).catch(() => {});
      await this.#child?.stop("closed");
      await this.#guard.disarm();
    });
    return this.#closing;
  }

  /** Starts a gpioset that holds the line at `high`, after the one before has let go. */
  async #hold(high: boolean): Promise<void> {
    this.#check();
    const { gpio, place, program, clock } = this.#options;
    await this.#child?.stop("replaced");
    const child = startProcess({ program, args: driveArguments(gpio, high, place), grace: GRACE }, clock);
    this.#child = child;
    child.stdout.resume();
    void child.ended.then((ending) => this.#ended(ending));
    await holdsLine(child, clock);
    this.#check();
  }

  #check(): void {
    if (this.#fault) throw this.#fault;
  }

  #ended({ cause, code, signal, stderr }: Ending): void {
    if (cause === "stopped") return;
    const said = stderr.trim() || `gpioset ended with ${signal ?? code}`;
    this.#fault =
      cause === "not-started"
        ? new DriverError("GPIO_PROGRAM_MISSING", said.slice(0, 200))
        : whyGpiodFailed(this.#options.gpio, said, "GPIO_LINE_LOST");
    this.#lose(this.#fault);
  }
}
