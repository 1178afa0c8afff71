// Clips are finished one after another, and told of in the same order; finishing the next does not wait for telling.
import type { Telling } from "./open-clip.ts";

export class Finishing {
  #written: Promise<void> = Promise.resolve();
  #told: Promise<void> = Promise.resolve();
  #untold: unknown[] = [];

  /** Finishes a clip when those before it are, and then tells of it. */
  add(work: () => Promise<Telling>): void {
    this.#written = this.#written.then(async () => {
      const tell = await work();
      this.#told = this.#told.then(tell).catch((error: unknown) => void this.#untold.push(error));
    });
  }

  /** Resolves when every clip so far is finished. */
  async written(): Promise<void> {
    await this.#written;
  }

  /** Resolves when every clip so far is finished and told of. @throws AggregateError of what the listener rejected with. */
  async told(): Promise<void> {
    await this.#written;
    await this.#told;
    if (this.#untold.length) throw new AggregateError(this.#untold.splice(0), "a listener refused a finished clip");
  }
}
