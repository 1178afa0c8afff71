// When each sample of a sound card was captured, on the camera's clock, although the card's own clock runs at its own pace. Pure.
import type { Uptime } from "../clock/clock.ts";

/** Whatever arrives late says nothing; the earliest arrivals within a window say when the samples were taken. */
const WINDOW_MS = 5_000;
/** Until there has been this much, each earlier arrival is believed at once. */
const FIRST_MS = 1_000;
/** Further off than this is a gap, not a crystal. */
const JUMP_MS = 80;
/** How fast the mapping is bent towards what is seen: ten times what the worst crystal needs. */
const SLEW_MS_PER_S = 1;

export class SampleClock {
  readonly #rate: number;
  /** Uptime of sample 0, as believed now. */
  #origin: number | undefined;
  #windowStart = 0;
  #earliest = Infinity;
  #firstArrival = 0;
  #lastArrival = 0;
  #target = 0;

  /** `rate` in hertz. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** So many samples in all had arrived by `at`. */
  arrived(samples: number, at: Uptime): void {
    const origin = at - (samples / this.#rate) * 1000;
    if (this.#origin === undefined) {
      this.#origin = this.#target = origin;
      this.#windowStart = this.#firstArrival = this.#lastArrival = at;
    }
    this.#earliest = Math.min(this.#earliest, origin);
    if (at - this.#firstArrival < FIRST_MS) this.#origin = this.#target = Math.min(this.#origin, origin);
    if (at - this.#windowStart >= WINDOW_MS) {
      this.#target = this.#earliest;
      this.#earliest = Infinity;
      this.#windowStart = at;
    }
    if (Math.abs(this.#target - this.#origin) > JUMP_MS) this.#origin = this.#target;
    const most = (SLEW_MS_PER_S * (at - this.#lastArrival)) / 1000;
    this.#origin += Math.max(-most, Math.min(most, this.#target - this.#origin));
    this.#lastArrival = at;
  }

  /** When sample number `sample` was captured. Meaningless before the first arrival. */
  timeOf(sample: number): Uptime {
    return ((this.#origin ?? 0) + (sample / this.#rate) * 1000) as Uptime;
  }
}
