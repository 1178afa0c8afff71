// Which way the recipients' grants and restrictions change. Pure.
import { type ClockHours, withinHours } from "../clock-hours.ts";
import type { Config, Recipient } from "../config.ts";
import { type Weighing, same } from "./weighing.ts";

const GRANTS = ["never", "ask", "auto"] as const;
const FOREVER = "9999-12-31";
const DAY_MINUTES = 1440;

/** Recipients of both, each with what both grant. */
export function weighRecipients(weighing: Weighing, old: Config, now: Config): readonly Recipient[] {
  const otherClock = old.device.timezone !== now.device.timezone;
  for (const { name } of now.recipients)
    if (!old.recipients.some((known) => known.name === name)) weighing.mark(`recipient.${name}`, false, true);
  return old.recipients.flatMap((before) => {
    const after = now.recipients.find(({ name }) => name === before.name);
    if (!after) {
      weighing.mark(`recipient.${before.name}`, true, false);
      return [];
    }
    const meeting = weighRecipient(weighing, before, after);
    // In another zone the same hours, days and dates are different ones: neither is narrower.
    return [otherClock && isBound(meeting) ? without(meeting) : meeting];
  });
}

function weighRecipient(weighing: Weighing, old: Recipient, now: Recipient): Recipient {
  const path = `recipient.${old.name}`;
  const keys = weighEncryption(weighing, `${path}.key`, old.encryption, now.encryption);
  const hours = weighHours(weighing, `${path}.hours`, old.hours, now.hours);
  const triggers = weighing.subset(`${path}.triggers`, old.triggers, now.triggers);
  const zones = weighing.subset(`${path}.zones`, old.zones, now.zones);
  const meeting: Recipient = {
    name: old.name,
    clips: weighing.rank(`${path}.clips`, GRANTS, old.clips, now.clips),
    stills: weighing.rank(`${path}.stills`, GRANTS, old.stills, now.stills),
    previews: weighing.rank(`${path}.previews`, GRANTS, old.previews, now.previews),
    events: weighing.rank(`${path}.events`, ["never", "auto"], old.events, now.events),
    audio: weighing.both(`${path}.audio`, old.audio, now.audio),
    toldOfAsks: weighing.both(`${path}.told_of_asks`, old.toldOfAsks, now.toldOfAsks),
    toldOfState: weighing.both(`${path}.told_of_state`, old.toldOfState, now.toldOfState),
    homeAssistant: weighing.both(`${path}.home_assistant`, old.homeAssistant, now.homeAssistant),
    encryption: keys ?? old.encryption,
    triggers: triggers.length ? triggers : old.triggers,
    zones: zones.length ? zones : old.zones,
    hours: hours ?? old.hours,
    until: weighUntil(weighing, `${path}.until`, old.until, now.until),
    maxPerDay: weighing.limit(`${path}.max_per_day`, "unlimited", old.maxPerDay, now.maxPerDay),
  };
  const common = keys && hours && triggers.length && zones.length;
  return common ? meeting : without(meeting);
}

/** The same recipient, who gets nothing: for restrictions that have nothing in common. */
const without = (recipient: Recipient): Recipient => ({
  ...recipient,
  clips: "never",
  stills: "never",
  previews: "never",
  events: "never",
  toldOfAsks: false,
  toldOfState: false,
  homeAssistant: false,
});

const isBound = ({ hours, until, maxPerDay }: Recipient): boolean =>
  hours !== "always" || until !== "forever" || maxPerDay !== "unlimited";

/** Undefined when no key is in both. A key instead of plain shuts everyone else out: those it lets in could read before. */
function weighEncryption(
  weighing: Weighing,
  path: string,
  old: Recipient["encryption"],
  now: Recipient["encryption"],
): Recipient["encryption"] | undefined {
  if (same(old, now)) return now;
  if (old.kind === "plain" || now.kind === "plain") {
    weighing.mark(path, now.kind === "age", now.kind === "plain");
    return old.kind === "plain" ? now : old;
  }
  const keys = old.keys.filter((key) => now.keys.includes(key));
  weighing.mark(path, keys.length < old.keys.length, keys.length < now.keys.length);
  return keys.length ? { kind: "age", keys } : undefined;
}

function weighUntil(weighing: Weighing, path: string, old: string, now: string): string {
  const [before, after] = [old, now].map((day) => (day === "forever" ? FOREVER : day)) as [string, string];
  weighing.mark(path, after < before, after > before);
  return before < after ? old : now;
}

/** Undefined when no minute is in both; the longest stretch of those that are. */
function weighHours(
  weighing: Weighing,
  path: string,
  old: Recipient["hours"],
  now: Recipient["hours"],
): Recipient["hours"] | undefined {
  if (same(old, now)) return now;
  const minutes = Array.from(
    { length: DAY_MINUTES },
    (_, minute) => [within(old, minute), within(now, minute)] as const,
  );
  const lost = minutes.some(([before, after]) => before && !after);
  const won = minutes.some(([before, after]) => after && !before);
  weighing.mark(path, lost, won);
  if (!won) return now;
  return lost ? longestStretch(minutes.map(([before, after]) => before && after)) : old;
}

const within = (hours: Recipient["hours"], minute: number): boolean => hours === "always" || withinHours(hours, minute);

/** Of a day that is neither wholly in nor wholly the same as before; it may reach past midnight. */
function longestStretch(minutes: readonly boolean[]): ClockHours | undefined {
  let best: ClockHours | undefined;
  let bestLength = 0;
  for (const [start, inside] of minutes.entries()) {
    if (!inside || minutes[(start + DAY_MINUTES - 1) % DAY_MINUTES]) continue;
    let length = 0;
    while (minutes[(start + length) % DAY_MINUTES] && length < DAY_MINUTES) length++;
    if (length > bestLength) [best, bestLength] = [{ from: start, to: (start + length) % DAY_MINUTES }, length];
  }
  return best;
}
