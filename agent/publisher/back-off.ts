// How long to wait before trying a broker again: 1 s doubling to 60 s, ±50 % so that a street of doorbells does not knock at once. Pure.
import { milliseconds, minutes, seconds, type Duration } from "../../drivers/clock/clock.ts";

const FIRST = seconds(1);
const LAST = seconds(60);
/** For what only a person can mend: a password, a certificate. */
const SLOW = minutes(5);

/** A connection that held this long was a good one: the next pause is short again. */
export const GOOD_CONNECTION = seconds(30);

/** The pause after `failures` failures in a row (1 or more). `chance` is in [0, 1). */
export const pauseAfter = (failures: number, chance: number): Duration =>
  spread(Math.min(FIRST * 2 ** Math.min(failures - 1, 10), LAST), chance);

/** The pause after a refusal that trying again soon would not mend. */
export const slowPause = (chance: number): Duration => spread(SLOW, chance);

const spread = (span: number, chance: number): Duration => milliseconds(span * (0.5 + chance));
