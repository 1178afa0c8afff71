// What is on its way to the broker and not answered yet, bounded in messages and in bytes. Pure.
import type { Situation } from "./delivery-plan.ts";

/** Media that may be on its way without an answer, in bytes; a message that is larger goes alone. */
export const WINDOW_BYTES = 1_048_576;

/** Counts, and decides nothing. */
export class Window {
  #messages = 0;
  #media = 0;
  #mediaBytes = 0;
  #onTrial = 0;

  /**
   * @param weight bytes of media in the message.
   * @param onTrial larger than anything the broker has taken so far.
   * @returns to be called once, when it was answered or never will be.
   */
  admit(weight: number, onTrial: boolean): () => void {
    const count = (one: 1 | -1): void => {
      this.#messages += one;
      if (weight > 0) this.#media += one;
      this.#mediaBytes += one * weight;
      if (onTrial) this.#onTrial += one;
    };
    count(1);
    return () => count(-1);
  }

  /** As {@link choose} wants it. */
  situation(
    line: { readonly places: number; readonly proven: number },
    served: ReadonlyMap<string, number>,
  ): Situation {
    return {
      places: line.places,
      proven: line.proven,
      served,
      underWay: this.#messages,
      onTrial: this.#onTrial > 0,
      room: this.#media === 0 ? Infinity : WINDOW_BYTES - this.#mediaBytes,
    };
  }
}
