// Work that has begun and is not over, so that whoever closes up can wait for all of it, and for what it begins in turn. Pure.

export class OpenWork {
  readonly #open = new Set<Promise<unknown>>();

  /** Runs `work`; its result is the caller's. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#open.add(running);
    const over = (): void => void this.#open.delete(running);
    running.then(over, over);
    return running;
  }

  /** Resolves when nothing is open any more. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.allSettled(this.#open);
  }
}
