// Which clips go, for their age or for room, as a table and for any vault.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  plan,
  type RetainedClip,
  type RetentionFacts,
  type RetentionPolicy,
  roomFor,
} from "../../../agent/vault/retention.ts";
import { DAY_MS } from "./vault-rig.ts";

const POLICY: RetentionPolicy = {
  keepMs: 7 * DAY_MS,
  keepUnsharedMs: 3 * DAY_MS,
  keepObjectedMs: DAY_MS,
  maxBytes: 1000,
};
const NOW = 100 * DAY_MS;
const facts = (more: Partial<RetentionFacts> = {}): RetentionFacts => ({
  agedMs: NOW,
  shared: () => false,
  waiting: () => false,
  otherBytes: 0,
  ...more,
});
let next = 1;
const clip = (ageDays: number, more: Partial<RetainedClip> = {}): RetainedClip => ({
  id: `clip ${next}`,
  state: "ready",
  sequence: next++,
  bytes: 1,
  pinned: false,
  objected: false,
  agedAtMs: NOW - ageDays * DAY_MS,
  ...more,
});

for (const { name, of, shared = false, rule } of [
  { name: "a clip nobody was sent stays for keep_unshared", of: clip(2.99), rule: undefined },
  { name: "a clip nobody was sent goes after keep_unshared", of: clip(3), rule: "keep_unshared" },
  { name: "a clip somebody was sent stays for keep", of: clip(6.99), shared: true, rule: undefined },
  { name: "a clip somebody was sent goes after keep", of: clip(7), shared: true, rule: "keep" },
  { name: "a clip objected to stays until keep_objected", of: clip(0.99, { objected: true }), rule: undefined },
  { name: "a clip objected to goes after keep_objected", of: clip(1, { objected: true }), rule: "keep_objected" },
  {
    name: "an objection counts for a clip that was sent, too",
    of: clip(1, { objected: true }),
    shared: true,
    rule: "keep_objected",
  },
  { name: "a pinned clip stays whatever its age", of: clip(1000, { pinned: true }), rule: undefined },
  {
    name: "no pin overrules an objection",
    of: clip(9, { pinned: true, objected: true }),
    rule: "keep_objected",
  },
  { name: "a clip that is being recorded is left alone", of: clip(1000, { state: "recording" }), rule: undefined },
  { name: "a quarantined clip goes like any other", of: clip(3, { state: "quarantined" }), rule: "keep_unshared" },
  { name: "a clip whose age is not known has none", of: { ...clip(0), agedAtMs: undefined }, rule: undefined },
] as const)
  test(name, () => {
    const { agedAtMs, ...rest } = of;
    const one = agedAtMs === undefined ? rest : { ...rest, agedAtMs };

    expect(plan([one], POLICY, facts({ shared: () => shared })).map((deletion) => deletion.rule)).toEqual(
      rule ? [rule] : [],
    );
  });

test("keep is the longest that any clip stays, even if keep_unshared says more", () => {
  const policy = { ...POLICY, keepUnsharedMs: 30 * DAY_MS };

  expect(plan([clip(8)], policy, facts()).map(({ rule }) => rule)).toEqual(["keep"]);
});

test("too many bytes: the oldest that nobody was sent go first, then the oldest of the others, then no more", () => {
  const [sentOld, old, sentNew, young] = [clip(2), clip(1.9), clip(1), clip(0.5)].map((one) => ({
    ...one,
    bytes: 400,
  }));
  const all = [young!, sentNew!, sentOld!, old!];
  const shared = (id: string): boolean => id === sentOld!.id || id === sentNew!.id;
  const gone = (maxBytes: number): readonly string[] =>
    plan(all, { ...POLICY, maxBytes }, facts({ shared })).map(({ id }) => id);

  expect(gone(1600)).toEqual([]);
  expect(gone(1599)).toEqual([old!.id]);
  expect(gone(1000)).toEqual([old!.id, young!.id]);
  expect(gone(400)).toEqual([old!.id, young!.id, sentOld!.id]);
  expect(gone(0)).toEqual([old!.id, young!.id, sentOld!.id, sentNew!.id]);
});

test("what waits in the spool counts against max_bytes", () => {
  const only = clip(0, { bytes: 600 });

  expect(plan([only], POLICY, facts({ otherBytes: 400 }))).toEqual([]);
  expect(plan([only], POLICY, facts({ otherBytes: 401 }))).toEqual([{ id: only.id, bytes: 600, rule: "max_bytes" }]);
});

test("a clip that goes for its age makes room: nothing else goes for its size", () => {
  const [old, young] = [clip(5, { bytes: 900 }), clip(0, { bytes: 900 })];

  expect(plan([old, young], POLICY, facts()).map(({ id }) => id)).toEqual([old.id]);
});

test("room is made with the oldest clips, and pins are not broken for it", () => {
  const [pinned, old, young] = [clip(3, { pinned: true, bytes: 50 }), clip(2, { bytes: 50 }), clip(1, { bytes: 50 })];

  expect(roomFor([young, old, pinned], 51, facts()).map(({ id }) => id)).toEqual([old.id, young.id]);
  expect(roomFor([young, old, pinned], 0, facts())).toEqual([]);
});

test("what is on its way to somebody is not given up for room or for size, and goes for its age all the same", () => {
  const [old, waits, young] = [clip(3, { bytes: 400 }), clip(2, { bytes: 400 }), clip(1, { bytes: 400 })];
  const clips = [old, waits, young];
  const waiting = (id: string): boolean => id === waits.id;
  const gone = (deletions: ReturnType<typeof plan>): string[] => deletions.map(({ id }) => id);

  expect(gone(roomFor(clips, 1200, facts({ waiting })))).toEqual([old.id, young.id]);
  expect(gone(plan(clips, { ...POLICY, maxBytes: 0 }, facts({ waiting })))).toEqual([old.id, young.id]);
  expect(gone(plan([waits], POLICY, facts({ waiting, agedMs: NOW + 5 * DAY_MS, shared: waiting })))).toEqual([
    waits.id,
  ]);
});

const anyClip = fc.record({
  ageDays: fc.double({ min: 0, max: 20, noNaN: true }),
  shared: fc.boolean(),
  facts: fc.record({
    bytes: fc.integer({ min: 1, max: 500 }),
    pinned: fc.boolean(),
    objected: fc.boolean(),
    state: fc.constantFrom("recording", "ready", "quarantined", "deleted"),
  }),
});

test("for any vault: pins and recordings stay, nothing goes twice, and what is left is young enough and small enough", () => {
  fc.assert(
    fc.property(fc.array(anyClip, { maxLength: 30 }), fc.integer({ min: 0, max: 3000 }), (drawn, maxBytes) => {
      const clips = drawn.map(({ ageDays, facts }) => clip(ageDays, facts));
      const sharedIds = new Set(clips.filter((_, n) => drawn[n]!.shared).map(({ id }) => id));
      const deletions = plan(clips, { ...POLICY, maxBytes }, facts({ shared: (id) => sharedIds.has(id) }));
      const gone = new Set(deletions.map(({ id }) => id));
      expect(gone.size).toBe(deletions.length);
      const left = clips.filter(({ id, state }) => !gone.has(id) && state !== "deleted");
      const free = left.filter(({ pinned, state }) => !pinned && state !== "recording");
      const spared = clips.filter(({ pinned, objected, state }) => (pinned && !objected) || state === "recording");
      expect(spared.filter(({ id }) => gone.has(id))).toEqual([]);
      const objected = left.filter(({ objected, state }) => objected && state !== "recording");
      for (const one of objected) expect(NOW - one.agedAtMs!).toBeLessThan(POLICY.keepObjectedMs);
      for (const one of free) expect(NOW - one.agedAtMs!).toBeLessThan(POLICY.keepMs);
      const bytes = left.reduce((sum, one) => sum + one.bytes, 0);
      expect(bytes <= maxBytes || free.length === 0).toBe(true);
    }),
  );
});

test("a stricter policy deletes at least what a laxer one does", () => {
  fc.assert(
    fc.property(
      fc.array(anyClip, { maxLength: 20 }),
      fc.record({ keep: fc.nat(20), unshared: fc.nat(20), objected: fc.nat(20) }),
      fc.record({ keep: fc.nat(5), unshared: fc.nat(5), objected: fc.nat(5) }),
      (drawn, lax, less) => {
        const clips = drawn.map(({ ageDays, facts }) => clip(ageDays, facts));
        const shared = new Set(clips.filter((_, n) => drawn[n]!.shared).map(({ id }) => id));
        const gone = (keep: number, unshared: number, objected: number): Set<string> => {
          const policy = {
            keepMs: keep * DAY_MS,
            keepUnsharedMs: unshared * DAY_MS,
            keepObjectedMs: objected * DAY_MS,
            maxBytes: 1e9,
          };
          return new Set(plan(clips, policy, facts({ shared: (id) => shared.has(id) })).map(({ id }) => id));
        };
        const [few, more] = [
          gone(lax.keep, lax.unshared, lax.objected),
          gone(lax.keep - less.keep, lax.unshared - less.unshared, lax.objected - less.objected),
        ];
        expect([...few].filter((id) => !more.has(id))).toEqual([]);
      },
    ),
  );
});
