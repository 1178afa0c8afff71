// The vault's own clock: how much time has really passed for the clips, whatever the wall clock says. Pure. Why it is so:
// docs/design/retention-and-time.md.
//
// While the agent runs, time passes as the uptime clock says; a wall clock that leaps then is only noted. What passed while
// the agent did not run can be had from the wall clock alone: the leap between the last trusted reading of one run and the
// first of the next. A small one is believed at once. A large one is either a house without power or a wrong clock, and is
// believed after the clock has been trusted for a day and has not taken it back.
import type { Duration, WallTime } from "../../drivers/clock/clock.ts";
import { days, hours } from "../../drivers/clock/clock.ts";
import type { Absence, AgeRow } from "./age-row.ts";

/** Longest absence that is believed at once. Deleting a day and a half early is the most that a wrong clock can do. */
export const BELIEVED_AT_ONCE: Duration = hours(36);
/** How long the clock must have been trusted before a longer absence is believed. Counted over several runs. */
export const PROOF: Duration = days(1);

/** What a run of the agent sees when it looks at its clocks. */
export interface Reading {
  /** Uptime since the last reading; since the run began, for its first. */
  readonly elapsedMs: number;
  /** Absent while the wall clock is not trusted. */
  readonly wall?: WallTime;
}

/** Where the vault's clock stands, and since when this run has known the wall clock. */
export interface Age extends AgeRow {
  /** What agedMs was when this run began. */
  readonly beganAgedMs: number;
  /** False until the first trusted reading of this run. */
  readonly anchored: boolean;
  /** Those that count since the last reading. */
  readonly absences: readonly Absence[];
  /** Set by the reading that saw it: how far the wall clock leapt, forward or back, beyond what uptime explains. */
  readonly leapMs?: number;
}

/** The clock of a vault that has just been made, or as a new run finds it. */
export const resumed = (stored: AgeRow = { agedMs: 0, pendingMs: 0, confirmedMs: 0 }): Age => ({
  ...{ agedMs: stored.agedMs, pendingMs: stored.pendingMs, confirmedMs: stored.confirmedMs },
  ...(stored.anchor && { anchor: stored.anchor }),
  ...(stored.pendingAfterMs !== undefined && { pendingAfterMs: stored.pendingAfterMs }),
  ...{ beganAgedMs: stored.agedMs, anchored: false, absences: [] },
});

/** A leap below this is NTP at work. */
const NOTABLE: Duration = hours(1);

/** The clock after one more reading. */
export function observed(age: Age, { elapsedMs, wall }: Reading): Age {
  const agedMs = age.agedMs + Math.max(0, elapsedMs);
  const { anchor, anchored, pendingMs, pendingAfterMs, confirmedMs, beganAgedMs } = age;
  const doubted = pendingAfterMs === undefined ? {} : { pendingAfterMs };
  const base: Judged = { agedMs, pendingMs, ...doubted, confirmedMs, beganAgedMs, anchored, absences: [] };
  if (wall === undefined) return { ...base, ...(anchor ? { anchor } : {}) };
  const leapMs = anchor ? wall - anchor.wall - (agedMs - anchor.agedMs) : 0;
  const judged = judge({ ...base, confirmedMs: confirmedMs + (anchored ? Math.max(0, elapsedMs) : 0) }, leapMs);
  return {
    ...judged,
    anchored: true,
    anchor: { wall, agedMs: judged.agedMs },
    ...(Math.abs(leapMs) >= NOTABLE ? { leapMs } : {}),
  };
}

type Judged = Omit<Age, "anchor" | "leapMs">;

/** What a leap means for the age of the clips, and the time since an earlier one. `anchored`: the leap was seen by this run. */
function judge(age: Judged, leapMs: number): Judged {
  if (age.anchored) return Math.abs(leapMs) >= NOTABLE ? shaken(age, Math.min(0, leapMs)) : believed(age);
  if (leapMs > BELIEVED_AT_ONCE || -leapMs >= NOTABLE) return shaken(age, leapMs);
  return believed(older(age, { afterAgedMs: age.beganAgedMs, spanMs: Math.max(0, leapMs) }));
}

/** The clock has to prove itself anew; an absence in doubt grows or shrinks by the leap, and what is left of it may be small. */
function shaken(age: Judged, leapMs: number): Judged {
  const pendingMs = Math.max(0, age.pendingMs === 0 && age.anchored ? 0 : age.pendingMs + leapMs);
  const pendingAfterMs = age.pendingAfterMs ?? age.beganAgedMs;
  if (pendingMs > BELIEVED_AT_ONCE) return { ...age, pendingMs, pendingAfterMs, confirmedMs: 0 };
  return settled(older(age, { afterAgedMs: pendingAfterMs, spanMs: pendingMs }));
}

/** An absence that the clock has stood by for long enough has been one. */
function believed(age: Judged): Judged {
  if (age.pendingMs === 0 || age.confirmedMs < PROOF) return age;
  return settled(older(age, { afterAgedMs: age.pendingAfterMs ?? age.beganAgedMs, spanMs: age.pendingMs }));
}

const older = (age: Judged, absence: Absence): Judged =>
  absence.spanMs === 0 ? age : { ...age, agedMs: age.agedMs + absence.spanMs, absences: [...age.absences, absence] };

/** Nothing is in doubt any more. */
const settled = ({ agedMs, beganAgedMs, anchored, absences }: Judged): Judged => ({
  ...{ agedMs, beganAgedMs, anchored, absences },
  ...{ pendingMs: 0, confirmedMs: 0 },
});

/** Whether the wall clock has been trusted for so long that the date of a recording can be taken for its age. */
export const proven = ({ anchored, pendingMs, confirmedMs }: Age): boolean =>
  anchored && pendingMs === 0 && confirmedMs >= PROOF;
