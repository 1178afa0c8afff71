// Who is served next, how a clip is cut, how long we wait, what a broken connection teaches: rules without a network.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseAcknowledgement } from "../../../agent/publisher/acknowledgement.ts";
import { pauseAfter, slowPause } from "../../../agent/publisher/back-off.ts";
import { type Candidate, choose, type Situation } from "../../../agent/publisher/delivery-plan.ts";
import { Lanes } from "../../../agent/publisher/lanes.ts";
import { afterAccepted, afterTooLarge, NOTHING_LEARNED } from "../../../agent/publisher/limits.ts";
import { LARGEST_PACKET } from "../../../agent/publisher/packet.ts";
import {
  dataMessage,
  fits,
  missingSteps,
  modeOf,
  partMessage,
  partRange,
  pictureMessage,
  pictureReceiptMessage,
  type Setting,
  stepsOf,
} from "../../../agent/publisher/transfer.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { mediaDisclosure, newId } from "../spool/samples.ts";

const candidate = (id: string, recipient: string, change: Partial<Candidate> = {}): Candidate => {
  const { stage = 0, passed = stage, ...more } = change;
  return { id, recipient, urgency: 3, busy: false, weight: stage === 0 ? 100_000 : 0, ...more, stage, passed };
};
const calm: Situation = {
  places: 16,
  underWay: 0,
  onTrial: false,
  room: Infinity,
  proven: 1_000_000,
  served: new Map(),
};
const lanesOf = (all: readonly Candidate[]): Lanes<Candidate> => {
  const lanes = new Lanes<Candidate>();
  for (const each of all) lanes.add(each);
  return lanes;
};
/** Its media is with the broker, or its last message: `stage` is still unanswered. */
const sent = (stage: number): Partial<Candidate> => ({ busy: true, stage, passed: stage + 1 });
const bell = { urgency: 0, weight: 0 } as const;

interface Choice {
  readonly name: string;
  readonly chosen: string | undefined;
  readonly all: readonly Candidate[];
  readonly when?: Partial<Situation>;
}

const CHOICES: readonly Choice[] = [
  {
    name: "the bell comes before a clip that was there first",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "anna", bell)],
  },
  {
    name: "a still comes before a clip",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "ben", { urgency: 1 })],
  },
  {
    name: "a preview comes before a clip",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "ben", { urgency: 2 })],
  },
  {
    name: "and after a still",
    chosen: "2",
    all: [candidate("1", "anna", { urgency: 2 }), candidate("2", "ben", { urgency: 1 })],
  },
  {
    name: "the older of a recipient's clips goes first, whichever was found first",
    chosen: "1",
    all: [candidate("2", "anna"), candidate("1", "anna")],
  },
  {
    name: "nobody overtakes the clip that has no place on the wire yet",
    chosen: undefined,
    all: [candidate("1", "anna", { busy: true }), candidate("2", "anna")],
  },
  {
    name: "a clip goes while the broker's word about the one before it is still to come",
    chosen: "2",
    all: [candidate("1", "anna", sent(0)), candidate("2", "anna")],
    when: { underWay: 1, room: 900_000 },
  },
  {
    name: "the receipt of an older clip goes before a younger clip",
    chosen: "1",
    all: [candidate("1", "anna", { stage: 1 }), candidate("2", "anna")],
  },
  {
    name: "no manifest overtakes that of an older clip",
    chosen: undefined,
    all: [candidate("1", "anna", { busy: true, stage: 2 }), candidate("2", "anna", { stage: 2 })],
  },
  {
    name: "a manifest follows that of an older clip",
    chosen: "2",
    all: [candidate("1", "anna", sent(2)), candidate("2", "anna", { stage: 2 })],
  },
  {
    name: "a second still waits until all of the first is answered for",
    chosen: undefined,
    all: [
      candidate("1", "anna", { urgency: 1, busy: true, stage: 1, passed: 0 }),
      candidate("2", "anna", { urgency: 1 }),
    ],
  },
  {
    name: "who has waited longest is served next",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "ben")],
    when: { served: new Map([["anna", 1]]) },
  },
  {
    name: "media waits when what is not answered yet weighs enough",
    chosen: undefined,
    all: [candidate("1", "anna")],
    when: { room: 99_999 },
  },
  {
    name: "what is larger than anything the broker took goes when nothing else is under way",
    chosen: "1",
    all: [candidate("1", "anna", { weight: 1_000_001 })],
  },
  {
    name: "and not before",
    chosen: undefined,
    all: [candidate("1", "anna", { weight: 1_000_001 })],
    when: { underWay: 1 },
  },
  {
    name: "and others' clips do not keep it waiting for ever",
    chosen: undefined,
    all: [candidate("1", "anna", { weight: 1_000_001 }), candidate("2", "ben")],
    when: { underWay: 1, served: new Map([["ben", 1]]) },
  },
  {
    name: "nor one that waits for room",
    chosen: undefined,
    all: [candidate("1", "anna", { weight: 500_000 }), candidate("2", "ben", { weight: 1_000 })],
    when: { underWay: 1, room: 100_000, served: new Map([["ben", 1]]) },
  },
  {
    name: "while what is under way goes on to its end",
    chosen: "2",
    all: [candidate("1", "anna", { weight: 1_000_001 }), candidate("2", "ben", { stage: 1 })],
    when: { underWay: 1, served: new Map([["ben", 1]]) },
  },
  {
    name: "nothing joins a message on trial",
    chosen: undefined,
    all: [candidate("1", "anna", { stage: 1 })],
    when: { onTrial: true, underWay: 1 },
  },
  {
    name: "nothing but the bell",
    chosen: "2",
    all: [candidate("1", "anna", { stage: 1 }), candidate("2", "ben", bell)],
    when: { onTrial: true, underWay: 1 },
  },
  {
    name: "the last place is kept for what is urgent",
    chosen: undefined,
    all: [candidate("1", "anna", { stage: 1 })],
    when: { underWay: 15 },
  },
  { name: "which takes it", chosen: "1", all: [candidate("1", "anna", bell)], when: { underWay: 15 } },
  {
    name: "a broker that takes one message at a time gets clips all the same",
    chosen: "1",
    all: [candidate("1", "anna")],
    when: { places: 1 },
  },
  {
    name: "nothing goes when the broker takes no more",
    chosen: undefined,
    all: [candidate("1", "anna", bell)],
    when: { underWay: 16 },
  },
];

for (const { name, chosen, all, when } of CHOICES)
  test(`next: ${name}`, () => {
    expect(choose(lanesOf(all), { ...calm, ...when })?.id).toBe(chosen);
  });

test("however many clips wait for however many people, nobody gets a second before everybody had a first", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("anna", "ben", "carl", "dora"), { minLength: 1, maxLength: 40 }),
      (recipients) => {
        const lanes = lanesOf(recipients.map((name, at) => candidate(String(at).padStart(3, "0"), name)));
        const served = new Map<string, number>();
        const order: Candidate[] = [];
        for (let turn = 1; turn <= recipients.length; turn++) {
          const next = choose(lanes, { ...calm, served })!;
          served.set(next.recipient, turn);
          lanes.remove(next);
          order.push(next);
        }
        expect(Array.from(lanes)).toEqual([]);
        const people = new Set(recipients).size;
        expect(new Set(order.slice(0, people).map(({ recipient }) => recipient)).size).toBe(people);
        for (const name of recipients) {
          const own = order.filter(({ recipient }) => recipient === name).map(({ id }) => id);
          expect(own).toEqual([...own].sort());
        }
      },
    ),
  );
});

const setting = (limit: number, protocol: 4 | 5 = 5): Setting => ({
  device: "porch",
  protocol,
  limit,
  now: Date.parse("2026-11-22T12:00:00Z") as WallTime,
});

test("no message that is planned is larger than the broker takes, and the parts are the whole", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60_000_000 }),
      fc.integer({ min: 8_192, max: 70_000_000 }),
      fc.constantFrom<(4 | 5)[]>(4, 5),
      (bytes, limit, protocol) => {
        const disclosure = {
          ...mediaDisclosure(Buffer.from("x")),
          media: { ...mediaDisclosure(Buffer.from("x")).media, bytes },
        };
        const where = setting(limit, protocol);
        const mode = modeOf(disclosure, where);
        expect(mode.mode === "single").toBe(fits(dataMessage(disclosure, where), bytes, where));
        if (mode.mode === "single") return;
        let sum = 0;
        for (const n of [0, mode.count - 1]) {
          const { length } = partRange(bytes, mode.partBytes, n);
          expect(length).toBeGreaterThan(0);
          expect(fits(partMessage(disclosure, mode, n, "0".repeat(64), where), length, where)).toBe(true);
        }
        for (let n = 0; n < mode.count; n++) sum += partRange(bytes, mode.partBytes, n).length;
        expect(sum).toBe(bytes);
      },
    ),
  );
});

test("parts that the broker has are not planned again, and a receiver gets the ones it names", () => {
  const mode = { mode: "parts", partBytes: 10, count: 4 } as const;
  const kinds = (steps: ReturnType<typeof stepsOf>): string[] =>
    steps.map((step) => (step.kind === "part" ? `part ${step.n}` : step.kind));
  expect(kinds(stepsOf("clip", mode, [0, 2]))).toEqual(["part 1", "part 3", "receipt", "manifest", "ready"]);
  expect(kinds(stepsOf("clip", { mode: "single" }, [], true))).toEqual(["data", "receipt", "manifest"]);
  expect(kinds(missingSteps(mode, [3, 99]))).toEqual(["part 3", "receipt", "manifest"]);
  expect(kinds(missingSteps({ mode: "single" }, [0]))).toEqual(["data", "receipt", "manifest"]);
  expect(kinds(missingSteps({ mode: "single" }, []))).toEqual(["receipt", "manifest"]);
  for (const kind of ["still", "preview"] as const)
    expect(kinds(stepsOf(kind, { mode: "single" }))).toEqual(["picture", "picture receipt"]);
});

test("a still is retained with its receipt, and a preview is not", () => {
  const setting = { device: "porch", protocol: 5, limit: LARGEST_PACKET, now: 0 as WallTime } as const;
  const heads = (["still", "preview"] as const).flatMap((kind) => {
    const disclosure = { ...mediaDisclosure(new Uint8Array(9), { kind }), kind };
    return [pictureMessage(disclosure, setting), pictureReceiptMessage(disclosure, setting)];
  });
  expect(heads.map(({ topic, retain, contentType }) => [topic, retain, contentType])).toEqual([
    ["doorstep/porch/anna/latest/still", true, "image/jpeg"],
    ["doorstep/porch/anna/latest/receipt", true, "application/jose"],
    ["doorstep/porch/anna/latest/preview", false, "image/webp"],
    ["doorstep/porch/anna/latest/preview-receipt", false, "application/jose"],
  ]);
});

test("a limit is halved down to what was once accepted, and never below what every broker takes", () => {
  expect(afterTooLarge(NOTHING_LEARNED, 5_000_000)).toEqual({ accepted: 0, limit: 2_500_000 });
  expect(afterTooLarge({ accepted: 4_000_000 }, 5_000_000)).toEqual({ accepted: 4_000_000, limit: 4_000_000 });
  const known = { accepted: 5_000_000 };
  expect(afterTooLarge(known, 5_000_000)).toBe(known);
  expect(afterTooLarge({ accepted: 0, limit: 9_216 }, 9_000)).toEqual({ accepted: 0, limit: 9_216 });
  expect(afterAccepted(NOTHING_LEARNED, 7)).toEqual({ accepted: 7 });
});

test("fifty doorbells that lost their broker come back spread over the pause, none at once", () => {
  const times = Array.from({ length: 50 }, (_, n) => pauseAfter(1, n / 50)).sort((a, b) => a - b);
  expect(times[0]).toBe(500);
  expect(times.at(-1)!).toBeGreaterThan(1_400);
  expect([1, 2, 3, 10, 1000].map((failures) => pauseAfter(failures, 0.5))).toEqual([
    1_000, 2_000, 4_000, 60_000, 60_000,
  ]);
  expect(slowPause(0)).toBeGreaterThan(60_000);
});

test("a receiver's word is one of three, and everything else is nothing", () => {
  const clip = newId();
  const said = (value: unknown) => parseAcknowledgement(Buffer.from(JSON.stringify(value)));
  for (const word of [
    { v: 1, type: "hello" },
    { v: 1, type: "arrived", clip, sha256: "0".repeat(64) },
    { v: 1, type: "missing", clip, parts: [0, 3, 17] },
  ])
    expect(said(word)).toEqual(word);
  for (const word of [
    null,
    { v: 1 },
    { v: 2, type: "hello" },
    { v: 1, type: "hello", force: true },
    { v: 1, type: "arrived", clip },
    { v: 1, type: "missing", clip, parts: [-1] },
    { v: 1, type: "missing", clip, parts: Array.from({ length: 1001 }, (_, n) => n) },
  ])
    expect(said(word)).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => parseAcknowledgement(noise) === undefined));
});
