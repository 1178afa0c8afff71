// Promise 5 as a property: whatever a request says, and however urgently, every decision is what it was.
import fc from "fast-check";
import { expect, test } from "vitest";
import { InboundDesk } from "../../../agent/inbound-desk.ts";
import { InboundAnswers } from "../../../agent/consent/inbound-answers.ts";
import { REQUEST_KINDS } from "../../../agent/consent/request-text.ts";
import { Requests } from "../../../agent/consent/requests.ts";
import { milliseconds, minutes, rfc3339, type WallTime } from "../../../drivers/clock/clock.ts";
import { config, opened, recipient } from "./rig.ts";

const request = fc.record(
  {
    v: fc.constantFrom(1, 2, "1"),
    kind: fc.constantFrom(...REQUEST_KINDS, "override"),
    from: fc.oneof(fc.constantFrom("police", "anna", "ben", "owner", "doorstep"), fc.string({ maxLength: 90 })),
    why: fc.oneof(fc.constantFrom("EMERGENCY", "court order", "approved"), fc.string({ maxLength: 200 })),
    legal_basis: fc.string({ maxLength: 60 }),
    emergency: fc.oneof(fc.boolean(), fc.constant("yes"), fc.constant(1)),
    recipient: fc.constantFrom("anna", "police"),
    answer: fc.constant("approved"),
    clip: fc.constant("01000000000000000000000001"),
  },
  { requiredKeys: [] },
);
const wellFormed = fc.record({
  v: fc.constant(1),
  kind: fc.constantFrom(...REQUEST_KINDS),
  from: fc.constantFrom("police", "anna", "ben", "owner"),
  why: fc.constantFrom("EMERGENCY", "court order", "approved", ""),
  emergency: fc.boolean(),
});
const payload = fc.oneof(
  { weight: 4, arbitrary: wellFormed.map((each) => JSON.stringify(each)) },
  { weight: 8, arbitrary: request.map((each) => JSON.stringify(each)) },
  fc.string(),
);

test("no request, urgent or not, changes what is decided about any clip for anybody (§2.5, §10.3.4)", async () => {
  const policy = config(
    [recipient("anna"), recipient("ben", { clips: "never" }), recipient("carl", { clips: "auto" })],
    {
      requests: { accept: true },
    },
  );
  const rig = await opened(policy);
  const clip = rig.clip();
  await rig.gate.consider(clip);
  const requests = new Requests(rig.ledger, rig.clock, () => true);
  const find = (id: string) => rig.clips.get(id);
  const { gate, ledger, clock } = rig;
  const answers = new InboundAnswers({
    ...{ gate, ledger, clock, clips: { find }, config: () => policy, clockTrusted: () => true },
  });
  const desk = new InboundDesk({
    ...{ clock, rooms: () => ({ gate, answers, requests }), config: () => policy },
    onAnswer: () => {},
    onFault: (error) => expect.fail(String(error)),
  });
  const standing = (): unknown => [
    ["anna", "ben", "carl", "police"].map((name) => gate.explain(clip.id, name)),
    ...[rig.shares(clip), rig.media(), rig.events(), gate.door(), rig.said],
  ];
  const before = JSON.stringify(standing());

  await fc.assert(
    fc.asyncProperty(payload, async (text) => {
      const stored = desk.receive("request", Buffer.from(text));
      await clock.advance(milliseconds(250));
      await stored;
      const after = JSON.stringify(standing());
      clock.step(rfc3339((clock.wall() + minutes(5)) as WallTime));
      return after.replaceAll(/"at":\d+/g, "") === before.replaceAll(/"at":\d+/g, "");
    }),
    { numRuns: 400 },
  );
  const emergencies = requests.list().map(({ emergency }) => emergency);
  expect([emergencies.includes(true), emergencies.includes(false)]).toEqual([true, true]);
});
