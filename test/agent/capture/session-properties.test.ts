// What holds of recording sessions for any sequence of events.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionEvent, SessionSettings, Sign } from "../../../agent/capture/session.ts";
import { TRIGGERS } from "../../../config/trigger.ts";
import type { Uptime } from "../../../drivers/clock/clock.ts";
import { play, type Told } from "./session-story.ts";

const UNTIL_MS = 400_000;
const at = 0 as Uptime;

const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...TRIGGERS).map((trigger): SessionEvent => ({ kind: "trigger", trigger, at })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom("pir" as const, "motion" as const), fc.boolean())
      .map(([source, present]): SessionEvent => ({ kind: "presence", source, present, at })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<SessionEvent | { kind: "camera-back" }>(
      { kind: "camera-lost", at },
      { kind: "camera-back" },
      { kind: "close", at },
      { kind: "open", at },
      { kind: "clip-failed", at },
      { kind: "format-changed", at },
    ),
  },
);

const events = fc
  .array(fc.tuple(fc.integer({ min: 0, max: UNTIL_MS }), happening), { maxLength: 60 })
  .map((list) => list.map(([when, event]) => ({ at: when, event })).sort((a, b) => a.at - b.at));

const settings: fc.Arbitrary<SessionSettings> = fc.record({
  preRollMs: fc.nat(15_000),
  postRollMs: fc.integer({ min: 0, max: 20_000 }),
  maxClipMs: fc.integer({ min: 1000, max: 90_000 }),
  coolDownMs: fc.nat(5000),
  pirReadyAt: fc.nat(60_000).map((ms) => ms as Uptime),
  confirm: fc.constantFrom("none", "motion"),
});

type Input = [{ at: number; event: SessionEvent | { kind: "camera-back" } }[], SessionSettings, number];

const given: fc.Arbitrary<Input> = fc.tuple(events, settings, fc.integer({ min: 200, max: 5000 }));

/** Plays the events and stops at the end, so that nothing is left open. */
function run([list, chosen, keyEveryMs]: Input) {
  const stop: SessionEvent = { kind: "stop", at };
  const { actions, steps } = play([...list, { at: UNTIL_MS, event: stop }], chosen, { keyEveryMs, untilMs: UNTIL_MS });
  return { actions, steps, list };
}

const counted = (signs: readonly Sign[]): number => signs.reduce((sum, { times }) => sum + times, 0);

test("there are never two clips open at once, and every clip that begins ends or fails", () => {
  fc.assert(
    fc.property(given, (input) => {
      const { actions, steps, list } = run(input);
      let open = 0;
      for (const { action } of actions) {
        if (action.kind === "begin") open += 1;
        if (action.kind === "end") open = Math.max(0, open - 1);
        const failures = list.filter(({ event }) => event.kind === "clip-failed").length;
        expect(open).toBeLessThanOrEqual(1 + failures);
      }
      expect(steps.every(({ phase, clip }) => (phase === "recording") === (clip !== undefined))).toBe(true);
      expect(steps.at(-1)?.clip).toBeUndefined();
    }),
  );
});

test("no clip is longer than the longest allowed and one group of pictures", () => {
  fc.assert(
    fc.property(given, (input) => {
      const keyEveryMs = input[2];
      // A pre-roll that reaches back further than the longest clip is refused by the configuration.
      const { preRollMs, coolDownMs } = input[1];
      const maxClipMs = Math.max(input[1].maxClipMs, preRollMs + coolDownMs + keyEveryMs);
      const sighted = input[0].filter(({ event }) => event.kind !== "camera-lost" && event.kind !== "clip-failed");
      const { actions } = run([sighted, { ...input[1], maxClipMs }, keyEveryMs]);
      for (const { began, ended } of clips(actions)) expect(ended - began).toBeLessThanOrEqual(maxClipMs + keyEveryMs);
    }),
  );
});

test("every trigger belongs to exactly one clip, or is reported as ignored or missed, once", () => {
  fc.assert(
    fc.property(given, (input) => {
      const unfailing = input[0].filter(({ event }) => event.kind !== "clip-failed");
      const { actions } = run([unfailing, input[1], input[2]]);
      const triggers = unfailing.filter(({ event }) => event.kind === "trigger").length;
      const accounted = actions.reduce((sum, { action }) => {
        if (action.kind === "end" || action.kind === "missed") return sum + counted(action.signs);
        return action.kind === "ignored" ? sum + 1 : sum;
      }, 0);
      expect(accounted).toBe(triggers);
    }),
  );
});

test("the bell and the owner are never turned away while nothing is closed", () => {
  fc.assert(
    fc.property(given, (input) => {
      const open = input[0].filter(({ event }) => event.kind !== "close");
      const { actions } = run([open, input[1], input[2]]);
      for (const { action } of actions)
        if (action.kind === "ignored") expect([action.trigger, action.reason]).toEqual(["pir", "warm-up"]);
    }),
  );
});

test("while it is closed nothing begins, whatever happens", () => {
  fc.assert(
    fc.property(given, (input) => {
      const { actions } = run(input);
      for (const { action, session } of actions) if (action.kind === "begin") expect(session.closed).toBe(false);
    }),
  );
});

test("a clip that ends for absence ends no sooner than its post-roll after the last trigger", () => {
  fc.assert(
    fc.property(given, (input) => {
      const [list, { postRollMs, pirReadyAt }] = input;
      const { actions } = run(input);
      for (const { at: ended, action } of actions) {
        if (action.kind !== "end" || action.reason !== "absence") continue;
        const last = list.findLast(
          ({ at: when, event }) =>
            when < ended && event.kind === "trigger" && !(event.trigger === "pir" && when < pirReadyAt),
        );
        const closedSince = list.some(({ at: when, event }) => event.kind === "close" && last && when >= last.at);
        const failedSince = list.some(({ at: when, event }) => event.kind === "clip-failed" && last && when >= last.at);
        if (last && !closedSince && !failedSince && !wasClosed(input, last.at))
          expect(ended).toBeGreaterThanOrEqual(last.at + postRollMs);
      }
    }),
  );
});

function wasClosed([list]: Input, when: number): boolean {
  const switched = list.findLast(
    ({ at: other, event }) => other <= when && (event.kind === "close" || event.kind === "open"),
  );
  return switched?.event.kind === "close";
}

/** Begin and end of every clip, begin being the first picture in it. */
function clips(actions: readonly Told[]): { began: number; ended: number }[] {
  const list: { began: number; ended: number }[] = [];
  let began: number | undefined;
  for (const { at: when, action, beganAt } of actions) {
    if (action.kind === "begin") began = beganAt;
    if (action.kind === "end" && began !== undefined) list.push({ began, ended: when });
  }
  return list;
}
