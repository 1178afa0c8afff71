// Which clips are asked for, and how SQL says so. Pure.
import type { Trigger } from "../../config/trigger.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { ClipId, ClipState } from "./clip.ts";

/** Which clips to list, newest first. Everything absent means: all. */
export interface ClipFilter {
  /** Clips of which any moment lies in from ≤ t < to. */
  readonly from?: WallTime;
  readonly to?: WallTime;
  /** Clips that began at or after, and before. */
  readonly beganFrom?: WallTime;
  readonly beganBefore?: WallTime;
  readonly states?: readonly ClipState[];
  readonly trigger?: Trigger;
  /** Something moved in this zone. */
  readonly zone?: string;
  readonly pinned?: boolean;
  /** The next page: only clips whose id sorts before this one. */
  readonly before?: ClipId;
  /** Leaves out the newest so many. */
  readonly offset?: number;
  readonly limit?: number;
}

/** The condition and the values it binds, in order. */
export function conditionOf(filter: ClipFilter): { readonly where: string; readonly values: (string | number)[] } {
  const { from, to, beganFrom, beganBefore, states, trigger, zone, pinned, before } = filter;
  const conditions = ["1"];
  const values: (string | number)[] = [];
  const narrow = (condition: string, ...bound: readonly (string | number)[]): void => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (from !== undefined) narrow("started_ms + span_ms > ?", from);
  if (to !== undefined) narrow("started_ms < ?", to);
  if (beganFrom !== undefined) narrow("started_ms >= ?", beganFrom);
  if (beganBefore !== undefined) narrow("started_ms < ?", beganBefore);
  if (states) narrow(`state in (${states.map(() => "?").join(", ")})`, ...states);
  if (trigger !== undefined) narrow("exists (select 1 from json_each(triggers) where value = ?)", trigger);
  if (zone !== undefined) narrow("exists (select 1 from json_each(zones) where value = ?)", zone);
  if (pinned !== undefined) narrow("pinned = ?", pinned ? 1 : 0);
  if (before !== undefined) narrow("clip_id < ?", before);
  return { where: conditions.join(" and "), values };
}
