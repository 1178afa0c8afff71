// A clock that is told the time: for tests and for stories that run faster than life.
import type { Clock, Duration, Uptime, WallTime } from "./clock.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

export class SimulatedClock implements Clock {
  #uptime = 0;
  #wall: number;
  #sleepers: Sleeper[] = [];

  constructor(wall: string | number = "2026-11-22T12:00:00Z") {
    this.#wall = typeof wall === "number" ? wall : Date.parse(wall);
  }

  wall(): WallTime {
    return this.#wall as WallTime;
  }

  uptime(): Uptime {
    return this.#uptime as Uptime;
  }

  sleep(span: Duration, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const cancel = this.after(span, resolve);
      const abort = (): void => {
        cancel();
        reject(signal!.reason as Error);
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  after(span: Duration, action: () => void): () => void {
    const sleeper: Sleeper = { due: this.#uptime + span, wake: action };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    };
  }

  /** Lets `span` pass on both clocks, waking sleepers in the order they are due and letting each run before the next. */
  async advance(span: Duration): Promise<void> {
    const end = this.#uptime + span;
    await this.#settle();
    for (;;) {
      const next = this.#sleepers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#pass(Math.max(0, next.due - this.#uptime));
      next.wake();
      await this.#settle();
    }
    this.#pass(end - this.#uptime);
    await this.#settle();
  }

  /** What NTP, or an owner with a wrong idea, does: moves the wall clock alone. */
  step(wall: string): void {
    this.#wall = Date.parse(wall);
  }

  #pass(span: number): void {
    this.#uptime += span;
    this.#wall += span;
  }

  /** Lets whatever is ready to run do so, real I/O that is already complete included. */
  async #settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}
