// A calendar day without a time or a zone, "2027-06-30". Pure.
import type { Kind } from "./kind.ts";
import { read, refuse } from "./kind.ts";

/** The text itself if it names a day that exists, from 2000 to 2999; otherwise undefined. */
export function parseLocalDate(text: string): string | undefined {
  const [, year, month, day] = /^(2\d{3})-(\d\d)-(\d\d)$/.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) ? text : undefined;
}

/** `"forever"` or a day. The day is taken from what is written: JavaScript's Date would roll 31 June over into July. */
export const untilKind: Kind<string> = {
  expected: 'a day such as 2027-06-30 (the last on which anything is sent), or "forever"',
  read(value, written) {
    if (value === "forever") return read("forever");
    const text = value instanceof Date ? (written ?? "") : value;
    const date = typeof text === "string" ? parseLocalDate(text) : undefined;
    if (date !== undefined) return read(date);
    return refuse(value instanceof Date ? { found: `${written ?? "a date or time"} (a date or time)` } : {});
  },
  write: (until) => until,
};

const daysIn = (year: number, month: number): number => {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
};
