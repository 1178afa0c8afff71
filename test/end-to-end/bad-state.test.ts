// What can be wrong with the state directory, to roles that really run: read-only, full, taken, or with a clip missing.
import { execFileSync } from "node:child_process";
import { readdirSync, statfsSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asCameraRecording, footage } from "../footage.ts";
import { mayMount } from "../small-card.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");

describe.skipIf(!source)("a household whose state directory is wrong", { timeout: 60_000 }, () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 6));
  });
  afterAll(() => rig?.close());

  const text = (clips: "ask" | "auto" = "auto"): string =>
    rig.config({ recipients: [{ name: "anna", clips }], postRoll: "1s" });
  const moveIn = async (house: Household): Promise<void> => {
    await house.moveIn();
    await house.connected();
  };

  test("a second agent on the same state gives up with the reason, and the first one does not notice", async () => {
    await using house = rig.house(text());
    await moveIn(house);

    const second = await house.owner("run", "--role", "recorder", "--config", house.configFile);
    const clip = await house.visit("button");

    expect(second.code).toBe(1);
    expect(second.err).toMatch(/^STATE_IN_USE: .+\n {2}stop the other agent first/m);
    await rig.ear.message(({ topic }) => topic.endsWith(`${clip.id}/manifest`));
  });

  test("a clip deleted behind our back is not published, is told of, and costs no other clip anything", async () => {
    await using house = rig.house(text("ask"));
    await moveIn(house);
    const lost = await house.visit("button");
    const kept = await house.visit("pir");
    unlinkSync(join(house.paths.clips, `${lost.id}.mp4`));

    const refused = await house.owner("approve", lost.id, "--to", "anna");
    const played = await house.owner("play", lost.id);
    const other = await house.owner("approve", kept.id, "--to", "anna");

    expect([refused.code, other.code, played.code]).toEqual([1, 0, 1]);
    expect(refused.err).toMatch(/^CLIP_MISSING: .+\n {2}somebody removed the file/);
    await rig.ear.message(({ topic }) => topic.endsWith(`${kept.id}/manifest`));
    expect(rig.ear.heard.filter(({ topic }) => topic.includes(lost.id))).toEqual([]);
    expect((await house.owner("ledger", "verify")).code).toBe(0);
  });

  describe.skipIf(!mayMount())("on a card of its own", () => {
    let house: Household;

    beforeAll(() => {
      house = rig.house(text());
    });
    afterAll(async () => {
      await house.end("publisher").catch(() => {});
      await house.end("recorder").catch(() => {});
      execFileSync("umount", [house.state]);
      await house.close();
    });
    const fill = (): void => {
      const { bavail, bsize } = statfsSync(house.state);
      // One block too many: whatever is written at the same time, not one is left.
      expect(() => writeFileSync(join(house.state, "ballast"), Buffer.alloc((bavail + 1) * bsize))).toThrow("ENOSPC");
    };

    test("that is read-only the recorder gives up at once and says what to do", async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m,ro", "tmpfs", house.state]);

      const { code, err } = await house.doorstep(
        ...["run", "--role", "recorder", "--config", house.configFile, "--state", house.state],
      );

      expect(code).toBe(1);
      expect(err).toMatch(/^STATE_UNWRITABLE: .+\n {2}make the state directory writable/m);
    });

    test("that is full from the start the recorder gives up with a code instead of half a ledger", async () => {
      execFileSync("mount", ["-o", "remount,rw", house.state]);
      fill();

      const { code, err } = await house.doorstep(
        ...["run", "--role", "recorder", "--config", house.configFile, "--state", house.state],
      );

      expect(code).toBe(1);
      expect(err).toMatch(/^[A-Z_]+: .*(full|space).*\n {2}\S/m);
      unlinkSync(join(house.state, "ballast"));
    });

    test("that fills up while somebody is at the door the camera closes, nothing leaves, and what was recorded stays", async () => {
      await moveIn(house);
      const first = await house.visit("button");
      await rig.ear.message(({ topic }) => topic.endsWith(`${first.id}/manifest`));
      const before = rig.ear.heard.length;
      fill();

      await house.agent.send("POST", "/trigger", { input: "button" });
      const { alarms } = await house.status(
        "closed",
        ({ camera }) => camera.state === "closed" && camera.detail === "card full",
      );

      expect(alarms.map(({ code }) => code)).toEqual(expect.arrayContaining(["CLIP_NOT_WRITTEN", "CARD_FULL"]));
      expect(alarms.filter(({ remedy }) => !remedy)).toEqual([]);
      const { out } = await house.owner("status");
      expect(out).toMatch(/alarm {2}\S+ CARD_FULL: .+\n {14}delete clips/);
      expect(rig.ear.heard.slice(before).filter(({ topic }) => topic.includes("/clip/"))).toEqual([]);
      expect(readdirSync(house.paths.clips)).toContain(`${first.id}.mp4`);
    });

    test("that is still full after a restart the owner can look at what there is, and recording goes on when there is room", async () => {
      const kept = readdirSync(house.paths.clips).filter((name) => name.endsWith(".mp4"));
      expect(await house.end("recorder")).toBe(0);
      house.start("recorder");
      await house.status("up", () => true);
      const { out } = await house.owner("clips");
      expect(kept.filter((name) => !out.includes(name.slice(0, 26)))).toEqual([]);

      unlinkSync(join(house.state, "ballast"));
      await house.status("camera on", ({ camera }) => camera.state === "on");
      const next = await house.visit("button");
      await rig.ear.message(({ topic }) => topic.endsWith(`${next.id}/manifest`));
      expect(readdirSync(house.paths.clips)).toEqual(expect.arrayContaining([...kept, `${next.id}.mp4`]) as unknown);
      expect((await house.owner("ledger", "verify")).code).toBe(0);
    });
  });
});
