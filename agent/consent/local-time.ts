// Which local date and minute an instant is, in the device's time zone, through every change of summer time. Pure.
// Implements docs/spec/consent.md §7. `hours`, `until` and `max_per_day` are judged by it, and by nothing else.
import type { WallTime } from "../../drivers/clock/clock.ts";

const MINUTE_MS = 60_000;
const BUCKET_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Offsets kept per zone: a year of hours would fit, and a full map is simply started again. */
const BUCKETS = 8_784;
/** Four-digit years: what an instant and a TOML date can both say. */
const EARLIEST = Date.UTC(1970, 0, 2);
const LATEST = Date.UTC(9999, 11, 30);

/** One zone's calendar. Made by {@link localTime}; keeps its formatter and the offsets it has seen. */
export interface LocalTime {
  /** Local date, "2026-11-22"; undefined for an instant no four-digit year holds. */
  date(at: WallTime): string | undefined;
  /** Minutes since local midnight as the clock on the wall shows them, 0–1439; undefined as above. */
  minute(at: WallTime): number | undefined;
  /** The first instant after the local day `date`; undefined when `date` is no date. */
  endOfDay(date: string): WallTime | undefined;
}

const known = new Map<string, LocalTime | undefined>();

/** The calendar of an IANA zone; undefined when there is no such zone. */
export function localTime(zone: string): LocalTime | undefined {
  if (!known.has(zone)) known.set(zone, calendar(zone));
  return known.get(zone);
}

function calendar(zone: string): LocalTime | undefined {
  let formatter: Intl.DateTimeFormat;
  try {
    formatter = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  } catch {
    return undefined;
  }
  const offsets = new Map<number, number>();
  const ends = new Map<string, WallTime | undefined>();

  /** The offset's text is read, not the date's: it has no era, no calendar and no hour 24 to trip over. */
  const exactOffset = (at: number): number => {
    const text = formatter.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
    if (!match?.[1]) return 0;
    const span = Number(match[2]) * 3_600_000 + Number(match[3]) * MINUTE_MS + Number(match[4] ?? 0) * 1000;
    return match[1] === "-" ? -span : span;
  };

  /** No zone has two changes in one hour: equal offsets at both ends hold between them. */
  const offset = (at: number): number => {
    const bucket = Math.floor(at / BUCKET_MS);
    const seen = offsets.get(bucket);
    if (seen !== undefined) return seen;
    const first = exactOffset(bucket * BUCKET_MS);
    if (first !== exactOffset((bucket + 1) * BUCKET_MS)) return exactOffset(at);
    if (offsets.size >= BUCKETS) offsets.clear();
    offsets.set(bucket, first);
    return first;
  };

  const local = (at: number): number | undefined => (at >= EARLIEST && at <= LATEST ? at + offset(at) : undefined);

  const date = (at: WallTime): string | undefined => {
    const shifted = local(at);
    return shifted === undefined ? undefined : new Date(shifted).toISOString().slice(0, 10);
  };

  /** Searched, not computed: a day may be 23, 24, 25 or no hours long, and midnight may not exist. */
  const search = (day: string): WallTime | undefined => {
    const midnight = Date.parse(`${day}T00:00:00Z`);
    if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(midnight)) return undefined;
    if (midnight < EARLIEST + 2 * DAY_MS || midnight > LATEST - 4 * DAY_MS) return undefined;
    let low = midnight - DAY_MS;
    let high = midnight + 3 * DAY_MS;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (date(middle as WallTime)! > day) high = middle;
      else low = middle;
    }
    return high as WallTime;
  };

  return {
    date,
    minute: (at) => {
      const shifted = local(at);
      return shifted === undefined ? undefined : Math.floor((shifted % DAY_MS) / MINUTE_MS);
    },
    endOfDay: (day) => {
      if (!ends.has(day)) {
        if (ends.size >= 1000) ends.clear();
        ends.set(day, search(day));
      }
      return ends.get(day);
    },
  };
}

/** "07:05", as `hours` is written. */
export const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
