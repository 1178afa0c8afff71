// Instants as an owner types them: RFC 3339, or a date and a time of the clock on the wall. Pure.
import type { WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";

/** "2026-11-22", "2026-11-22 14:05", with seconds or not, in the local time of whoever types; or with Z or an offset. */
const SHAPE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Reads an instant; a date alone is its first one.
 *
 * @throws AgentError INSTANT_MALFORMED.
 */
export function readInstant(text: string): WallTime {
  const [, date, time = "00:00", offset = ""] = SHAPE.exec(text.trim()) ?? [];
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(at)) throw new AgentError("INSTANT_MALFORMED", JSON.stringify(text.slice(0, 40)));
  return at as WallTime;
}

/**
 * Reads FROM/TO, as `--span` takes it.
 *
 * @throws AgentError INSTANT_MALFORMED.
 */
export function readSpan(text: string): { readonly from: WallTime; readonly to: WallTime } {
  const [from, to, ...more] = text.split("/");
  if (from === undefined || to === undefined || more.length)
    throw new AgentError("INSTANT_MALFORMED", `${JSON.stringify(text.slice(0, 80))}: two instants with / between them`);
  return orderly(readInstant(from), readInstant(to));
}

/** @throws AgentError INSTANT_MALFORMED unless `from` is before `to`. */
export function orderly(from: WallTime, to: WallTime): { readonly from: WallTime; readonly to: WallTime } {
  if (from >= to) throw new AgentError("INSTANT_MALFORMED", "the beginning has to come before the end");
  return { from, to };
}
