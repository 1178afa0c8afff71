// What is on its way to the broker and not answered yet: bounded in messages, and in bytes by what the link lately carried. Pure.
import type { Uptime } from "../../drivers/clock/clock.ts";
import type { Situation } from "./delivery-plan.ts";

/** Media on its way without an answer, in bytes, at first, at least and at most; a message that is larger goes alone. */
export const FIRST_WINDOW_BYTES = 262_144;
const LEAST_WINDOW_BYTES = 65_536;
export const MOST_WINDOW_BYTES = 16_777_216;
/** What is urgent waits behind everything that went before, so nothing is put on a link that is busy for longer already. */
const QUEUE_MS = 100;

/** One message that is counted. */
export interface Passage {
  /** The broker has taken it. */
  answered(now: Uptime): void;
  /** Once, when it was answered or never will be. */
  over(): void;
}

/**
 * Counts, and decides nothing but how many bytes may be under way: what the link delivers in the shortest time that a message
 * has taken, and {@link QUEUE_MS} more. A link that is filled too far shows in a message that took longer; the rate at its answer
 * is then the rate of the link (the delivery rate sample of BBR, draft-cardwell-iccrg-bbr-congestion-control §4.5.2).
 */
export class Window {
  #messages = 0;
  #media = 0;
  #mediaBytes = 0;
  #onTrial = 0;
  #allowed = FIRST_WINDOW_BYTES;
  #delivered = 0;
  #shortestMs = Infinity;

  /**
   * @param weight bytes of media in the message.
   * @param onTrial larger than anything the broker has taken so far.
   */
  admit(weight: number, onTrial: boolean, at: Uptime): Passage {
    const count = (one: 1 | -1): void => {
      this.#messages += one;
      if (weight > 0) this.#media += one;
      this.#mediaBytes += one * weight;
      if (onTrial) this.#onTrial += one;
    };
    count(1);
    const before = this.#delivered;
    return {
      answered: (now) => {
        if (weight > 0) this.#learn(weight, before, Math.max(1, now - at));
      },
      over: () => count(-1),
    };
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
      room: this.#media === 0 ? Infinity : this.#allowed - this.#mediaBytes,
    };
  }

  #learn(weight: number, before: number, tookMs: number): void {
    this.#delivered += weight;
    this.#shortestMs = Math.min(this.#shortestMs, tookMs);
    const patienceMs = this.#shortestMs + QUEUE_MS;
    const carried = ((this.#delivered - before) / tookMs) * patienceMs;
    // An answer in time says only that so much is not too much: there may have been nothing more to send.
    const allowed = tookMs > patienceMs ? carried : Math.max(this.#allowed, carried);
    this.#allowed = Math.min(MOST_WINDOW_BYTES, Math.max(LEAST_WINDOW_BYTES, allowed));
  }
}
