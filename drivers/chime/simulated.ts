// A chime nobody hears: counts how often it has rung, and can be told to fail.
import type { DriverError } from "../error.ts";
import type { Chime } from "./chime.ts";

export class SimulatedChime implements Chime {
  #rings = 0;
  #fault: DriverError | undefined;

  /** How often it has rung. */
  get rings(): number {
    return this.#rings;
  }

  /** From now on it cannot ring; undefined mends it. */
  breakWith(error: DriverError | undefined): void {
    this.#fault = error;
  }

  async open(): Promise<void> {
    if (this.#fault) throw this.#fault;
  }

  async ring(): Promise<void> {
    await this.open();
    this.#rings++;
  }

  async close(): Promise<void> {}
}
