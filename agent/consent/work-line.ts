// One thing at a time, in the order it was asked for, and never an endless queue. Pure.
import { AgentError } from "../error.ts";

export class WorkLine {
  readonly #limit: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** At most `limit` pieces of work wait or run. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs `work` after everything that was asked for before it, whatever became of that.
   *
   * @throws AgentError GATE_BUSY at once when too much waits already; otherwise whatever `work` throws.
   */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limit)
      return Promise.reject(new AgentError("GATE_BUSY", `${this.#waiting} releases wait already`));
    this.#waiting++;
    const result = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Resolves when everything asked for until now is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
