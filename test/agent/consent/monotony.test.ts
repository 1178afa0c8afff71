// §8 of the specification, over generated policies: less in the policy never means more out of the door.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TRIGGERS } from "../../../config/trigger.ts";
import type { ApprovalChannel, Grant, Recipient } from "../../../config/config.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { decide } from "../../../agent/consent/decide.ts";
import type { Context, Decision, Disclosure, Obligation, Policy } from "../../../agent/consent/decision.ts";

const ZONES = ["path", "street", "garden"];
const NAMES = ["anna", "bob"];
const CHANNELS: readonly ApprovalChannel[] = ["page", "cli", "mqtt_signed", "home_assistant"];
const grant = fc.constantFrom<Grant>("never", "ask", "auto");
const minute = fc.integer({ min: 0, max: 1439 });
const day = fc.integer({ min: 0, max: 40 }).map((n) => new Date(Date.UTC(2026, 9, 10 + n)).toISOString().slice(0, 10));
const instant = fc.integer({ min: Date.UTC(2026, 9, 10), max: Date.UTC(2026, 10, 20) }).map((at) => at as WallTime);

const recipient = (name: string): fc.Arbitrary<Recipient> =>
  fc.record({
    name: fc.constant(name),
    clips: grant,
    stills: grant,
    previews: grant,
    events: fc.constantFrom("never" as const, "auto" as const),
    audio: fc.boolean(),
    toldOfAsks: fc.boolean(),
    toldOfState: fc.boolean(),
    homeAssistant: fc.boolean(),
    encryption: fc.constantFrom({ kind: "plain" } as const, { kind: "age", keys: ["age1a"] } as const),
    triggers: fc.oneof(fc.constant("all" as const), fc.subarray([...TRIGGERS])),
    zones: fc.oneof(fc.constant("all" as const), fc.subarray(ZONES)),
    hours: fc.oneof(fc.constant("always" as const), fc.record({ from: minute, to: minute })),
    until: fc.oneof(fc.constant("forever"), day),
    maxPerDay: fc.oneof(fc.constant("unlimited" as const), fc.integer({ min: 0, max: 4 })),
  });

const policy: fc.Arbitrary<Policy> = fc.record({
  device: fc.record({ timezone: fc.constantFrom("Europe/Paris", "Asia/Kathmandu", "America/New_York", "No/Where") }),
  sharing: fc.record({ enabled: fc.boolean() }),
  recipients: fc.tuple(...NAMES.map(recipient)),
  approvals: fc.record({ channels: fc.subarray([...CHANNELS]) }),
  lines: fc.constant({}),
});

const disclosure: fc.Arbitrary<Disclosure> = fc.record({
  kind: fc.constantFrom("clip", "still", "preview", "event", "waiting", "state"),
  recipient: fc.constantFrom(...NAMES),
  triggers: fc.subarray([...TRIGGERS]),
  zones: fc.oneof(fc.constant("unknown" as const), fc.subarray(ZONES)),
  startedAt: instant,
  startTrusted: fc.boolean(),
  hasAudio: fc.boolean(),
  objected: fc.boolean(),
});

const context: fc.Arbitrary<Context> = fc
  .record({
    now: instant,
    clockTrusted: fc.boolean(),
    sentToday: fc.integer({ min: 0, max: 5 }),
    paused: fc.boolean(),
    answer: fc.option(
      fc.record({
        answer: fc.constantFrom("approved" as const, "denied" as const, "withdrawn" as const),
        at: instant,
        via: fc.constantFrom(...CHANNELS),
      }),
      { nil: undefined },
    ),
  })
  .map(({ answer, ...rest }) => (answer ? { ...rest, answer } : rest));

const RANK = { deny: 0, ask: 1, permit: 2 } as const;
const notAfter = ({ obligations }: Decision): number =>
  obligations.find((obligation) => obligation.kind === "not-after")?.at ?? -Infinity;
const duties = ({ obligations }: Decision): readonly Obligation["kind"][] => obligations.map(({ kind }) => kind);

/** No wider in effect, no longer in time, and no duty dropped. */
function noWider(less: Decision, more: Decision): boolean {
  if (RANK[less.effect] > RANK[more.effect]) return false;
  if (less.effect === "deny") return less.reasons.length > 0;
  return notAfter(less) <= notAfter(more) && duties(more).every((duty) => duties(less).includes(duty));
}

/** Replaces one recipient, by a seed so that fast-check can repeat it. */
const change = (whole: Policy, name: string, narrow: (to: Recipient) => Recipient): Policy => ({
  ...whole,
  recipients: whole.recipients.map((to) => (to.name === name ? narrow(to) : to)),
});

const lower = (from: Grant, steps: number): Grant =>
  (["never", "ask", "auto"] as const)[Math.max(0, ["never", "ask", "auto"].indexOf(from) - steps)]!;

/** Minutes kept from a span's beginning: a shorter span from the same start, or later to the same end. */
function shorter(hours: Recipient["hours"], cut: number, fromStart: boolean): Recipient["hours"] {
  const span = hours === "always" ? { from: 0, to: 1439 } : hours;
  const length = (span.to - span.from + 1440) % 1440;
  const keep = Math.max(0, length - cut);
  return fromStart
    ? { from: (span.to - keep + 1440) % 1440, to: span.to }
    : { from: span.from, to: (span.from + keep) % 1440 };
}

type Narrowing = (whole: Policy, name: string, amount: number, pick: boolean) => Policy;
const NARROWINGS: Readonly<Record<string, Narrowing>> = {
  "removing a recipient": (whole, name) => ({
    ...whole,
    recipients: whole.recipients.filter((to) => to.name !== name),
  }),
  "lowering the grant of clips": (whole, name, steps) =>
    change(whole, name, (to) => ({ ...to, clips: lower(to.clips, steps) })),
  "lowering the grant of stills": (whole, name, steps) =>
    change(whole, name, (to) => ({ ...to, stills: lower(to.stills, steps) })),
  "lowering the grant of previews": (whole, name, steps) =>
    change(whole, name, (to) => ({ ...to, previews: lower(to.previews, steps) })),
  "refusing events": (whole, name) => change(whole, name, (to) => ({ ...to, events: "never" })),
  "telling nobody of asks": (whole, name) => change(whole, name, (to) => ({ ...to, toldOfAsks: false })),
  "telling nobody of the state": (whole, name) => change(whole, name, (to) => ({ ...to, toldOfState: false })),
  "turning a recipient's sound off": (whole, name) => change(whole, name, (to) => ({ ...to, audio: false })),
  "adding a key": (whole, name) =>
    change(whole, name, (to) => ({ ...to, encryption: { kind: "age", keys: ["age1b"] } })),
  "removing a trigger": (whole, name, index) =>
    change(whole, name, (to) => ({
      ...to,
      triggers: (to.triggers === "all" ? TRIGGERS : to.triggers).filter((_, n) => n !== index % 4),
    })),
  "removing a zone": (whole, name, index) =>
    change(whole, name, (to) => ({
      ...to,
      zones: (to.zones === "all" ? ZONES : to.zones).filter((_, n) => n !== index % 3),
    })),
  "shortening the hours": (whole, name, cut, fromStart) =>
    change(whole, name, (to) => ({ ...to, hours: shorter(to.hours, cut * 100, fromStart) })),
  "an earlier last day": (whole, name, days) =>
    change(whole, name, (to) => {
      const last = to.until === "forever" ? Date.UTC(2026, 10, 1) : Date.parse(to.until);
      return { ...to, until: new Date(last - days * 86_400_000).toISOString().slice(0, 10) };
    }),
  "a lower limit a day": (whole, name, steps) =>
    change(whole, name, (to) => ({
      ...to,
      maxPerDay: to.maxPerDay === "unlimited" ? steps : Math.max(0, to.maxPerDay - steps),
    })),
  "removing an approval channel": (whole, _name, index) => ({
    ...whole,
    approvals: { channels: whole.approvals.channels.filter((_, n) => n !== index % 4) },
  }),
  "switching sharing off": (whole) => ({ ...whole, sharing: { enabled: false } }),
};

const RUNS = { numRuns: 4000 };

describe("narrowing a policy never lets anything more out (§8)", () => {
  for (const [name, narrow] of Object.entries(NARROWINGS)) {
    test(`${name} never permits anything new`, () => {
      fc.assert(
        fc.property(
          policy,
          disclosure,
          context,
          fc.constantFrom(...NAMES),
          fc.integer({ min: 0, max: 15 }),
          fc.boolean(),
          (whole, what, when, whose, amount, pick) =>
            noWider(decide(narrow(whole, whose, amount, pick), what, when), decide(whole, what, when)),
        ),
        RUNS,
      );
    });
  }
});

const SETBACKS: Readonly<Record<string, (what: Disclosure, when: Context) => [Disclosure, Context]>> = {
  "a refusal": (what, when) => [what, { ...when, answer: { answer: "denied", at: when.now, via: "cli" } }],
  "a withdrawal": (what, when) => [what, { ...when, answer: { answer: "withdrawn", at: when.now, via: "page" } }],
  "forgetting the approval": (what, { answer, ...when }) => [
    what,
    answer && answer.answer !== "approved" ? { ...when, answer } : when,
  ],
  "a pause": (what, when) => [what, { ...when, paused: true }],
  "a clock that loses its trust": (what, when) => [what, { ...when, clockTrusted: false }],
  "a start nobody can date": (what, when) => [{ ...what, startTrusted: false }, when],
  "one more clip sent today": (what, when) => [what, { ...when, sentToday: when.sentToday + 1 }],
  "a count that is no number": (what, when) => [what, { ...when, sentToday: NaN }],
  "zones that are not known": (what, when) => [{ ...what, zones: "unknown" }, when],
  "an objection": (what, when) => [{ ...what, objected: true }, when],
};

describe("whatever tightens a situation never lets anything more out (§8)", () => {
  for (const [name, tighten] of Object.entries(SETBACKS)) {
    test(`${name} never permits anything new`, () => {
      fc.assert(
        fc.property(policy, disclosure, context, (whole, what, when) =>
          noWider(decide(whole, ...tighten(what, when)), decide(whole, what, when)),
        ),
        RUNS,
      );
    });
  }
});

test("without the owner's yes nothing that asks is ever permitted, however generous the rest (§2.3)", () => {
  fc.assert(
    fc.property(policy, disclosure, context, (whole, what, { answer: _none, ...when }) => {
      const asking = change(whole, what.recipient, (to) => ({ ...to, clips: "ask", stills: "ask", previews: "ask" }));
      return !["clip", "still", "preview"].includes(what.kind) || decide(asking, what, when).effect !== "permit";
    }),
    RUNS,
  );
});

test("one rule that denies is a denial, and without one of those nothing is denied (§2.2)", () => {
  fc.assert(
    fc.property(policy, disclosure, context, (whole, what, when) => {
      const { effect, reasons } = decide(whole, what, when);
      expect(effect === "deny").toBe(reasons.some((reason) => reason.effect === "deny"));
    }),
    RUNS,
  );
});

test("whatever is decided, there is a reason with a rule of the specification, and a denial obliges to nothing (§2.4)", () => {
  fc.assert(
    fc.property(policy, disclosure, context, (whole, what, when) => {
      const { effect, reasons, obligations } = decide(whole, what, when);
      expect(reasons.length).toBeGreaterThan(0);
      expect(reasons.every(({ rule }) => /^§[345]\.\d [a-z_]+$/.test(rule))).toBe(true);
      expect(obligations.length === 0).toBe(effect === "deny");
      expect(duties({ effect, reasons, obligations }).includes("not-after")).toBe(effect !== "deny");
    }),
    RUNS,
  );
});

test("no input makes it fail, not even one that its types rule out (§2.1)", () => {
  const wild = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 8.64e15, -8.64e15, 1e300));
  fc.assert(
    fc.property(policy, disclosure, context, wild, wild, wild, fc.string(), (whole, what, when, a, b, c, text) => {
      const odd = change(whole, "anna", (to) => ({ ...to, until: text, maxPerDay: c }));
      const { reasons } = decide(
        odd,
        { ...what, recipient: fc.stringify(text), startedAt: a as WallTime },
        { ...when, now: b as WallTime },
      );
      const other = decide(
        odd,
        { ...what, recipient: "anna", startedAt: a as WallTime },
        { ...when, now: b as WallTime },
      );
      return reasons.length > 0 && other.reasons.length > 0;
    }),
    RUNS,
  );
});
