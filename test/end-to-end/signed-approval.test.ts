// docs/guide/approve-from-afar.md, run as it stands there, to roles that really run: what the owner signed releases the clip once, and
// what anybody else makes of it does nothing.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePublicKey } from "../../agent/ledger/public-key.ts";
import { verifyReceipt } from "../../agent/ledger/receipt-verify.ts";
import type { ClipView } from "../../agent/review/owner.ts";
import { asCameraRecording, footage } from "../footage.ts";
import { say } from "../mosquitto.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");
const GUIDE = readFileSync(new URL("../../docs/guide/approve-from-afar.md", import.meta.url), "utf8");
const [MAKE_KEY, SIGN, SEND] = Array.from(GUIDE.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block]) => block!) as [
  string,
  string,
  string,
];
const TOPIC = "doorstep/porch/approval";

describe.skipIf(!source)("with approvals that the owner signs", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 20));
    house = rig.house("");
    run(MAKE_KEY);
    const approvals = `[approvals]\nchannels = ["mqtt_signed"]\nowner_key = "${readFileSync(at("owner.pub"), "utf8")}"`;
    house.configure(rig.config({ recipients: [{ name: "anna", clips: "ask" }], more: approvals }));
    await house.moveIn();
    await house.connected();
  });
  afterAll(() => rig?.close());

  const at = (file: string): string => join(house.folder, file);
  function run(commands: string, env: Readonly<Record<string, string>> = {}): void {
    const here = commands.replace("-h broker.lan", `-h 127.0.0.1 -p ${rig.broker.port}`);
    const { status, stderr } = spawnSync("sh", ["-eu", "-c", here], {
      ...{ cwd: house.folder, encoding: "utf8" },
      env: { ...process.env, ...env },
    });
    expect(status, stderr).toBe(0);
  }
  /** Leaves the owner's signed word in answer.jws. */
  function sign({ id, sha256 }: ClipView): string {
    run(SIGN, { clip: id, sha256, recipient: "anna", answer: "approved" });
    return readFileSync(at("answer.jws"), "utf8");
  }
  const arrival = ({ id }: ClipView, what: string) =>
    rig.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${id}/${what}`);

  test("the guide's commands send the clip, and its receipt says how that was approved", async () => {
    const clip = await house.visit("button");
    expect(clip.shares).toMatchObject([{ state: "asks" }]);

    sign(clip);
    run(SEND);
    const { payload } = await arrival(clip, "data");
    const receipt = await arrival(clip, "receipt");

    expect(payload.equals(readFileSync(join(house.paths.clips, `${clip.id}.mp4`)))).toBe(true);
    const device = parsePublicKey((await house.owner("ledger", "key")).out);
    expect(verifyReceipt(receipt.payload.toString(), device, clip.sha256)).toMatchObject({
      owner_authorisation: { how: "mqtt_signed" },
    });
  });

  test("cut short, altered, signed by another key, for other bytes, or said again, it does nothing", async () => {
    const [sent] = await house.clips("sent", ([first]) => first?.shares[0]?.state === "accepted");
    const before = readFileSync(at("answer.jws"), "utf8");
    await house.owner("withdraw", sent!.id, "--to", "anna");
    const clip = await house.visit("pir");
    const good = sign(clip);
    const others = sign({ ...clip, sha256: sent!.sha256 });
    const key = readFileSync(at("owner.pem"));
    run(MAKE_KEY);
    const stranger = sign(clip);
    writeFileSync(at("owner.pem"), key);

    // What comes last is read last: once it counts, all of the others have been looked at.
    for (const answer of [before, good.slice(0, -1), `${good.slice(0, -8)}AAAAAAAA`, stranger, others])
      await say(rig.broker, TOPIC, answer);
    expect((await house.clips("the clip", () => true)).find(({ id }) => id === clip.id)!.shares).toMatchObject([
      { state: "asks" },
    ]);
    await say(rig.broker, TOPIC, good);
    await arrival(clip, "manifest");

    const { out } = await house.owner("ledger", "list", "--type", "answer", "--json");
    const { entries } = JSON.parse(out) as { entries: { ref: string; details: { answer: string; via: string } }[] };
    expect(entries.map(({ ref, details: { answer, via } }) => [ref, answer, via])).toEqual([
      [sent!.id, "approved", "mqtt_signed"],
      [sent!.id, "withdrawn", "cli"],
      [clip.id, "approved", "mqtt_signed"],
    ]);
  });
});
