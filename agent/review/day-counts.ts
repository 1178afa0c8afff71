// Clips by local day and hour, out of counts by quarter of an hour: no time zone changes its offset within one. Pure.
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { LocalTime } from "../consent/local-time.ts";
import type { DayCount } from "./owner.ts";

const DAY_MS = 86_400_000;

/** The days of `quarters`, in their order. */
export function dayCounts(
  quarters: readonly { readonly at: WallTime; readonly count: number }[],
  calendar: LocalTime,
): readonly DayCount[] {
  const days = new Map<string, { count: number; readonly hours: number[] }>();
  for (const { at, count } of quarters) {
    const day = calendar.date(at);
    const minute = calendar.minute(at);
    if (day === undefined || minute === undefined) continue;
    const one = days.get(day) ?? { count: 0, hours: Array.from({ length: 24 }, () => 0) };
    one.count += count;
    one.hours[Math.floor(minute / 60)]! += count;
    days.set(day, one);
  }
  return Array.from(days, ([day, { count, hours }]) => {
    const to = calendar.endOfDay(day) ?? ((Date.parse(day) + DAY_MS) as WallTime);
    const from = calendar.endOfDay(dayBefore(day)) ?? (Date.parse(day) as WallTime);
    return { day, from, to, count, hours };
  });
}

const dayBefore = (day: string): string => new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
