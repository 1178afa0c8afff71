// Between something that happens when it likes and somebody who takes it one at a time: first in, first out, and bounded. Pure.

/** One consumer, any number of producers. */
export class BoundedQueue<T> {
  readonly #limit: number;
  readonly #weigh: (item: T) => number;
  #items: T[] = [];
  #weight = 0;
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** `limit` is in whatever `weigh` returns: bytes, or items when it is left out. */
  constructor(limit: number, weigh: (item: T) => number = () => 1) {
    this.#limit = limit;
    this.#weigh = weigh;
  }

  /** False, and nothing kept, when it does not fit any more or the queue has ended. */
  push(item: T): boolean {
    const weight = this.#weigh(item);
    if (this.#end || this.#weight + weight > this.#limit) return false;
    this.#items.push(item);
    this.#weight += weight;
    this.#wake?.();
    return true;
  }

  /** Nothing more will come: who takes gets what is there, then the end, or `error`. The first call counts. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  /** Yields what was and will be pushed, until the end or until `signal` aborts; then whatever is left stays. */
  async *take(signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        const item = this.#items.shift();
        if (item !== undefined) {
          this.#weight -= this.#weigh(item);
          yield item;
        } else if (this.#end) {
          if ("error" in this.#end) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          this.#wake = undefined;
        }
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }
}
