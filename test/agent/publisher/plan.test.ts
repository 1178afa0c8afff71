// Who is served next, how a clip is cut, how long we wait, what a broken connection teaches: rules without a network.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseAcknowledgement } from "../../../agent/publisher/acknowledgement.ts";
import { pauseAfter, slowPause } from "../../../agent/publisher/back-off.ts";
import { type Candidate, choose } from "../../../agent/publisher/delivery-plan.ts";
import { afterAccepted, afterTooLarge, NOTHING_LEARNED } from "../../../agent/publisher/limits.ts";
import {
  dataMessage,
  fits,
  missingSteps,
  modeOf,
  partMessage,
  partRange,
  type Setting,
  stepsOf,
} from "../../../agent/publisher/transfer.ts";
import { mediaDisclosure, newId } from "../spool/samples.ts";

const candidate = (id: string, recipient: string, change: Partial<Candidate> = {}): Candidate => ({
  id,
  recipient,
  urgency: 2,
  busy: false,
  ready: true,
  heavy: true,
  ...change,
});
const calm = { free: 4, heavyUnderWay: false, served: new Map<string, number>() };

const CHOICES = [
  {
    name: "the bell comes before a clip that was there first",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "anna", { urgency: 0, heavy: false })],
  },
  {
    name: "a still comes before a clip",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "ben", { urgency: 1 })],
  },
  {
    name: "the older of a recipient's clips goes first",
    chosen: "1",
    all: [candidate("1", "anna"), candidate("2", "anna")],
  },
  {
    name: "nobody overtakes the clip that is under way to the same recipient",
    chosen: undefined,
    all: [candidate("1", "anna", { busy: true }), candidate("2", "anna")],
  },
  {
    name: "a clip that waits for its time holds up no other",
    chosen: "2",
    all: [candidate("1", "anna", { ready: false }), candidate("2", "anna")],
  },
  {
    name: "who has waited longest is served next",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "ben")],
    served: [["anna", 1]],
  },
  {
    name: "one large message at a time",
    chosen: "2",
    all: [candidate("1", "anna"), candidate("2", "ben", { heavy: false })],
    heavyUnderWay: true,
  },
  { name: "nothing goes when the broker takes no more", chosen: undefined, all: [candidate("1", "anna")], free: 0 },
] as const;

for (const { name, chosen, all, ...situation } of CHOICES)
  test(name, () => {
    const served = new Map<string, number>("served" in situation ? situation.served : []);
    expect(choose(all, { ...calm, ...situation, served })?.id).toBe(chosen);
  });

test("however many clips wait for however many people, nobody gets a second before everybody had a first", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("anna", "ben", "carl", "dora"), { minLength: 1, maxLength: 40 }),
      (recipients) => {
        const waiting = recipients.map((recipient, at) => candidate(String(at).padStart(3, "0"), recipient));
        const served = new Map<string, number>();
        const order: Candidate[] = [];
        for (let turn = 1; waiting.length > 0; turn++) {
          const next = choose(waiting, { ...calm, served })!;
          served.set(next.recipient, turn);
          waiting.splice(waiting.indexOf(next), 1);
          order.push(next);
        }
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
  now: Date.parse("2026-11-22T12:00:00Z"),
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
  expect(kinds(stepsOf("still", { mode: "single" }))).toEqual(["still", "still receipt"]);
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
