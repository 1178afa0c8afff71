// A ledger that was changed while the agent was off: noticed in the background, sharing closed, and opened by the owner alone.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asCameraRecording, footage } from "../footage.ts";
import { startMosquitto, type Mosquitto } from "../mosquitto.ts";
import { config } from "./configs.ts";
import { Ear } from "./ear.ts";
import { Household } from "./household.ts";

const source = footage("vtest.avi");

describe.skipIf(!source)("with a ledger that somebody has changed", { timeout: 120_000 }, () => {
  let folder: string;
  let broker: Mosquitto;
  let ear: Ear;
  let house: Household;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    const recording = join(folder, "yard.mp4");
    asCameraRecording(source!, recording, 20);
    broker = await startMosquitto();
    ear = await Ear.on(broker.url);
    house = new Household(config({ recording, broker: broker.url, recipients: [{ name: "anna" }] }));
    house.start("recorder");
    house.start("publisher");
    await house.status("broker", ({ broker: { state } }) => state === "connected");
    await house.visit("button");
    await house.end("recorder");
    const db = new Database(house.paths.ledger);
    db.prepare("update entry set type = 'clip.kept' where type = 'clip.ready'").run();
    db.close();
    house.start("recorder");
  });
  afterAll(async () => {
    await house.close();
    ear.close();
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("sharing closes by itself, says which entry, and goes on recording for the owner", async () => {
    const { alarms } = await house.status("closed", ({ sharing }) => sharing.state === "closed");
    const clip = await house.visit("button");

    expect(alarms.map(({ code }) => code)).toContain("LEDGER_ALTERED");
    expect(clip.shares.map(({ state }) => state)).toEqual(["withheld"]);
    expect(ear.heard.filter(({ topic }) => topic.includes(clip.id))).toEqual([]);
    expect((await house.doorstep("ledger", "verify", "--state", house.state)).code).toBe(1);
  });

  test("the owner's word opens it again, and is written down", async () => {
    const { code, out } = await house.doorstep("ledger", "accept", "--state", house.state);
    await house.status("open", ({ sharing }) => sharing.state === "enabled");

    const clip = await house.visit("button");
    await ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${clip.id}/manifest`);

    expect([code, out.includes("entry")]).toEqual([0, true]);
    const listed = await house.doorstep(
      "ledger",
      "list",
      "--type",
      "ledger.accepted",
      "--json",
      "--state",
      house.state,
    );
    expect(JSON.parse(listed.out)).toMatchObject({ entries: [{ type: "ledger.accepted", details: { by: "cli" } }] });
  });
});
