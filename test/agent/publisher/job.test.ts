// The outbox over days and against every answer that a broker or a receiver can give.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { days, hours, minutes, seconds } from "../../../drivers/clock/clock.ts";
import type { Outcome } from "../../../agent/publisher/connection.ts";
import { RecordStore } from "../../../agent/publisher/records.ts";
import { ACCEPTED, UNHEARD, rig } from "./delivery-rig.ts";

test("a clip that a plain subscriber took is filed as unconfirmed after a day, and never sent twice", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    expect(rig.states(id)).toEqual(["accepted"]);

    await rig.clock.advance(hours(23));
    expect(rig.states(id)).toEqual(["accepted"]);
    await rig.clock.advance(hours(2));

    expect(rig.states(id)).toEqual(["accepted", "unconfirmed"]);
    expect(rig.sent).toEqual(["data", "receipt", "manifest", "event/clip"]);
  }));

test("a clip for nobody is tried six times in a day with growing pauses, then filed with the reason", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    rig.answer = (leaf) => (leaf === "data" ? UNHEARD : ACCEPTED);
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    for (let minute = 0; minute < 25 * 60; minute += 10) {
      await rig.clock.advance(minutes(10));
      await rig.settle();
    }
    expect(rig.states(id)).toEqual(["unheard", "unconfirmed DELIVERY_UNHEARD"]);
    expect(rig.sent.every((leaf) => leaf === "data")).toBe(true);
    expect(rig.sent.length).toBeLessThanOrEqual(9);
  }));

test("a clip for nobody that is tried again all day is not written about at each try, and what a stop writes is exact", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    rig.answer = () => UNHEARD;
    const onCard = (): string => readFileSync(join(rig.remembers, "deliveries.jsonl"), "utf8");
    const tried = async (): Promise<void> => {
      const before = rig.sent.length;
      for (let minute = 0; rig.sent.length === before; minute++) {
        expect(minute).toBeLessThan(24 * 60);
        await rig.clock.advance(minutes(1));
        await rig.settle();
      }
    };
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    await tried();
    const soon = onCard();
    await tried();
    await tried();
    await tried();
    expect(onCard()).toBe(soon);
    // Killed now, it may have been under way.
    expect(new RecordStore(rig.remembers).get(id)).toMatchObject({ state: "waiting", unsure: true });

    await rig.delivery.close();

    expect(new RecordStore(rig.remembers).get(id)).toMatchObject({ state: "waiting", unsure: false, unheard: 5 });
  }));

test("a receiver that only listens to the clip itself has heard it, though nobody hears the rest", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    rig.answer = (leaf) => (leaf === "data" ? ACCEPTED : UNHEARD);
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    expect(rig.states(id)).toEqual(["accepted"]);
  }));

test("a receiver's word that comes before the last message went still counts", () =>
  rig(async (rig) => {
    const { id, clip, media } = await rig.state.spool();
    rig.answer = (leaf) => {
      if (leaf === "manifest") rig.delivery.acknowledged("anna", { v: 1, type: "arrived", clip, sha256: media.sha256 });
      return ACCEPTED;
    };
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    expect(rig.states(id)).toEqual(["confirmed"]);
    expect(rig.sent.at(-1)).toBe("event/clip");
  }));

test("nobody confirms a clip that was sent to another, with another hash, or not yet at all", () =>
  rig(async (rig) => {
    const { id, clip, media } = await rig.state.spool();
    await rig.delivery.refresh();
    rig.delivery.acknowledged("anna", { v: 1, type: "arrived", clip, sha256: media.sha256 });
    rig.begin();
    await rig.settle();
    rig.delivery.acknowledged("ben", { v: 1, type: "arrived", clip, sha256: media.sha256 });
    rig.delivery.acknowledged("anna", { v: 1, type: "arrived", clip, sha256: "0".repeat(64) });
    await rig.settle();
    expect(rig.states(id)).toEqual(["accepted"]);
  }));

test("hello brings an unconfirmed clip again, after a pause for what is on its way, three times at most", () =>
  rig(async (rig) => {
    const { clip } = await rig.state.spool();
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    for (let n = 0; n < 6; n++) {
      rig.delivery.acknowledged("anna", { v: 1, type: "hello" });
      await rig.settle();
      expect(rig.sent.filter((leaf) => leaf === "data").length).toBe(Math.min(1 + n, 4));
      await rig.clock.advance(seconds(11));
      await rig.settle();
    }
    expect(rig.sent.filter((leaf) => leaf === "data").length).toBe(4);
    expect(rig.sent.filter((leaf) => leaf === "event/clip").length).toBe(1);
    expect(clip).toMatch(/^[0-9a-z]{26}$/);
  }));

test("what the broker acknowledges and does not pass on is sent in smaller messages, to that recipient alone", () =>
  rig(async (rig) => {
    const clip = await rig.state.spool(Buffer.alloc(400_000));
    const missing = (...parts: number[]): void =>
      rig.delivery.acknowledged("anna", { v: 1, type: "missing", clip: clip.clip, parts });
    const again = async (say: () => unknown): Promise<string[]> => {
      rig.sent.length = 0;
      await say();
      await rig.settle();
      return rig.sent.filter((leaf) => /data|part/.test(leaf));
    };
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();

    // It may have been lost in a queue that was full.
    expect(await again(() => missing(0))).toEqual(["data"]);
    expect(await again(() => missing(0))).toEqual(["part/0", "part/1", "part/2"]);
    // Some have come: this size does.
    expect(await again(() => missing(1, 2))).toEqual(["part/1", "part/2"]);
    expect(rig.ways.get("anna")).toEqual({ limit: 200_000, accepted: 0 });

    // The next goes in that size at once, and nobody else's does.
    await rig.state.spool(Buffer.alloc(400_000));
    await rig.state.spool(Buffer.alloc(400_000), { recipient: "ben" });
    const next = await again(() => rig.delivery.refresh());
    expect(next.toSorted()).toEqual(["data", "part/0", "part/1", "part/2"]);
  }));

test("a clip that never arrives, in whatever size, is filed with the reason", () =>
  rig(async (rig) => {
    const clip = await rig.state.spool(Buffer.alloc(400_000));
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    const parts = Array.from({ length: 1_000 }, (_, n) => n);
    for (let asks = 0; asks < 20; asks++) {
      rig.delivery.acknowledged("anna", { v: 1, type: "missing", clip: clip.clip, parts });
      await rig.settle();
    }
    expect(rig.ways.get("anna")!.limit).toBe(9_216);
    await rig.clock.advance(hours(25));
    expect(rig.states(clip.id)).toEqual(["accepted", "unconfirmed DELIVERY_SWALLOWED"]);
  }));

test("whatever the broker answers, every clip comes to an end, and none is sent more often than was promised", async () => {
  const outcome = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Outcome>(ACCEPTED) },
    { weight: 2, arbitrary: fc.constant<Outcome>(UNHEARD) },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Outcome>(
        { kind: "lost", left: "none" },
        { kind: "lost", left: "part" },
        { kind: "lost", left: "all" },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Outcome>({ kind: "refused", reason: 0x97 }, { kind: "refused", reason: 0x87 }),
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(outcome), fc.boolean(), async (outcomes, parts) => {
      await rig(async (rig) => {
        const clips = [
          await rig.state.spool(Buffer.alloc(30_000)),
          await rig.state.spool(Buffer.alloc(30_000), { recipient: "ben" }),
        ];
        rig.answer = () => outcomes.next().value as Outcome;
        await rig.delivery.refresh();
        rig.begin(parts ? 11_024 : undefined);
        for (let n = 0; n < 60; n++) {
          await rig.clock.advance(minutes(30));
          await rig.settle();
        }
        await rig.clock.advance(days(1));
        await rig.settle();
        for (const { id } of clips) expect(["unconfirmed", "failed"]).toContain(rig.states(id).at(-1)?.split(" ")[0]);
        expect(rig.sent.length).toBeLessThan(2 * 4 * 40);
      });
    }),
    { numRuns: 15 },
  );
});
