// A ledger that was changed while the agent was off: noticed in the background, sharing closed, and opened by the owner alone.
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asCameraRecording, footage } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");

describe.skipIf(!source)("with a ledger that somebody has changed", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 20));
    house = rig.house(rig.config({ recipients: [{ name: "anna" }] }));
    await house.moveIn();
    await house.connected();
    await house.visit("button");
    await house.end("recorder");
    const db = new Database(house.paths.ledger);
    db.prepare("update entry set type = 'clip.kept' where type = 'clip.ready'").run();
    db.close();
    house.start("recorder");
  });
  afterAll(() => rig?.close());

  test("sharing closes by itself, says which entry, and goes on recording for the owner", async () => {
    const { alarms } = await house.status("closed", ({ sharing }) => sharing.state === "closed");
    const clip = await house.visit("button");

    expect(alarms.map(({ code }) => code)).toContain("LEDGER_ALTERED");
    expect(clip.shares.map(({ state }) => state)).toEqual(["withheld"]);
    expect(rig.ear.heard.filter(({ topic }) => topic.includes(clip.id))).toEqual([]);
    expect((await house.owner("ledger", "verify")).code).toBe(1);
  });

  test("the owner's word opens it again, and is written down", async () => {
    const { code, out } = await house.owner("ledger", "accept");
    const { alarms } = await house.status("open", ({ sharing }) => sharing.state === "enabled");

    const clip = await house.visit("button");
    await rig.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${clip.id}/manifest`);

    expect([code, out.includes("entry")]).toEqual([0, true]);
    // The verdict stays what it is; it is no alarm any more.
    expect((await house.owner("ledger", "verify")).code).toBe(1);
    expect(alarms).toEqual([]);
    expect((await house.status("after it", () => true)).alarms).toEqual([]);
    const listed = await house.owner("ledger", "list", "--type", "ledger.accepted", "--json");
    expect(JSON.parse(listed.out)).toMatchObject({ entries: [{ type: "ledger.accepted", details: { by: "cli" } }] });
  });
});
