// A day of the owner's: what was recorded is explained, handed over, rehearsed, reported and erased, over a real household.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePublicKey } from "../../agent/ledger/public-key.ts";
import { verifyReceipt } from "../../agent/ledger/receipt-verify.ts";
import type { ClipView } from "../../agent/review/owner.ts";
import { asCameraRecording, footage } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");
const NOTICE = `[notice]\ncontroller = "A. Martin"\ncontact = "a.martin@example.org"\npurpose = "safety of our entrance"`;

describe.skipIf(!source)("with two visits, one of them sent to anna", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;
  let rang: ClipView;
  let passed: ClipView;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 20));
    house = rig.house(
      rig.config({
        recipients: [{ name: "anna", triggers: '["button"]' }],
        more: NOTICE,
      }),
    );
    await house.moveIn();
    await house.connected();
    rang = await house.visit("button");
    passed = await house.visit("pir");
    await house.clips("accepted", (clips) => shareOf(clips, rang.id) === "accepted");
  }, 120_000);
  afterAll(() => rig?.close());

  const shareOf = (clips: readonly ClipView[], id: string): string | undefined =>
    clips.find((clip) => clip.id === id)?.shares.find(({ recipient }) => recipient === "anna")?.state;
  const owner = async (...args: string[]) => {
    const ran = await house.owner(...args);
    expect(ran.err).toBe("");
    return ran;
  };
  const asked = async (...args: string[]) =>
    JSON.parse((await owner(...args, "--json")).out) as Record<string, unknown>;

  test("what stayed is explained with the line of the file that kept it", async () => {
    const { out } = await owner("explain", passed.id, "--to", "anna");

    const line = readFileSync(house.configFile, "utf8").split("\n").indexOf('triggers = ["button"]') + 1;
    expect(out).toContain(`${passed.id} does not go to anna`);
    expect(out).toContain(`line ${line}, recipient.anna.triggers, §4.2 triggers`);
    expect(out).toContain("add what started it to triggers");
  });

  test("a clip is handed over sealed to one key, opens with age alone, and its receipt verifies", async () => {
    const key = await house.newKey("police");

    const given = await asked("export", passed.id, "--for", "police", "--key", key, "--out", "stick");

    const { file, receipt } = given as { file: string; receipt: string };
    const opened = execFileSync("age", ["-d", "-i", join(house.folder, "police.key"), file], { maxBuffer: 1 << 28 });
    expect(opened.equals(readFileSync(join(house.paths.clips, `${passed.id}.mp4`)))).toBe(true);
    const device = parsePublicKey((await asked("ledger", "key"))["key"] as string);
    const sealed = createHash("sha256").update(readFileSync(file)).digest("hex");
    const claims = verifyReceipt(readFileSync(receipt, "utf8"), device, sealed);
    expect(claims).toMatchObject({ sub: "police", sent: { encrypted: true, audio: false }, clip: { id: passed.id } });
    expect(rig.ear.heard.filter(({ topic }) => topic.includes("police") || topic.includes(passed.id))).toEqual([]);
    expect(house.spooled("tmp")).toEqual([]);
    expect((await asked("clips"))["clips"]).toMatchObject([{ id: passed.id }, { id: rang.id }]);
  });

  test("an invitation names the key that the device signs with, and its command trusts that key alone", async () => {
    const { key } = await asked("ledger", "key");

    const invitation = await asked("invite", "ben", "--plain", "--config", house.configFile);
    const { out } = await owner("invite", "ben", "--plain", "--config", house.configFile);

    expect(invitation["receive"]).toMatchObject({
      device_key: key,
      command: expect.stringContaining("--as ben --password-file password --trust porch.pub --out") as string,
    });
    expect(out).toContain(`the key of porch, into a file "porch.pub": ${String(key)}`);
  });

  test("nobody of the configuration is handed anything past it, and nobody without a key", async () => {
    const out = ["--out", "stick"];
    const known = await house.owner("export", passed.id, "--for", "anna", "--key", "age1", ...out);
    const keyless = await house.owner("export", passed.id, "--for", "court", "--key", "age1nonsense", ...out);

    expect([known.code, known.err.split(":")[0]]).toEqual([1, "EXPORT_REFUSED"]);
    expect([keyless.code, keyless.err.split(":")[0]]).toEqual([2, "KEY_MALFORMED"]);
    expect(readdirSync(join(house.folder, "stick")).filter((name) => name.includes("court"))).toEqual([]);
  });

  test("a rehearsal names what a wider file would have let out, and what none would have", async () => {
    const wider = join(house.folder, "wider.toml");
    writeFileSync(
      wider,
      rig.config({
        recipients: [{ name: "anna" }, { name: "ben", triggers: '["button"]' }],
      }),
    );
    const nobody = join(house.folder, "nobody.toml");
    writeFileSync(nobody, rig.config({ recipients: [] }));
    await house.clips("pictures", (clips) => clips.every(({ pictures }) => pictures));

    const more = await asked("rehearse", "--config", wider);
    const less = await asked("rehearse", "--config", nobody);
    const same = await owner("rehearse", "--config", house.configFile);

    const [first] = more["added"] as { clip: string; recipient: string; storyboard: string }[];
    expect(more).toMatchObject({
      added: expect.arrayContaining([
        expect.objectContaining({ clip: passed.id, recipient: "anna" }),
        expect.objectContaining({ clip: rang.id, recipient: "ben" }),
      ]) as unknown,
      ...{ removed: [], same: 1, clips: 2 },
    });
    expect(readFileSync(first!.storyboard).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    expect(less).toMatchObject({ added: [], removed: [{ clip: rang.id, recipient: "anna" }], same: 0 });
    expect(same.out).toContain("nothing would have been different");
  });

  test("the sign for the door says what the configuration says", async () => {
    const { notice } = await asked("notice");
    await owner("notice", "--out", "sign.svg");

    expect(notice).toMatchObject({
      ...{ controller: "A. Martin", sound: false, recipients: ["anna"], keep_s: 604_800 },
      link: "mailto:a.martin@example.org?subject=Camera%20porch",
    });
    const svg = readFileSync(join(house.folder, "sign.svg"), "utf8");
    const words = ["You are being filmed here", "Vous êtes filmé ici", "a.martin@example.org", "anna"];
    expect(words.filter((each) => !svg.includes(each))).toEqual([]);
  });

  test("the report counts what was recorded, sent, handed over and asked for", async () => {
    await owner("requests", "add", "--kind", "access", "--from", "Frau Doe", "--why", "I was there");

    const report = await asked("ledger", "report");
    await owner("ledger", "report", "--html", "report.html");

    expect(report).toMatchObject({ exports: 1, clips: { recorded: 2 }, requests: [{ kind: "access" }] });
    expect(readFileSync(join(house.folder, "report.html"), "utf8")).toContain("police");
  });

  test("somebody who asks is erased: clips, pictures and details go, and who had received what is said", async () => {
    await owner("pin", passed.id);

    const from = new Date(rang.startedAt - 1000).toISOString();
    const to = new Date(passed.startedAt + 60_000).toISOString();
    const erased = await asked("erase", "--from", from, "--to", to);

    expect(erased["clips"]).toEqual([
      { id: rang.id, had_received: ["anna"] },
      { id: passed.id, had_received: ["police"] },
    ]);
    expect(readdirSync(house.paths.clips)).toEqual([]);
    await rig.ear.message(({ topic, payload }) => topic.endsWith("anna/event/clip") && payload.includes("withdrawn"));
    const { entries } = (await asked("ledger", "list", "--ref", passed.id)) as {
      entries: { type: string; details: unknown }[];
    };
    expect(entries.filter(({ details }) => details !== null)).toMatchObject([
      { type: "clip.deleted", details: { why: "erasure", had_received: ["police"] } },
    ]);
    expect((await owner("ledger", "verify")).code).toBe(0);
  });
});
