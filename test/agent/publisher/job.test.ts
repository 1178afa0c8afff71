// The outbox over days and against every answer a broker can give, on a clock that is told the time.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { days, hours, minutes, rfc3339, seconds, type WallTime } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import type { Outcome } from "../../../agent/publisher/connection.ts";
import { Delivery, type Report } from "../../../agent/publisher/delivery.ts";
import { afterSwallowed, type Learned, NOTHING_LEARNED } from "../../../agent/publisher/limits.ts";
import type { Outgoing } from "../../../agent/publisher/packet.ts";
import { RecordStore } from "../../../agent/publisher/records.ts";
import type { Line } from "../../../agent/publisher/session.ts";
import { SpoolReader } from "../../../agent/spool/reader.ts";
import type { MediaDisclosure } from "../../../agent/spool/disclosure.ts";
import { FIRST_WINDOW_BYTES } from "../../../agent/publisher/window.ts";
import { TemporaryState } from "../spool/samples.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "doorstep-records-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Answer = (leaf: string, message: Outgoing, stop: AbortSignal) => Outcome | Promise<Outcome>;
const ACCEPTED: Outcome = { kind: "accepted" };
const UNHEARD: Outcome = { kind: "unheard" };

/** A delivery with a broker that answers as told. */
class Rig {
  readonly clock = new SimulatedClock("2026-11-22T12:00:00Z");
  readonly reports: Report[] = [];
  readonly sent: string[] = [];
  readonly remembers = mkdtempSync(join(directory, "r-"));
  readonly records = new RecordStore(this.remembers);
  readonly state: TemporaryState;
  delivery: Delivery;
  answer: Answer = () => ACCEPTED;
  heard = true;
  /** What was learned of the way to each recipient. */
  readonly ways = new Map<string, Learned>();
  /** The largest packet this broker has taken, as it were. */
  proven = 0;

  constructor(state: TemporaryState) {
    this.state = state;
    this.delivery = this.restart();
  }

  restart(): Delivery {
    const { clock, records } = this;
    const report = (report: Report): boolean => {
      this.reports.push(report);
      return this.heard;
    };
    this.delivery = new Delivery({
      clock,
      records,
      report,
      onFault: () => {},
      reader: new SpoolReader(this.state.writer.root),
    });
    return this.delivery;
  }

  line(limit = 268_435_460): Line {
    return {
      protocol: 5,
      limitFor: (recipient) => Math.min(limit, this.ways.get(recipient)?.limit ?? limit),
      swallowed: (recipient, bytes) =>
        void this.ways.set(recipient, afterSwallowed(this.ways.get(recipient) ?? NOTHING_LEARNED, bytes)),
      places: 4,
      proven: this.proven,
      publish: async (message, body, stop) => {
        const leaf = message.topic.split("/").slice(5).join("/") || message.topic.split("/").slice(3).join("/");
        if (stop?.aborted) return { kind: "lost", left: "none" };
        if (!(body instanceof Uint8Array)) for await (const _ of body.chunks());
        this.sent.push(leaf);
        return this.answer(leaf, message, stop!);
      },
    };
  }

  begin(limit?: number): void {
    this.delivery.begin(this.line(limit), "porch");
  }

  states(id: string): string[] {
    return this.reports
      .filter((report) => report.id === id)
      .map(({ state, code }) => (code === undefined ? state : `${state} ${code}`));
  }

  /** Lets what is ready happen, to its end. */
  async settle(): Promise<void> {
    await this.delivery.settled();
    await this.clock.advance(seconds(0));
    await this.delivery.settled();
  }

  /** Resolves when so many messages were sent, answered or not. */
  async until(count: number): Promise<void> {
    while (this.sent.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function rig(work: (rig: Rig) => Promise<void>): Promise<void> {
  await using state = await TemporaryState.create();
  const rig = new Rig(state);
  try {
    await work(rig);
  } finally {
    await rig.delivery.close();
  }
}

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

test("a connection that breaks between parts goes on with the next part, and over a dozen breaks at one it gives up", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool(Buffer.alloc(100_000));
    let broken = 0;
    rig.answer = (leaf) => {
      if (leaf !== "part/3" || broken === 5) return ACCEPTED;
      broken++;
      void rig.delivery.halt();
      return { kind: "lost", left: "part" };
    };
    await rig.delivery.refresh();
    for (let n = 0; n < 8; n++) {
      rig.begin(21_024);
      await rig.settle();
    }
    expect(rig.states(id)).toEqual(["accepted"]);
    expect(rig.sent.filter((leaf) => leaf === "part/0").length).toBe(1);
    expect(rig.sent.filter((leaf) => leaf === "part/3").length).toBe(6);

    const poison = await rig.state.spool();
    rig.answer = (leaf) => (leaf === "data" ? { kind: "lost", left: "part" } : ACCEPTED);
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    expect(rig.states(poison.id)).toEqual(["failed DELIVERY_GIVEN_UP"]);
    expect(rig.sent.filter((leaf) => leaf === "data").length).toBe(12);
  }));

test("a broker that is over its quota is asked again a few times, and the others do not wait", () =>
  rig(async (rig) => {
    const first = await rig.state.spool();
    const second = await rig.state.spool(undefined, { recipient: "ben" });
    rig.answer = (_, { topic }) => (topic.includes("/anna/") ? { kind: "refused", reason: 0x97 } : ACCEPTED);
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    expect(rig.states(second.id)).toEqual(["accepted"]);
    for (let n = 0; n < 10; n++) {
      await rig.clock.advance(minutes(1));
      await rig.settle();
    }
    expect(rig.states(first.id)).toEqual(["failed DELIVERY_REFUSED"]);
  }));

test("a killed publisher goes on where it was: sent parts are not sent again, what was accepted is only reported", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool(Buffer.alloc(100_000));
    rig.answer = (leaf) => (leaf === "part/2" ? new Promise(() => {}) : ACCEPTED);
    await rig.delivery.refresh();
    rig.begin(21_024);
    await rig.until(3);
    expect(rig.sent).toEqual(["part/0", "part/1", "part/2"]);

    rig.restart();
    rig.answer = () => ACCEPTED;
    await rig.delivery.refresh();
    rig.begin(21_024);
    await rig.settle();
    expect(rig.sent.slice(3)).toEqual(["part/2", "part/3", "part/4", "receipt", "manifest", "event/clip"]);

    rig.restart();
    await rig.delivery.refresh();
    rig.begin(21_024);
    await rig.settle();
    expect(rig.states(id)).toEqual(["accepted", "accepted"]);
    expect(rig.sent.length).toBe(9);
  }));

test("a killed publisher that cannot know says all, not none, when a clip is taken down", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    rig.answer = () => new Promise(() => {});
    await rig.delivery.refresh();
    rig.begin();
    await rig.until(1);
    rig.restart();
    await rig.state.writer.remove("new", id);
    await rig.delivery.refresh();
    expect(await rig.delivery.takeDown(id)).toEqual({ sent: "all" });
  }));

test("what was taken back and stands in the outbox again is sent after all", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spool();
    await rig.delivery.refresh();
    expect(await rig.delivery.takeDown(id)).toEqual({ sent: "none" });
    rig.begin();
    await rig.settle();
    expect(rig.sent).toEqual([]);
    await rig.delivery.spooled(id);
    await rig.settle();
    expect(rig.states(id)).toEqual(["accepted"]);
  }));

test("a report that the recorder did not hear is repeated when it is back", () =>
  rig(async (rig) => {
    const event = await rig.state.spoolEvent();
    rig.heard = false;
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    rig.heard = true;
    await rig.delivery.refresh();
    await rig.settle();
    expect(rig.states(event.id)).toEqual(["accepted", "accepted"]);
    expect(rig.sent).toEqual(["event/ring"]);
  }));

test("a withdrawn still takes its receipt with it", () =>
  rig(async (rig) => {
    const still = await rig.state.spool(Buffer.alloc(100), { kind: "still" });
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    await rig.state.spoolEvent({ topic: "latest/still", payload: "", retain: true });
    await rig.delivery.refresh();
    await rig.settle();
    expect(rig.sent).toEqual(["latest/still", "latest/receipt", "latest/still", "latest/receipt"]);
    expect(rig.states(still.id).slice(0, 2)).toEqual(["accepted", "unconfirmed"]);
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

test("a preview goes once, and taking it back is one empty message", () =>
  rig(async (rig) => {
    const preview = await rig.state.spool(Buffer.alloc(100), { kind: "preview" });
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    rig.delivery.acknowledged("anna", { v: 1, type: "hello" });
    await rig.clock.advance(minutes(30));
    await rig.state.spoolEvent({ topic: "latest/preview", payload: "", retain: true });
    await rig.delivery.refresh();
    await rig.settle();
    expect(rig.sent).toEqual(["latest/preview", "latest/preview-receipt", "latest/preview"]);
    expect(rig.states(preview.id).slice(0, 2)).toEqual(["accepted", "unconfirmed"]);
  }));

test("an old event is not news: past its time it is dropped, however long the broker was away", () =>
  rig(async (rig) => {
    const not_after = rfc3339((rig.clock.wall() + minutes(1)) as WallTime);
    const event = await rig.state.spoolEvent({ not_after });
    await rig.delivery.refresh();
    await rig.clock.advance(minutes(2));
    rig.begin();
    await rig.settle();
    expect(rig.states(event.id)).toEqual(["expired"]);
    expect(rig.sent).toEqual([]);
  }));

test("what is taken down while it is under way is not begun again", () =>
  rig(async (rig) => {
    const { id } = await rig.state.spoolEvent();
    // As the connection withdraws a message of which nothing has gone.
    rig.answer = (_leaf, _message, stop) =>
      new Promise((resolve) => stop.addEventListener("abort", () => resolve({ kind: "lost", left: "none" })));
    await rig.delivery.refresh();
    rig.begin();
    await rig.until(1);
    expect(await rig.delivery.takeDown(id)).toBe("none");
    await rig.settle();
    expect(rig.sent).toHaveLength(1);
  }));

test("clips overlap on the way, and each recipient gets everything in order, whenever the broker answers", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ recipient: fc.constantFrom("anna", "ben"), kB: fc.integer({ min: 1, max: 400 }) }), {
        minLength: 2,
        maxLength: 12,
      }),
      fc.infiniteStream(fc.nat()),
      (clips, picks) =>
        rig(async (rig) => {
          rig.proven = 500_000;
          const made: MediaDisclosure[] = [];
          for (const { recipient, kB } of clips)
            made.push(await rig.state.spool(Buffer.alloc(kB * 1000), { recipient, kind: "clip" }));
          const waiting: { topic: string; settle: (outcome: Outcome) => void }[] = [];
          const log: string[] = [];
          let most = 0;
          rig.answer = (_, { topic }) => {
            const answer = Promise.withResolvers<Outcome>();
            log.push(topic.endsWith("event/clip") ? `${topic} ${log.length}` : topic);
            waiting.push({ topic, settle: answer.resolve });
            const media = waiting.filter((message) => message.topic.endsWith("/data"));
            most = Math.max(most, media.length);
            return answer.promise;
          };
          await rig.delivery.refresh();
          rig.begin();
          for (let done = 0; done < made.length * 4; done++) {
            await rig.until(done + 1);
            // Whatever follows from the answers so far has been put on the wire.
            for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
            const { topic, settle } = waiting.splice(picks.next().value % waiting.length, 1)[0]!;
            log.push(`answered ${topic}`);
            settle(ACCEPTED);
          }
          await rig.settle();
          for (const { id, clip, recipient } of made) {
            expect(rig.states(id)).toEqual(["accepted"]);
            const below = `doorstep/porch/${recipient}/clip/${clip}`;
            for (const before of ["data", "receipt"])
              expect(log.indexOf(`answered ${below}/${before}`)).toBeLessThan(log.indexOf(`${below}/manifest`));
          }
          for (const recipient of ["anna", "ben"])
            for (const leaf of ["data", "receipt", "manifest"]) {
              const sent = log.filter((line) => line.startsWith(`doorstep/porch/${recipient}/`) && line.endsWith(leaf));
              const due = made.filter((one) => one.recipient === recipient).map(({ clip }) => clip);
              expect(sent.map((topic) => topic.split("/")[4])).toEqual(due);
            }
          const smallest = clips.map(({ kB }) => kB * 1000).sort((a, b) => a - b);
          if (smallest[0]! + smallest[1]! < FIRST_WINDOW_BYTES) expect(most).toBeGreaterThan(1);
        }),
    ),
    { numRuns: 20 },
  );
});

test("a clip larger than anything the broker ever took goes alone, and the bell does not wait for it", () =>
  rig(async (rig) => {
    await rig.state.spool(Buffer.alloc(400_000));
    await rig.state.spool(Buffer.alloc(1_000), { recipient: "ben" });
    const first = Promise.withResolvers<Outcome>();
    rig.answer = (leaf) => (rig.sent.length === 1 && leaf === "data" ? first.promise : ACCEPTED);
    await rig.delivery.refresh();
    rig.begin();
    await rig.until(1);
    await rig.state.spoolEvent();
    await rig.delivery.refresh();
    await rig.until(2);
    expect(rig.sent).toEqual(["data", "event/ring"]);
    first.resolve(ACCEPTED);
    await rig.settle();
    expect(rig.sent.filter((leaf) => leaf === "data").length).toBe(2);
  }));

test("of clips that were under way together when a connection broke, only the first is held to blame", () =>
  rig(async (rig) => {
    const clips = [await rig.state.spool(), await rig.state.spool()];
    rig.proven = 1_000_000;
    const innocent = (topic: string): Outcome =>
      topic.includes(clips[0]!.clip) ? { kind: "lost", left: "all" } : { kind: "lost", left: "all", innocent: true };
    rig.answer = (leaf, { topic }) =>
      leaf === "data" && rig.states(clips[0]!.id).length === 0 ? innocent(topic) : ACCEPTED;
    await rig.delivery.refresh();
    rig.begin();
    await rig.settle();
    expect(rig.states(clips[0]!.id)).toEqual(["failed DELIVERY_GIVEN_UP"]);
    expect(rig.states(clips[1]!.id)).toEqual(["accepted"]);
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
  expect(readdirSync(directory).length).toBeGreaterThan(0);
});
