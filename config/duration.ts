// Spans of time as people write them: "250ms", "90s", "15m", "72h", "7d". Pure.
import type { Kind } from "./kind.ts";
import { read, refuse } from "./kind.ts";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A hundred years: more is a slip of the keyboard. */
const MAX_MS = 36_525 * UNITS.d;

/** Milliseconds, or undefined unless `text` is a whole number and one unit. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const span = Number(digits) * UNITS[unit as keyof typeof UNITS];
  return span <= MAX_MS ? span : undefined;
}

/** The shortest text that {@link parseDuration} reads as `ms`: the largest unit that divides it. */
export function formatDuration(ms: number): string {
  const unit = (["d", "h", "m", "s"] as const).find((unit) => ms > 0 && ms % UNITS[unit] === 0);
  if (unit) return `${ms / UNITS[unit]}${unit}`;
  return ms === 0 ? "0s" : `${ms}ms`;
}

/** A span between two others, both included and written as text. */
export function durationKind(min: string, max: string): Kind<number> {
  const [least, most] = [parseDuration(min)!, parseDuration(max)!];
  return {
    expected: `a span from "${min}" to "${max}", such as ${most >= UNITS.d ? '"12h" or "7d"' : '"500ms", "5s" or "2m"'}`,
    read(value) {
      if (typeof value === "number") return refuse({ hint: "write the unit too, in quotes: ms, s, m, h or d" });
      const span = typeof value === "string" ? parseDuration(value) : undefined;
      if (span !== undefined && span >= least && span <= most) return read(span);
      return refuse(span === undefined ? {} : { hint: span < least ? "that is too short" : "that is too long" });
    },
    write: formatDuration,
  };
}
