// Keeps a source (camera, microphone) open while it is wanted: restarts it with growing patience, closes it at once.
import { type Clock, type Duration, type Uptime, milliseconds, seconds } from "../../drivers/clock/clock.ts";

export type SourceState =
  | { readonly kind: "closed" }
  | { readonly kind: "opening" }
  /** Something has arrived. */
  | { readonly kind: "open" }
  /** A finite source is exhausted. It is opened again once it has been unwanted in between. */
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: unknown; readonly retryAt: Uptime };

export interface SupervisorOptions<T> {
  readonly clock: Clock;
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  /** Called with each item; must not throw. Never called once the source is unwanted, even if more was on its way. */
  readonly onItem: (item: T) => void;
  /** Called on each change of state; must not throw. */
  readonly onState: (state: SourceState) => void;
  /** Runs before each opening. If it rejects, the source stays closed and the error is its failure. */
  readonly beforeOpen?: () => Promise<void>;
  /** Runs after each closing, when everything that held the source is gone. */
  readonly afterClose?: () => Promise<void>;
}

const FIRST_WAIT = seconds(1);
const LONGEST_WAIT = seconds(60);
/** A source that has run this long was well: the next failure is a new one. */
const WELL_AFTER_MS = 30_000;

export class Supervisor<T> {
  readonly #options: SupervisorOptions<T>;
  #state: SourceState = { kind: "closed" };
  #wanted = false;
  #running: Promise<void> | undefined;
  #stop = new AbortController();

  constructor(options: SupervisorOptions<T>) {
    this.#options = options;
  }

  get state(): SourceState {
    return this.#state;
  }

  /** Opens or closes the source; resolves at once. See {@link closed}. */
  want(wanted: boolean): void {
    if (this.#wanted === wanted) return;
    this.#wanted = wanted;
    if (!wanted) {
      this.#stop.abort();
      return;
    }
    this.#stop = new AbortController();
    const previous = this.#running;
    const { signal } = this.#stop;
    const running = (async () => {
      await previous;
      await this.#keepOpen(signal);
    })();
    this.#running = running;
  }

  /** Resolves when nothing holds the source any longer, after {@link want}(false). */
  async closed(): Promise<void> {
    await this.#running;
  }

  async #keepOpen(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let wait = FIRST_WAIT;
    while (!signal.aborted) {
      const openedAt = clock.uptime();
      const failure = await this.#once(signal);
      if (signal.aborted) break;
      if (failure === undefined) {
        this.#enter({ kind: "ended" });
        return;
      }
      if (clock.uptime() - openedAt >= WELL_AFTER_MS) wait = FIRST_WAIT;
      this.#enter({ kind: "failed", error: failure.error, retryAt: (clock.uptime() + wait) as Uptime });
      await clock.sleep(wait, signal).catch(() => {});
      wait = longer(wait);
    }
    this.#enter({ kind: "closed" });
  }

  /** Opens the source once and yields what ended it, or undefined if it came to its own end. */
  async #once(signal: AbortSignal): Promise<{ error: unknown } | undefined> {
    const { beforeOpen, afterClose, open, onItem } = this.#options;
    this.#enter({ kind: "opening" });
    try {
      await beforeOpen?.();
    } catch (error) {
      return { error };
    }
    let failure: { error: unknown } | undefined;
    try {
      if (!signal.aborted)
        for await (const item of open(signal)) {
          if (signal.aborted) break;
          if (this.#state.kind !== "open") this.#enter({ kind: "open" });
          onItem(item);
        }
    } catch (error) {
      failure = { error };
    }
    try {
      await afterClose?.();
    } catch (error) {
      failure ??= { error };
    }
    return failure;
  }

  #enter(state: SourceState): void {
    if (state.kind === this.#state.kind && state.kind !== "failed") return;
    this.#state = state;
    this.#options.onState(state);
  }
}

const longer = (wait: Duration): Duration => milliseconds(Math.min(wait * 2, LONGEST_WAIT));
