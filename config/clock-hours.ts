// Hours of the day as people write them: "07:00-22:00", or "22:00-07:00" through the night. Pure.
import type { Kind } from "./kind.ts";
import { read, refuse } from "./kind.ts";

/** Local minutes since midnight: `from` 0–1439, `to` 0–1440 and exclusive; from > to wraps past midnight. Never equal. */
export interface ClockHours {
  readonly from: number;
  readonly to: number;
}

/** Undefined unless two different times in 24-hour form. "24:00" may end, not begin. */
export function parseClockHours(text: string): ClockHours | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
  if (!match) return undefined;
  const [from, to] = [minutes(match[1], match[2]), match[3] === undefined ? 1440 : minutes(match[3], match[4])];
  return from === to ? undefined : { from, to };
}

/** What {@link parseClockHours} reads back to the same. */
export const formatClockHours = ({ from, to }: ClockHours): string => `${clock(from)}-${clock(to)}`;

/** Whether `minute` (0–1439) is within. */
export const withinHours = ({ from, to }: ClockHours, minute: number): boolean =>
  from < to ? from <= minute && minute < to : from <= minute || minute < to;

/** `"always"` or hours. */
export const hoursKind: Kind<"always" | ClockHours> = {
  expected: 'hours such as "07:00-22:00" ("22:00-07:00" is the night), or "always"',
  read(value) {
    if (value === "always") return read("always");
    const hours = typeof value === "string" ? parseClockHours(value) : undefined;
    if (hours) return read(hours);
    if (typeof value === "string" && /^(\d\d:\d\d)-\1$/.test(value))
      return refuse({ hint: 'the same time twice is neither all day nor never: write "always", or clips = "never"' });
    if (typeof value === "string" && /[–—]/.test(value))
      return refuse({ hint: "use a plain hyphen between the times" });
    return refuse();
  },
  write: (hours) => (hours === "always" ? hours : formatClockHours(hours)),
};

const minutes = (hour: string | undefined, minute: string | undefined): number => Number(hour) * 60 + Number(minute);

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
