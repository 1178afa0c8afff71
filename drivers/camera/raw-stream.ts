// Raw pictures from a child process that films right now: never stops reading, notices when nothing comes, reaps at the end.
import { type Clock, type Duration, type Uptime, after, milliseconds, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import type { Ending, SupervisedProcess } from "../process/process.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import type { CutPicture, Cutter } from "./raw-cutter.ts";
import type { RawPicture } from "./raw.ts";

/** How the stream is read. */
export interface RawStreamOptions {
  /** Writes raw pictures to its stdout. It belongs to the stream from here on. */
  readonly child: Pick<SupervisedProcess, "stdout" | "stderr" | "ended" | "stop">;
  readonly clock: Clock;
  readonly cutter: (emit: (picture: CutPicture) => void) => Cutter;
  /** Capture time of the next picture, given the arrival of its first byte. */
  readonly stamp: (arrival: Uptime) => Uptime;
  /**
   * For a stream that does not mark where pictures begin: the time from one picture to the next. The writer pauses after
   * each picture, so pauses elsewhere mean that they have another size than we think, and masks would lie elsewhere.
   * Nothing is yielded before the pauses have been where they should be.
   */
  readonly period?: Duration;
  readonly range?: "full";
  /** How long the first picture may take. Default 15 s. */
  readonly startLimit?: Duration;
  /** How long no byte may come. Default 5 s. */
  readonly stallLimit?: Duration;
  readonly whyEnded: (ending: Ending) => DriverError;
  readonly whySilent: (silent: Duration, stderr: string) => DriverError;
}

/** Pictures that may wait for a busy encoder; the newest are left out beyond it. At 1280 by 720 they are 1.4 MB each. */
const WAITING = 3;
/** A pause is this part of the period, at least. */
const PAUSE = 0.3;
/** So many pauses in a row after one whole picture each prove the size. */
const PROOF = 3;
/** Of so many pauses more than half must be there: a few are our own, when we were busy and the writer had to wait. */
const JUDGED = 16;

/** Ends when `signal` aborts (without an error) or when the child does (with one); the child has then been reaped. */
export async function* livePictures(
  options: RawStreamOptions,
  signal: AbortSignal,
): AsyncGenerator<RawPicture, void, undefined> {
  const { child } = options;
  const stream = new RawStream(options);
  const stop = (): void => void child.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    yield* stream.pictures.take(signal);
  } finally {
    signal.removeEventListener("abort", stop);
    await child.stop();
    stream.close();
  }
}

class RawStream {
  readonly pictures = new BoundedQueue<RawPicture>(WAITING);
  readonly #options: RawStreamOptions;
  readonly #cutter: Cutter;
  #lastByte: Uptime;
  #begun = false;
  #started = false;
  /** Whether the newest pauses came after one whole picture. The one before the first byte is no news. */
  #pauses: boolean[] = [];
  #proven = false;
  #sincePause = 0;
  #cancel = (): void => {};

  constructor(options: RawStreamOptions) {
    this.#options = options;
    const { clock, cutter, child, whyEnded, startLimit = seconds(15) } = options;
    this.#lastByte = clock.uptime();
    this.#cutter = cutter((picture) => this.#emit(picture));
    child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    const closed = new Promise((resolve) => child.stdout.once("close", resolve));
    void child.ended.then(async (ending) => {
      if (ending.cause !== "not-started") await closed;
      this.pictures.end(ending.reason instanceof DriverError ? ending.reason : whyEnded(ending));
      this.close();
    });
    this.#watch(startLimit);
  }

  close(): void {
    this.#cancel();
    this.#options.child.stdout.destroy();
  }

  #receive(chunk: Buffer): void {
    const now = this.#options.clock.uptime();
    try {
      if (this.#begun) this.#weighPause(now);
      this.#begun = true;
      this.#lastByte = now;
      this.#cutter.push(chunk, now);
    } catch (error) {
      this.pictures.end(error);
      void this.#options.child.stop(error);
    }
  }

  #weighPause(now: Uptime): void {
    const { period } = this.#options;
    if (!period || now - this.#lastByte < period * PAUSE) return;
    this.#pauses.push(!this.#cutter.within && this.#sincePause === 1);
    this.#sincePause = 0;
    this.#proven ||= this.#pauses.length >= PROOF && this.#pauses.slice(-PROOF).every(Boolean);
    if (this.#pauses.length < JUDGED) return;
    const elsewhere = this.#pauses.filter((right) => !right).length;
    this.#pauses = this.#pauses.slice(1 - JUDGED);
    if (elsewhere * 2 >= JUDGED) throw misaligned(`${elsewhere} of ${JUDGED} pauses were not after one whole picture`);
  }

  #watch(span: Duration): void {
    this.#cancel = after(this.#options.clock, span, () => {
      const { child, clock, period, whySilent, stallLimit: limit = seconds(5) } = this.#options;
      const silent = milliseconds(clock.uptime() - this.#lastByte);
      if (this.#started && silent < limit) this.#watch(milliseconds(limit - silent));
      else if (period && silent < limit)
        void child.stop(misaligned(`no ${PROOF} pauses in a row were after one whole picture each`));
      else void child.stop(whySilent(silent, child.stderr));
    });
  }

  #emit({ format, pieces, at }: CutPicture): void {
    const { period, stamp, range } = this.#options;
    const taken = stamp(at);
    this.#sincePause++;
    if (period && !this.#proven) return;
    if (!this.#started) {
      this.#started = true;
      this.#cancel();
      this.#watch(this.#options.stallLimit ?? seconds(5));
    }
    this.pictures.push({ format, pieces, at: taken, ...(range && { range }) });
  }
}

const misaligned = (detail: string): DriverError => new DriverError("CAMERA_RAW_MISALIGNED", detail);
