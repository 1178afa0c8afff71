// The gate from the owner's side: what goes, what is asked, and what the owner's answer does.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hours } from "../../../drivers/clock/clock.ts";
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

  test("is asked about a still where clips are never: it waits, those who are told hear so once, and yes sends it alone", async () => {
    const rig = await opened(
      config([
        recipient("anna", { clips: "never", stills: "ask" }),
        recipient("phone", { clips: "never", toldOfAsks: true }),
      ]),
    );
    const clip = rig.clip();
    await rig.gate.consider(clip);
    expect([rig.shares(clip)[0], rig.events()]).toEqual(["anna withheld", ["phone waiting 0"]]);
    rig.still(clip);

    await rig.gate.considerPictures(clip);

    expect([rig.shares(clip)[0], rig.gate.waiting()]).toEqual(["anna asks (still)", 1]);
    expect(rig.events()).toEqual(["phone waiting 0", "phone event/clip waiting", "phone waiting 1"]);

    const answered = await rig.gate.answer(clip.id, "anna", "approved", "page");

    expect(answered).toMatchObject({ recipient: "anna", kind: "still", state: "released" });
    expect(rig.media().map(({ kind }) => kind)).toEqual(["still"]);
    expect(rig.gate.waiting()).toBe(0);
  });

  test("tells once of a clip that waits, though its still comes to wait behind it", async () => {
    const rig = await opened(
      config([recipient("anna", { stills: "ask" }), recipient("phone", { clips: "never", toldOfAsks: true })]),
    );
    const clip = rig.clip();
    await rig.gate.consider(clip);
    rig.still(clip);

    await rig.gate.considerPictures(clip);

    expect(rig.events()).toEqual(["phone waiting 0", "phone event/clip waiting", "phone waiting 1"]);
    expect(rig.shares(clip)[0]).toBe("anna asks");
  });

  test("of a still, refused, is said to be refused and sends nothing", async () => {
    const rig = await opened(config([recipient("anna", { clips: "never", stills: "ask" })]));
    const clip = rig.clip();
    await rig.gate.consider(clip);
    rig.still(clip);
    await rig.gate.considerPictures(clip);

    await rig.gate.answer(clip.id, "anna", "denied", "page");

    expect([rig.shares(clip), rig.media(), rig.gate.waiting()]).toEqual([["anna denied (still)"], [], 0]);
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
