// The gate from the owner's side: what is asked, what goes, what stays, and what becomes of it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hours, days, seconds } from "../../../drivers/clock/clock.ts";
import { config, opened, recipient } from "./rig.ts";

describe("a clip that is ready", () => {
  test("is not in the outbox for anybody the owner must be asked about, and the owner is asked", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();

    await rig.gate.consider(clip);

    expect(rig.media()).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna asks"]);
    expect(rig.gate.waiting()).toBe(1);
    expect(rig.entries("decision").map(({ details }) => details?.effect)).toEqual(["ask"]);
    expect(rig.entries("disclosure").filter(({ details }) => details?.kind !== "event")).toEqual([]);
  });

  test("goes by itself where the owner said auto, with its receipt, exactly as it was recorded", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();

    await rig.gate.consider(clip);

    const [sent] = rig.media();
    expect(sent).toMatchObject({
      kind: "clip",
      recipient: "anna",
      clip: clip.id,
      not_after: "2026-11-29T12:00:00.000Z",
      media: { file: "clip.mp4", type: "video/mp4", encrypted: false, bytes: clip.bytes, sha256: clip.sha256 },
      files: ["clip.mp4", "disclosure.json", "receipt.jws"],
    });
    expect(readFileSync(join(rig.folder, "out", "new", sent!.id, "receipt.jws"), "utf8")).toBe(
      rig.ledger.receiptOf(sent!.id),
    );
    expect(rig.said).toContainEqual({ type: "spooled", id: sent!.id });
    expect(rig.shares(clip)).toEqual(["anna released"]);
  });

  test("is decided for each recipient alone, and each decision is in the ledger (§9.2)", async () => {
    const rig = await opened(
      config([recipient("anna", { clips: "auto" }), recipient("ben"), recipient("carl", { clips: "never" })]),
    );
    const clip = rig.clip();

    await rig.gate.consider(clip);

    expect(rig.media().map(({ recipient }) => recipient)).toEqual(["anna"]);
    expect(rig.shares(clip)).toEqual(["anna released", "ben asks", "carl withheld"]);
    expect(rig.entries("decision").map(({ details }) => [details?.recipient, details?.effect])).toEqual([
      ["anna", "permit"],
      ["ben", "ask"],
      ["carl", "deny"],
    ]);
  });

  test("is considered once, whoever is added to the configuration afterwards", async () => {
    const rig = await opened(config([]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "auto" })]);
    await rig.gate.consider(clip);
    await rig.restart();
    await rig.gate.considerLeftovers([clip]);

    expect(rig.media()).toEqual([]);
  });

  test("of a visitor who objected is asked about even where clips go by themselves", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip({ objected: true });

    await rig.gate.consider(clip);

    expect(rig.media()).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna asks"]);
  });

  test("counts against the limit of the local day, over restarts, until the next day begins (§4.6)", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto", maxPerDay: 2 })]));
    for (let n = 0; n < 3; n++) await rig.gate.consider(rig.clip());
    await rig.restart();
    await rig.gate.consider(rig.clip());
    expect(rig.media()).toHaveLength(2);

    await rig.clock.advance(hours(11));
    await rig.gate.consider(rig.clip());

    expect(rig.media()).toHaveLength(3);
  });

  test("that has been sent does not count against itself when it is explained", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto", maxPerDay: 1 })]));
    const [clip, next] = [rig.clip(), rig.clip()];
    await rig.gate.consider(clip);

    expect([rig.gate.explain(clip.id, "anna").effect, rig.gate.explain(next.id, "anna").effect]).toEqual([
      "permit",
      "deny",
    ]);
  });

  test("tells those who are told of asks that it waits, once, and nobody else anything (§9.5)", async () => {
    const rig = await opened(
      config([recipient("phone", { clips: "never", toldOfAsks: true }), recipient("anna"), recipient("ben")]),
    );

    await rig.gate.consider(rig.clip());

    expect(rig.events()).toEqual(["phone waiting 0", "phone event/clip waiting", "phone waiting 1"]);
  });
});

describe("the owner's answer", () => {
  test("yes releases the clip to that recipient alone, and says who authorised it", async () => {
    const rig = await opened(config([recipient("anna"), recipient("ben")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    const state = await rig.gate.answer(clip.id, "anna", "approved", "cli");

    expect(state.state).toBe("released");
    expect(rig.media().map(({ recipient }) => recipient)).toEqual(["anna"]);
    expect(rig.shares(clip)).toEqual(["anna released", "ben asks"]);
    const receipt = rig.ledger.receiptOf(rig.media()[0]!.id)!;
    const claims = JSON.parse(Buffer.from(receipt.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({
      sub: "anna",
      clip: { id: clip.id, sha256: clip.sha256 },
      owner_authorisation: { how: "cli", at: "2026-11-22T12:00:00.000Z" },
      decision: { reasons: [{ rule: "§5.2 approved" }, { rule: "§4.1 grant" }] },
    });
  });

  test("yes, said twice or to two windows at once, sends one clip", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await Promise.all([
      rig.gate.answer(clip.id, "anna", "approved", "cli"),
      rig.gate.answer(clip.id, "anna", "approved", "page"),
    ]);
    await rig.gate.answer(clip.id, "anna", "approved", "page");

    expect(rig.media()).toHaveLength(1);
  });

  test("no ends the question, and nothing goes", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    const state = await rig.gate.answer(clip.id, "anna", "denied", "page");

    expect(state.state).toBe("denied");
    expect([rig.media(), rig.gate.waiting(), rig.events()]).toEqual([[], 0, []]);
  });

  test("yes after a no releases it: the last answer counts", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    await rig.gate.answer(clip.id, "anna", "denied", "page");

    await rig.gate.answer(clip.id, "anna", "approved", "page");

    expect(rig.shares(clip)).toEqual(["anna released"]);
  });

  test("yes does not lift a rule that denies, says which, and leaves nothing behind that could go later", async () => {
    const rig = await opened(config([recipient("anna", { triggers: ["button"] })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await expect(rig.gate.answer(clip.id, "anna", "approved", "cli")).rejects.toMatchObject({
      code: "ANSWER_REFUSED",
      detail: expect.stringContaining("anna gets button only") as string,
    });
    await rig.change([recipient("anna")]);

    expect(rig.media()).toEqual([]);
    expect(rig.entries("answer")).toEqual([]);
  });

  test("yes by a channel that the configuration does not name is refused", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await expect(rig.gate.answer(clip.id, "anna", "approved", "home_assistant")).rejects.toMatchObject({
      code: "ANSWER_REFUSED",
    });
    expect(rig.media()).toEqual([]);
  });

  test("for a clip or a person that do not exist is an error, and nothing else", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();

    await expect(rig.gate.answer("01nothing", "anna", "approved", "cli")).rejects.toMatchObject({
      code: "CLIP_NOT_FOUND",
    });
    await expect(rig.gate.answer(clip.id, "mallory", "approved", "cli")).rejects.toMatchObject({
      code: "RECIPIENT_NOT_FOUND",
    });
  });

  test("yes for a file that somebody altered is not published, and the owner hears why (§9.6)", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    writeFileSync(join(rig.folder, "clips", `${clip.id}.mp4`), Buffer.alloc(5000, 0x66));

    await expect(rig.gate.answer(clip.id, "anna", "approved", "cli")).rejects.toMatchObject({ code: "CLIP_ALTERED" });

    expect([rig.names("new").filter((name) => !name.endsWith(".json")), rig.names("tmp")]).toEqual([[], []]);
    expect(rig.shares(clip)).toEqual(["anna failed"]);
    expect(rig.entries("alarm")[0]?.details?.code).toBe("CLIP_ALTERED");
  });

  test("yes for a file that somebody removed is not published either (§9.6)", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    rmSync(join(rig.folder, "clips", `${clip.id}.mp4`));

    await expect(rig.gate.answer(clip.id, "anna", "approved", "cli")).rejects.toMatchObject({ code: "CLIP_MISSING" });
    expect(rig.media()).toEqual([]);
  });

  test("is not waited for for ever: after the term nothing goes by itself, and the owner may still approve (§9.5)", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.clock.advance(hours(73));
    await rig.gate.idle();
    expect(rig.shares(clip)).toEqual(["anna expired"]);
    expect(rig.entries("ask.expired")).toHaveLength(1);
    expect(rig.gate.waiting()).toBe(0);

    await rig.gate.answer(clip.id, "anna", "approved", "page");
    expect(rig.shares(clip)).toEqual(["anna released"]);
  });
});

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

describe("what is still to leave when the policy changes (§9.7)", () => {
  test("is taken down for good when its recipient is removed", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("ben", { clips: "auto" })]);
    await rig.change([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]);

    expect(rig.media().map(({ recipient }) => recipient)).toEqual(["ben"]);
    expect(rig.shares(clip)).toEqual(["anna withdrawn", "ben released"]);
  });

  test("waits for the owner when auto became ask", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "ask" })]);

    expect(rig.media()).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna asks"]);
  });

  test("is sent newest last: a lower limit takes down what was committed last", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clips = [];
    for (let n = 0; n < 4; n++) {
      clips.push(rig.clip());
      await rig.gate.consider(clips[n]!);
      await rig.clock.advance(seconds(10));
    }

    await rig.change([recipient("anna", { clips: "auto", maxPerDay: 2 })]);

    expect(rig.media().map(({ clip }) => clip)).toEqual([clips[0]!.id, clips[1]!.id]);
  });

  test("does not include what was denied before: widening is for what comes after", async () => {
    const rig = await opened(config([recipient("anna", { clips: "never" }), recipient("ben", { clips: "ask" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]);

    expect(rig.media()).toEqual([]);
    expect(rig.shares(clip)).toEqual(["anna withheld", "ben asks"]);
  });

  test("closes a question that a rule has come to deny", async () => {
    const rig = await opened(config([recipient("anna")]));
    const clip = rig.clip();
    await rig.gate.consider(clip);

    await rig.change([recipient("anna", { clips: "never" })]);

    expect([rig.gate.waiting(), rig.shares(clip)]).toEqual([0, ["anna withheld"]]);
  });

  test("is held while the configuration cannot be read, and goes when it can again", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    const { id } = rig.media()[0]!;

    await rig.gate.policyInvalid("line 12");
    expect([rig.names("new").includes(id), rig.last("closed")?.retract]).toEqual([false, []]);
    await rig.gate.consider(rig.clip());
    await rig.change([recipient("anna", { clips: "auto" })]);

    expect(rig.media().map(({ id }) => id)).toEqual([id]);
    expect(rig.last("open")).toEqual({ type: "open" });
  });
});

describe("a pause (§9.9)", () => {
  test("holds what waits, denies what comes, survives a restart, and gives back what was held", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const first = rig.clip();
    await rig.gate.consider(first);

    await rig.gate.pause("", "page");
    const second = rig.clip();
    await rig.gate.consider(second);
    await rig.restart();
    expect(rig.media()).toEqual([]);
    expect(rig.gate.closed()).toEqual({ state: "paused", detail: "paused by page at 2026-11-22T12:00:00.000Z" });
    await rig.gate.resume("page");

    expect(rig.media().map(({ clip }) => clip)).toEqual([first.id]);
    expect(rig.shares(second)).toEqual(["anna withheld"]);
  });

  test("of one recipient is no matter to the others, and only the owner ends it", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" }), recipient("ben", { clips: "auto" })]));

    await rig.gate.pause("anna", "anna");
    await rig.gate.consider(rig.clip());

    expect(rig.media().map(({ recipient }) => recipient)).toEqual(["ben"]);
    expect(rig.gate.door()).toEqual({ type: "open" });
  });

  test("does not lose a farewell: a withdrawal said during it is published after", async () => {
    const rig = await opened(config([recipient("anna", { clips: "auto" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    await rig.gate.delivery({ type: "delivery", id: rig.media()[0]!.id, state: "confirmed" });
    await rig.gate.pause("", "cli");
    await rig.gate.answer(clip.id, "anna", "withdrawn", "cli");
    expect(rig.events()).toEqual([]);

    await rig.gate.resume("cli");

    expect(rig.events()).toEqual(["anna event/clip withdrawn"]);
  });
});

describe("a clock that cannot be trusted", () => {
  const limited = recipient("anna", { clips: "auto", hours: { from: 7 * 60, to: 22 * 60 } });

  test("denies what depends on it, and holds over a restart what was permitted before", async () => {
    const rig = await opened(config([limited]));
    const first = rig.clip();
    await rig.gate.consider(first);
    rig.trusted = false;
    await rig.restart();
    const second = rig.clip();
    await rig.gate.consider(second);
    expect(rig.media()).toEqual([]);

    rig.trusted = true;
    await rig.gate.circumstancesChanged();

    expect(rig.media().map(({ clip }) => clip)).toEqual([first.id]);
    expect(rig.shares(second)).toEqual(["anna withheld"]);
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

test("a ledger that cannot be trusted closes everything (§9.9)", async () => {
  const rig = await opened(config([recipient("anna", { clips: "auto", events: "auto" })]));
  rig.ledger.distrust([{ kind: "entry", text: "entry 3 was changed" } as never]);
  await rig.gate.circumstancesChanged();

  await rig.gate.consider(rig.clip());
  await rig.gate.considerEvent({
    kind: "ring",
    at: rig.wall(),
    clockTrusted: true,
    triggers: ["button"],
    zones: "unknown",
  });

  expect([rig.media(), rig.events(), rig.gate.door().type]).toEqual([[], [], "closed"]);
});
