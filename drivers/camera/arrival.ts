// Turns the times at which pictures arrive into the times at which they were taken. Pure.
//
// A picture arrives some time after it was taken: a constant (sensor, encoder) plus a delay that is never negative and now
// and then large (our own event loop, a busy processor). So the earliest arrivals tell the truth. A straight line is laid
// below the last arrivals so that it touches the earliest; each picture is put on that line. Nothing is derived from the
// nominal frame rate: cameras drop pictures, and their crystals are not ours.
import type { Uptime } from "../clock/clock.ts";

/** Two seconds at 15 frames a second: long enough to hold some punctual arrivals, short enough to follow a change of rate. */
const WINDOW = 30;
/** A correction is never larger than this: after dropped pictures, or when the rate changes, arrivals are believed. */
const MAX_CORRECTION_MS = 150;
const LEAST_STEP_MS = 1;

export class ArrivalFilter {
  #arrivals: number[] = [];
  #last = -Infinity;

  /** Capture time (up to a constant) of the picture that arrived at `arrival`. Strictly increasing, at most 150 ms earlier. */
  captured(arrival: Uptime): Uptime {
    this.#arrivals.push(arrival);
    if (this.#arrivals.length > WINDOW) this.#arrivals.shift();
    const at = Math.max(arrival - MAX_CORRECTION_MS, Math.min(arrival, this.#online()), this.#last + LEAST_STEP_MS);
    this.#last = at;
    return at as Uptime;
  }

  #online(): number {
    const arrivals = this.#arrivals;
    const count = arrivals.length;
    if (count < 4) return Infinity;
    const period = slope(arrivals);
    let lowest = Infinity;
    for (let index = 0; index < count; index++) lowest = Math.min(lowest, arrivals[index]! - period * index);
    return lowest + period * (count - 1);
  }
}

/** Least squares: one late arrival moves it less than it would move the difference of first and last. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const base = values[0]!;
  let product = 0;
  let square = 0;
  for (let index = 0; index < values.length; index++) {
    product += (index - middle) * (values[index]! - base);
    square += (index - middle) ** 2;
  }
  return product / square;
}
