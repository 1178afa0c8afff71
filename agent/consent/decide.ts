// May this leave, for this recipient, now? Pure and total: same policy, disclosure and context, same decision.
// Implements docs/spec/consent.md §2–§6: deny overrides, absence denies, and every reason names its rule.
import type { WallTime } from "../../drivers/clock/clock.ts";
import { compiled } from "./compiled.ts";
import type { CompiledPolicy, CompiledRecipient } from "./compiled.ts";
import { isMedia } from "./decision.ts";
import type { Context, Decision, Disclosure, Obligation, Policy, Reason } from "./decision.ts";
import { clockText } from "./local-time.ts";

/** How long a released clip, picture or state may wait to be sent, in milliseconds. */
export const MEDIA_NOT_AFTER_MS = 7 * 86_400_000;
/** How long an event may wait to be sent, in milliseconds: an old ring is no ring. */
export const EVENT_NOT_AFTER_MS = 60_000;

/** Decides. Never throws, for any value of its arguments' types. */
export function decide(policy: Policy, disclosure: Disclosure, context: Context): Decision {
  const rules = compiled(policy);
  const to = rules.recipients.get(disclosure.recipient);
  const denials: Reason[] = [];
  denySharing(rules, context, denials);
  if (!to) {
    denials.push({
      rule: "§3.3 recipient",
      effect: "deny",
      text: `the configuration names no recipient ${JSON.stringify(disclosure.recipient)}`,
    });
    return { effect: "deny", obligations: [], reasons: denials };
  }
  if (to.grant[disclosure.kind] === "never") denials.push(to.denied[disclosure.kind]);
  const isState = disclosure.kind === "state";
  if (!isState) denyTriggers(to, disclosure, denials);
  denyHours(rules, to, disclosure, context, denials);
  if (!isState) denyZones(to, disclosure, denials);
  denyDates(rules, to, context, denials);
  // A preview shows what its clip would: it is no way around the limit.
  if (disclosure.kind === "clip" || disclosure.kind === "preview") denyCount(to, context, denials);
  denyAnswer(context, denials);
  if (denials.length > 0) return { effect: "deny", obligations: [], reasons: denials };
  return release(rules, to, disclosure, context);
}

function denySharing(rules: CompiledPolicy, context: Context, denials: Reason[]): void {
  if (rules.off) denials.push(rules.off);
  if (context.paused) denials.push({ rule: "§3.2 paused", effect: "deny", text: "sharing is paused or closed" });
  if (!Number.isFinite(context.now))
    denials.push({ rule: "§3.4 clock", effect: "deny", text: "the clock shows no time at all" });
}

function denyTriggers(to: CompiledRecipient, disclosure: Disclosure, denials: Reason[]): void {
  if (to.triggers === "all" || disclosure.triggers.some((trigger) => to.triggers.includes(trigger))) return;
  denials.push({
    rule: "§4.2 triggers",
    effect: "deny",
    ...to.at("triggers"),
    text: `it was started by ${disclosure.triggers.join(" and ") || "nothing known"}, and ${to.name} gets ${to.triggers.join(" and ") || "nothing"} only`,
  });
}

function denyHours(
  rules: CompiledPolicy,
  to: CompiledRecipient,
  disclosure: Disclosure,
  context: Context,
  denials: Reason[],
): void {
  const { hours } = to;
  if (hours === "always") return;
  const trusted = context.clockTrusted && disclosure.startTrusted;
  const minute = trusted ? rules.calendar?.minute(disclosure.startedAt) : undefined;
  if (minute === undefined) denials.push(untimed(to, "hours"));
  else if (!within(hours, minute))
    denials.push({
      rule: "§4.3 hours",
      effect: "deny",
      ...to.at("hours"),
      text: `it began at ${clockText(minute)}, outside ${clockText(hours.from)}-${clockText(hours.to)}`,
    });
}

/** Somebody who rings wants to be seen: a press passes, wherever the picture moved. */
function denyZones(to: CompiledRecipient, disclosure: Disclosure, denials: Reason[]): void {
  const wanted = to.zones;
  if (wanted === "all" || disclosure.triggers.includes("button")) return;
  const seen = disclosure.zones;
  if (seen !== "unknown" && seen.some((zone) => wanted.includes(zone))) return;
  const where =
    seen === "unknown" ? "it is not known where something moved" : `it moved in ${seen.join(", ") || "no zone"}`;
  denials.push({
    rule: "§4.4 zones",
    effect: "deny",
    ...to.at("zones"),
    text: `${where}, and ${to.name} gets ${wanted.join(", ") || "no zone"} only`,
  });
}

function denyDates(rules: CompiledPolicy, to: CompiledRecipient, context: Context, denials: Reason[]): void {
  const { until } = to;
  if (until === "forever") return;
  const today = context.clockTrusted ? rules.calendar?.date(context.now) : undefined;
  if (today === undefined || rules.calendar?.endOfDay(until) === undefined) denials.push(untimed(to, "until"));
  else if (today > until)
    denials.push({ rule: "§4.5 until", effect: "deny", ...to.at("until"), text: `${until} was the last day` });
}

function denyCount(to: CompiledRecipient, { clockTrusted, sentToday }: Context, denials: Reason[]): void {
  const { maxPerDay } = to;
  if (maxPerDay === "unlimited") return;
  if (!clockTrusted) denials.push(untimed(to, "max_per_day"));
  // Written so that a count which is no number denies.
  else if (!(sentToday < maxPerDay))
    denials.push({
      rule: "§4.6 max_per_day",
      effect: "deny",
      ...to.at("max_per_day"),
      text: `${to.name} was sent ${sentToday} of ${maxPerDay} clips today`,
    });
}

/** A no counts whichever way it came: tightening may come from anywhere (promise 4). */
function denyAnswer({ answer }: Context, denials: Reason[]): void {
  if (answer?.answer === "denied")
    denials.push({ rule: "§5.1 refused", effect: "deny", text: `the owner said no, by ${answer.via}` });
  else if (answer?.answer === "withdrawn")
    denials.push({ rule: "§5.1 refused", effect: "deny", text: `the owner withdrew it, by ${answer.via}` });
}

function untimed(to: CompiledRecipient, key: "hours" | "until" | "max_per_day"): Reason {
  return {
    rule: "§3.4 clock",
    effect: "deny",
    ...to.at(key),
    text: `the clock could not be trusted, so ${key} cannot be judged`,
  };
}

/** Local minutes, end exclusive; from > to wraps past midnight; from = to is no time at all. */
const within = ({ from, to }: { from: number; to: number }, minute: number): boolean =>
  from <= to ? from <= minute && minute < to : from <= minute || minute < to;

/** Nothing denied. What is left to ask is whether the owner must say yes, and whether the owner has. */
function release(rules: CompiledPolicy, to: CompiledRecipient, disclosure: Disclosure, context: Context): Decision {
  const { kind } = disclosure;
  const media = isMedia(kind);
  const asks: Reason[] = [];
  if (to.grant[kind] === "ask") asks.push(to.asked[kind]);
  if (media && disclosure.objected)
    asks.push({ rule: "§4.7 objection", effect: "ask", text: "the visitor objected, so nothing goes by itself" });
  const obligations = obliged(rules, to, disclosure, context.now);
  if (asks.length === 0) return { effect: "permit", obligations, reasons: [to.permitted[kind]] };

  const { answer } = context;
  if (!media || answer?.answer !== "approved") return { effect: "ask", obligations, reasons: asks };
  if (!rules.channels.includes(answer.via))
    return {
      effect: "ask",
      obligations,
      reasons: [...asks, { rule: "§5.3 channel", effect: "ask", ...rules.channelsLine, text: unnamed(answer.via) }],
    };
  const approved: Reason = { rule: "§5.2 approved", effect: "permit", text: `the owner approved it, by ${answer.via}` };
  return { effect: "permit", obligations, reasons: [approved, ...asks] };
}

const unnamed = (via: string): string => `it was approved by ${via}, which approvals.channels does not name`;

function obliged(
  rules: CompiledPolicy,
  to: CompiledRecipient,
  { kind, hasAudio }: Disclosure,
  now: WallTime,
): readonly Obligation[] {
  const obligations: Obligation[] = [];
  if (kind === "clip" && hasAudio && !to.audio) obligations.push({ kind: "strip-audio" });
  if (isMedia(kind) && to.encrypt) obligations.push(to.encrypt);
  const span = kind === "event" || kind === "waiting" ? EVENT_NOT_AFTER_MS : MEDIA_NOT_AFTER_MS;
  const lastDay = to.until === "forever" ? undefined : rules.calendar?.endOfDay(to.until);
  const at = lastDay === undefined ? now + span : Math.min(now + span, lastDay - 1);
  obligations.push({ kind: "not-after", at: at as WallTime });
  return obligations;
}
