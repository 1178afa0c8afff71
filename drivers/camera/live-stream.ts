// Access units from a child process that films right now: never stops reading, notices when nothing comes, reaps at the end.
import { type Clock, type Duration, type Uptime, after, milliseconds, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import type { Ending, SupervisedProcess } from "../process/process.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import { AnnexBSplitter } from "./annex-b.ts";
import type { AccessUnit } from "./camera.ts";

export interface LiveStreamOptions {
  /** Writes Annex B to its stdout. It belongs to the stream from here on. */
  readonly child: SupervisedProcess;
  readonly clock: Clock;
  /** Capture time of the next access unit, given the arrival of its first byte. */
  readonly stamp: (arrival: Uptime) => Uptime;
  /** How long the first picture may take. Default 15 s: sensors, encoders and their start-up are slow on small boards. */
  readonly startLimit?: Duration;
  /** How long no byte may come. Default 5 s. */
  readonly stallLimit?: Duration;
  /** After a picture, the writer's pause that ends it. Default 12 ms. */
  readonly idle?: Duration;
  /** What the owner is told when it ended although nobody asked it to. */
  readonly whyEnded: (ending: Ending) => DriverError;
  /** What the owner is told when nothing came for `silent`. */
  readonly whySilent: (silent: Duration, stderr: string) => DriverError;
}

/** What may wait for a slow consumer: some ten seconds of a busy picture. Beyond it, pictures are dropped up to a key picture. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Ends when `signal` aborts (without an error) or when the child does (with one); the child has then been reaped. */
export async function* liveUnits(
  options: LiveStreamOptions,
  signal: AbortSignal,
): AsyncGenerator<AccessUnit, void, undefined> {
  const { child } = options;
  const stream = new LiveStream(options);
  const stop = (): void => void child.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    yield* stream.units.take(signal);
  } finally {
    signal.removeEventListener("abort", stop);
    await child.stop();
    stream.close();
  }
}

class LiveStream {
  readonly units = new BoundedQueue<AccessUnit>(MAX_WAITING_BYTES, ({ data }) => data.length);
  readonly #options: LiveStreamOptions;
  readonly #splitter: AnnexBSplitter;
  readonly #timers = new Map<"idle" | "watchdog", () => void>();
  #lastByte: Uptime;
  #started = false;
  #dropping = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.#lastByte = options.clock.uptime();
    this.#splitter = new AnnexBSplitter((unit) => this.#emit(unit));
    const { stdout, ended } = options.child;
    stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    const closed = new Promise((resolve) => stdout.once("close", resolve));
    void ended.then(async (ending) => {
      if (ending.cause !== "not-started") await closed;
      this.#guard(() => this.#splitter.end());
      this.units.end(ending.reason instanceof DriverError ? ending.reason : options.whyEnded(ending));
      this.close();
    });
    this.#watch(options.startLimit ?? seconds(15));
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#options.child.stdout.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#lastByte = this.#options.clock.uptime();
    this.#guard(() => this.#splitter.push(chunk, this.#lastByte));
    if (this.#splitter.waiting && !this.#timers.has("idle")) this.#awaitIdle(this.#options.idle ?? milliseconds(12));
  }

  /** One timer for a whole picture, not one for each chunk of it: it looks again if bytes came meanwhile. */
  #awaitIdle(idle: Duration, span = idle): void {
    this.#timer("idle", span, () => {
      const quiet = this.#options.clock.uptime() - this.#lastByte;
      if (quiet < idle) this.#awaitIdle(idle, milliseconds(Math.max(1, idle - quiet)));
      else this.#guard(() => this.#splitter.idle());
    });
  }

  #watch(span: Duration): void {
    this.#timer("watchdog", span, () => {
      const { child, clock, whySilent } = this.#options;
      const limit = this.#options.stallLimit ?? seconds(5);
      const silent = milliseconds(clock.uptime() - this.#lastByte);
      if (this.#started && silent < limit) this.#watch(milliseconds(limit - silent));
      else void child.stop(whySilent(silent, child.stderr));
    });
  }

  #timer(name: "idle" | "watchdog", span: Duration, action: () => void): void {
    const cancel = after(this.#options.clock, span, () => {
      this.#timers.delete(name);
      action();
    });
    this.#timers.set(name, cancel);
  }

  #emit({ data, key, at }: AccessUnit): void {
    if (!this.#started) {
      this.#started = true;
      this.#timers.get("watchdog")?.();
      this.#watch(this.#options.stallLimit ?? seconds(5));
    }
    const unit = { data, key, at: this.#options.stamp(at) };
    // Once one does not fit, none does until a key picture fits: what comes out must always be decodable.
    if (this.#dropping && !key) return;
    this.#dropping = !this.units.push(unit);
  }

  /** A broken stream ends the child; the first thing that broke is what the consumer hears. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.units.end(error);
      void this.#options.child.stop(error);
    }
  }
}
