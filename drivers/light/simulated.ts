// A light nobody has to wire: remembers what it shows, and can be told to fail.
import type { DriverError } from "../error.ts";
import type { Light, LightPattern } from "./light.ts";

/** What is remembered of the past; a doorbell that runs for months must not grow. */
const MAX_HISTORY = 256;

export class SimulatedLight implements Light {
  #pattern: LightPattern = "off";
  #history: LightPattern[] = [];
  #fault: DriverError | undefined;
  #listeners: ((error: DriverError) => void)[] = [];

  /** What it shows now. */
  get pattern(): LightPattern {
    return this.#pattern;
  }

  /** What it has been told to show, oldest first: the last 256. */
  get history(): readonly LightPattern[] {
    return this.#history;
  }

  /** From now on `show` throws `error`, as a light does whose wire has come off; undefined mends it. */
  breakWith(error: DriverError | undefined): void {
    this.#fault = error;
  }

  /** It goes out by itself, and stays out until {@link breakWith} mends it. */
  lose(error: DriverError): void {
    this.#fault = error;
    this.#pattern = "off";
    for (const listener of this.#listeners) listener(error);
  }

  onLost(listener: (error: DriverError) => void): void {
    this.#listeners.push(listener);
  }

  async show(pattern: LightPattern): Promise<void> {
    if (this.#fault) throw this.#fault;
    this.#pattern = pattern;
    this.#history = [...this.#history, pattern].slice(-MAX_HISTORY);
  }

  async close(): Promise<void> {
    this.#pattern = "off";
    this.#history = [...this.#history, "off" as const].slice(-MAX_HISTORY);
  }
}
