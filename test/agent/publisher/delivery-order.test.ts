// What goes beside what, in which order, and what a broken or unwilling connection makes of it.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { minutes } from "../../../drivers/clock/clock.ts";
import type { Outcome } from "../../../agent/publisher/connection.ts";
import { FIRST_WINDOW_BYTES } from "../../../agent/publisher/window.ts";
import type { MediaDisclosure } from "../../../agent/spool/disclosure.ts";
import { ACCEPTED, rig } from "./delivery-rig.ts";

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
