// When to ask for what is missing of a clip: after a quiet time, then ever more rarely, and at last no more. Pure.
import { after, milliseconds, seconds, type Clock, type Duration } from "../../drivers/clock/clock.ts";

/** Silence before the first question. Parts of a large clip follow each other much faster, even over a poor link. */
export const QUIET = seconds(20);

/** Questions about one clip before it is left alone until the next start: with doubling pauses, an hour and a half. */
const MOST_QUESTIONS = 8;

/** One timer for each incomplete clip. */
export class Patience {
  readonly #clock: Clock;
  readonly #quiet: Duration;
  readonly #ask: (clip: string) => void;
  readonly #giveUp: (clip: string) => void;
  readonly #waiting = new Map<string, { asked: number; cancel: () => void }>();

  constructor(clock: Clock, quiet: Duration, ask: (clip: string) => void, giveUp: (clip: string) => void) {
    this.#clock = clock;
    this.#quiet = quiet;
    this.#ask = ask;
    this.#giveUp = giveUp;
  }

  /** Something of this clip has come: wait anew. */
  heard(clip: string): void {
    this.done(clip);
    this.#wait(clip, 0);
  }

  /** Nothing of it is missing any more. */
  done(clip: string): void {
    this.#waiting.get(clip)?.cancel();
    this.#waiting.delete(clip);
  }

  /** Ends every timer. */
  stop(): void {
    for (const clip of Array.from(this.#waiting.keys())) this.done(clip);
  }

  #wait(clip: string, asked: number): void {
    const cancel = after(this.#clock, milliseconds(this.#quiet * 2 ** asked), () => {
      this.#waiting.delete(clip);
      if (asked === MOST_QUESTIONS) return this.#giveUp(clip);
      this.#wait(clip, asked + 1);
      this.#ask(clip);
    });
    this.#waiting.set(clip, { asked, cancel });
  }
}
