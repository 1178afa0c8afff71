// A household's life in any order: whatever owner, recipients, clock, publisher and power do, what stands in the door is what
// the policy in force permits at that moment, once, and in the ledger.
import { generateIdentity, identityToRecipient } from "age-encryption";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Grant, Recipient } from "../../../config/config.ts";
import { hours } from "../../../drivers/clock/clock.ts";
import { config, opened, recipient } from "./rig.ts";
import type { Rig } from "./rig.ts";

const NAMES = ["anna", "ben"];
const KEYS = await Promise.all([1, 2].map(async () => identityToRecipient(await generateIdentity())));
const sealed = (index: number) => ({ kind: "age", keys: [KEYS[index]!] }) as const;

type Action = (rig: Rig) => Promise<unknown>;
const named = <T extends object>(name: string, action: T): T => Object.assign(action, { toString: () => name });

const who = fc.constantFrom(...NAMES);
const nth = fc.nat({ max: 3 });
const clipAt = (rig: Rig, index: number) => [...rig.clips.values()].at(-1 - index);

const block = fc
  .record({
    clips: fc.constantFrom<Grant>("never", "ask", "auto", "auto"),
    events: fc.constantFrom("never" as const, "auto" as const),
    hours: fc.constantFrom("always" as const, { from: 0, to: 1440 }, { from: 0, to: 13 * 60 }),
    triggers: fc.constantFrom("all" as const, ["button" as const]),
    until: fc.constantFrom("forever", "2026-11-22"),
    encryption: fc.constantFrom({ kind: "plain" } as const, sealed(0), sealed(1)),
  })
  .map(
    (some) =>
      (name: string): Recipient =>
        recipient(name, some),
  );

const action: fc.Arbitrary<Action> = fc.oneof(
  fc
    .constantFrom("pir" as const, "button" as const)
    .map((trigger) =>
      named(`a clip by ${trigger}`, (rig: Rig) => rig.gate.consider(rig.clip({ triggers: [trigger] }))),
    ),
  fc
    .tuple(fc.constantFrom("approved" as const, "denied" as const, "withdrawn" as const), who, nth)
    .map(([answer, name, index]) =>
      named(`${answer} ${index} for ${name}`, async (rig: Rig) => {
        const clip = clipAt(rig, index);
        // A refusal is an answer, too: the state of the door is what is looked at.
        if (clip) await rig.gate.answer(clip.id, name, answer, "cli").catch(() => {});
      }),
    ),
  fc
    .tuple(block, fc.option(block), fc.boolean())
    .map(([anna, ben, enabled]) =>
      named("another policy", (rig: Rig) =>
        rig.change([anna("anna"), ...(ben ? [ben("ben")] : [])], { sharing: { enabled } }),
      ),
    ),
  fc.constantFrom("", ...NAMES).map((scope) => named(`pause ${scope}`, (rig: Rig) => rig.gate.pause(scope, "cli"))),
  fc.constant(named("resume", (rig: Rig) => rig.gate.resume("cli"))),
  fc.boolean().map((trusted) =>
    named(`the clock is ${trusted ? "" : "not "}trusted`, async (rig: Rig) => {
      rig.trusted = trusted;
      await rig.gate.circumstancesChanged();
    }),
  ),
  fc.constant(named("the file is broken", (rig: Rig) => rig.gate.policyInvalid("line 3"))),
  fc.constantFrom("accepted" as const, "confirmed" as const, "unconfirmed" as const, "failed" as const).map((state) =>
    named(`the publisher says ${state}`, async (rig: Rig) => {
      const [first] = rig.media();
      if (first) await rig.gate.delivery({ type: "delivery", id: first.id, state });
    }),
  ),
  fc.constantFrom("none" as const, "part" as const, "all" as const).map((sent) =>
    named(`the publisher stopped, ${sent} sent`, async (rig: Rig) => {
      const asked = rig.last("take_down");
      if (asked) await rig.gate.takenDown({ type: "taken_down", id: asked.id, sent });
    }),
  ),
  fc.constant(named("the power fails", (rig: Rig) => rig.restart())),
  fc.constant(named("eleven hours pass", (rig: Rig) => rig.clock.advance(hours(11)).then(() => rig.gate.idle()))),
);

const dutiesOf = (rig: Rig, id: string): unknown =>
  rig.ledger.database.prepare("select duties from disclosure where disclosure_id = ?").pluck().get(id);

function look(rig: Rig): void {
  const out = rig.media();
  const committed = new Set(rig.entries("disclosure").map(({ ref }) => ref));
  for (const name of rig.names("new")) expect(committed).toContain(name.replace(".json", ""));
  expect(new Set(out.map(({ clip, recipient }) => `${clip} ${recipient}`)).size).toBe(out.length);
  for (const { id, clip, recipient, media } of out) {
    const to = rig.config.recipients.find(({ name }) => name === recipient);
    if (to?.encryption.kind === "age") {
      expect(media.encrypted).toBe(true);
      expect(dutiesOf(rig, id)).toContain(to.encryption.keys[0]);
    }
    const { effect, reasons } = rig.gate.explain(clip, recipient);
    expect([effect, reasons.map(({ text }) => text)], `${id} for ${recipient}`).toEqual(["permit", expect.anything()]);
    expect(rig.ledger.receiptOf(id)).toBeDefined();
  }
  if (rig.gate.door().type === "closed") expect(rig.names("new")).toEqual([]);
  expect(rig.alarms).toEqual([]);
}

test("in any order of events, only what is permitted at that moment stands in the door (§9.1)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 14 }), async (actions) => {
      const rig = await opened(config(NAMES.map((name) => recipient(name, { clips: "auto" }))));
      for (const act of actions) {
        await act(rig);
        look(rig);
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);

test("the same, when several things happen at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(action, { minLength: 2, maxLength: 4 }), { maxLength: 4 }), async (rounds) => {
      const rig = await opened(config(NAMES.map((name) => recipient(name, { clips: "auto" }))));
      for (const round of rounds) {
        // A power cut is not something that happens beside something else.
        const together = round.filter((act) => String(act) !== "the power fails");
        await Promise.all(together.map((act) => act(rig)));
        await rig.gate.idle();
        look(rig);
      }
    }),
    { numRuns: 40 },
  );
}, 120_000);
