// What becomes of a disclosure once it was released: a change of mind, the publisher's reports, the end of its clip.
import { describe, expect, test } from "vitest";
import { days, seconds } from "../../../drivers/clock/clock.ts";
import { ledgerReport } from "../../../agent/ledger/report.ts";
import { config, opened, recipient } from "./rig.ts";

describe("changing one's mind (§9.8)", () => {
  test("before anything was sent is silent: the recipient never hears of the clip", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const [sent] = rig.media();

    await rig.gate.answer(clip.id, "anna", "withdrawn", "page");
    expect(rig.last("take_down")).toEqual({ type: "take_down", id: sent!.id });
    await rig.gate.takenDown({ type: "taken_down", id: sent!.id, sent: "none" });

    expect([rig.media(), rig.events()]).toEqual([[], []]);
    expect(rig.media("failed")[0]?.files).toEqual(["disclosure.json", "receipt.jws"]);
    expect(rig.shares(clip)).toEqual(["anna withdrawn"]);
  });

  test("while the clip is made ready counts, and is not told as a no that nobody gave", async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const undo = Promise.withResolvers<void>();
    const rig = await opened(config([recipient("anna")]), {
      step: (name) => {
        if (name === "clip durable") void meanwhile?.().then(() => undo.resolve());
      },
    });
    const clip = rig.clip();
    await rig.gate.consider(clip);
    meanwhile = () => rig.gate.answer(clip.id, "anna", "withdrawn", "page");

    const answered = await rig.gate.answer(clip.id, "anna", "approved", "page");
    await undo.promise;

    expect(answered.state).toBe("withdrawn");
    expect(rig.shares(clip)).toEqual(["anna withdrawn"]);
    expect([rig.media(), rig.events()]).toEqual([[], []]);
  });

  test("in the middle of sending is said to the recipient", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const [sent] = rig.media();

    await rig.gate.answer(clip.id, "anna", "withdrawn", "page");
    await rig.gate.takenDown({ type: "taken_down", id: sent!.id, sent: "part" });

    expect(rig.events()).toEqual(["anna event/clip withdrawn"]);
  });

  for (const [left, words] of [
    [{ sent: "none" }, "by the owner, page; nothing of it had left"],
    [{ sent: "part", parts: 3, of: 5 }, "by the owner, page; 3 of its 5 parts had left"],
    [{ sent: "part" }, "by the owner, page; part of it had left"],
    [{ sent: "all" }, "by the owner, page; all of it had left"],
  ] as const)
    test(`says how much had left, once that is known: ${words}`, async () => {
      const rig = await opened(config([recipient("anna")]));
      const clip = rig.clip();
      const [gone, stays] = [left.sent === "none" ? [] : ["anna"], left.sent === "none"];
      await rig.gate.answer(clip.id, "anna", "approved", "cli");
      const { id } = rig.media()[0]!;
      await rig.gate.answer(clip.id, "anna", "withdrawn", "page");
      const before = { recipient: "anna", kind: "clip", state: "withdrawn", detail: "by the owner, page" };
      expect(rig.gate.shares(clip.id)).toEqual([before]);

      await rig.gate.takenDown({ type: "taken_down", id, ...left });
      await rig.restart();

      expect(rig.gate.shares(clip.id)).toEqual([{ ...before, detail: words, left }]);
      // Who had some of it stands on the clip's tombstone, and in the report.
      expect(rig.gate.hadReceived(clip.id)).toEqual(gone);
      expect(ledgerReport(rig.ledger).recipients[0]!.disclosures[0]!.left).toBe(!stays);
    });

  test("of what had been sent long before says that all of it had left", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const { id } = rig.media()[0]!;
    await rig.gate.delivery({ type: "delivery", id, state: "confirmed" });

    await rig.gate.answer(clip.id, "anna", "withdrawn", "page");

    expect(rig.gate.shares(clip.id)).toMatchObject([{ state: "withdrawn", left: { sent: "all" } }]);
  });

  test("is not needed for what the broker took for nobody: its owner reads so, and at last that nobody confirmed it", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const [sent] = rig.media();
    const stands = () => rig.gate.shares(clip.id)[0]!;

    await rig.gate.delivery({ type: "delivery", id: sent!.id, state: "unheard" });
    expect([stands().state, stands().detail]).toEqual([
      "released",
      "the broker took it while nobody was subscribed; it is sent again",
    ]);
    expect(rig.media().length).toBe(1);

    await rig.gate.delivery({ type: "delivery", id: sent!.id, state: "unconfirmed", detail: "nobody was subscribed" });
    expect(stands()).toEqual({
      recipient: "anna",
      kind: "clip",
      state: "unconfirmed",
      detail: "the broker took it; nobody confirmed that it arrived: nobody was subscribed",
    });
    expect(rig.media()).toEqual([]);
  });

  test("after it was delivered is published as a withdrawal, even over a restart", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const [sent] = rig.media();
    await rig.gate.delivery({ type: "delivery", id: sent!.id, state: "accepted" });
    await rig.gate.delivery({ type: "delivery", id: sent!.id, state: "confirmed" });
    await rig.restart();

    await rig.gate.answer(clip.id, "anna", "withdrawn", "page");

    expect(rig.events()).toEqual(["anna event/clip withdrawn"]);
    expect(rig.shares(clip)).toEqual(["anna withdrawn"]);
  });

  test("is said of a clip that arrives while its still is taken back", async () => {
    let meanwhile: (() => void) | undefined;
    const rig = await opened(config([recipient("anna", { clips: "auto", stills: "auto" })]), {
      door: { send: ({ type }) => void (type === "take_down" && meanwhile?.()) },
    });
    const clip = rig.clip();
    rig.still(clip);
    await rig.gate.consider(clip);
    await rig.clock.advance(seconds(10));
    await rig.gate.considerPictures(clip);
    const sent = rig.media().find(({ kind }) => kind === "clip")!;
    meanwhile = () => {
      meanwhile = undefined;
      void rig.gate.delivery({ type: "delivery", id: sent.id, state: "confirmed" });
    };

    await rig.gate.answer(clip.id, "anna", "withdrawn", "page");
    await rig.gate.idle();

    expect(rig.events()).toEqual(["anna event/clip withdrawn"]);
    const told = rig.entries("delivery").filter(({ ref }) => ref === sent.id);
    expect(told.map(({ details }) => details?.state)).toEqual(["confirmed", "withdrawn"]);
  });

  test("is repeated to a publisher that was not there when it was said", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const [sent] = rig.media();
    await rig.gate.answer(clip.id, "anna", "withdrawn", "page");
    await rig.restart();
    rig.said.length = 0;

    rig.gate.publisherConnected();

    expect(rig.said).toContainEqual({ type: "take_down", id: sent!.id });
  });

  test("of the recipient itself stops what is on its way to it, and nothing of anybody else's", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.gate.forgo(clip.id, "anna");

    expect(rig.media().map(({ recipient }) => recipient)).toEqual(["ben"]);
  });
});

describe("what the publisher reports", () => {
  test("moves a clip on: the broker took it, the recipient has it, and its bytes are gone from the outbox", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    const { id } = rig.media()[0]!;

    await rig.gate.delivery({ type: "delivery", id, state: "accepted" });
    expect(rig.shares(clip)).toEqual(["anna accepted"]);
    expect(rig.media()[0]?.files).toContain("clip.mp4");
    await rig.gate.delivery({ type: "delivery", id, state: "confirmed" });

    expect(rig.shares(clip)).toEqual(["anna confirmed"]);
    expect(rig.media("sent")[0]?.files).toEqual(["disclosure.json", "receipt.jws"]);
    expect(rig.entries("delivery").map(({ details }) => details?.state)).toEqual(["accepted", "confirmed"]);
    expect(rig.gate.hadReceived(clip.id)).toEqual(["anna"]);
  });

  test("that it failed leaves the documents, says so, and lets the owner try again (§9.10)", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.answer(clip.id, "anna", "approved", "cli");
    const { id } = rig.media()[0]!;

    await rig.gate.delivery({ type: "delivery", id, state: "failed", code: "TOO_LARGE", detail: "128 KiB" });
    expect(rig.gate.shares(clip.id)[0]).toEqual({
      recipient: "anna",
      kind: "clip",
      state: "failed",
      detail: "it could not be sent: TOO_LARGE: 128 KiB",
    });
    await rig.gate.answer(clip.id, "anna", "approved", "cli");

    expect(rig.media()).toHaveLength(1);
    expect(rig.media()[0]!.id).not.toBe(id);
  });

  test("about things nobody committed, or that are over, changes nothing", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    const { id } = rig.media()[0]!;
    await rig.gate.delivery({ type: "delivery", id, state: "confirmed" });
    const before = rig.ledger.size;

    for (const state of ["accepted", "failed", "expired", "unconfirmed"] as const)
      await rig.gate.delivery({ type: "delivery", id, state });
    await rig.gate.delivery({ type: "delivery", id: "01" + "z".repeat(24), state: "confirmed" });
    await rig.gate.takenDown({ type: "taken_down", id, sent: "all" });

    expect(rig.ledger.size).toBe(before);
    expect(rig.shares(clip)).toEqual(["anna confirmed"]);
  });

  test("never comes: after its last instant a clip is not sent, and its bytes are gone", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.clock.advance(days(8));
    await rig.gate.idle();

    expect(rig.media()).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna expired"]);
    expect(rig.media("failed")[0]?.files).toEqual(["disclosure.json", "receipt.jws"]);
  });
});

test("a clip waits from its commit to its end, so that nobody gives it up for room meanwhile (§9.11)", async () => {
  const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben")]));
  const [clip, asked] = [rig.clip(), rig.clip({ triggers: ["button"] })];
  expect(rig.gate.waits(clip.id)).toBe(false);
  await rig.gate.consider(clip);
  const { id } = rig.media()[0]!;
  const waits = [rig.gate.waits(clip.id), rig.gate.waits(asked.id)];
  await rig.gate.pause("anna", "cli");
  waits.push(rig.gate.waits(clip.id));
  await rig.gate.resume("cli");
  await rig.gate.delivery({ type: "delivery", id, state: "accepted" });
  waits.push(rig.gate.waits(clip.id));
  await rig.gate.delivery({ type: "delivery", id, state: "confirmed" });
  waits.push(rig.gate.waits(clip.id));

  expect(waits).toEqual([true, false, true, true, false]);
});

describe("a deleted clip (§9.11)", () => {
  test("takes what had not left with it, and is not asked about any more", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.gate.forgetClip(clip.id, "owner");

    expect([rig.media(), rig.gate.waiting()]).toEqual([[], 0]);
  });

  test("by erasure leaves no trace of when it was, still says who had it, and tells them", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    await rig.gate.delivery({ type: "delivery", id: rig.media()[0]!.id, state: "confirmed" });

    await rig.gate.forgetClip(clip.id, "erasure");

    const kept = rig.ledger.database
      .prepare("select document from disclosure where clip_id = ? and kind = 'clip'")
      .pluck()
      .all(clip.id);
    expect(kept).toEqual(["{}"]);
    expect(rig.events().filter((topic) => JSON.stringify(topic).includes("event/clip"))).toHaveLength(1);
    expect(rig.gate.hadReceived(clip.id)).toEqual(["anna"]);
  });
});
