// What the owner's edits of the configuration do to an agent that runs, and when: tightening at once, widening after two quiet
// seconds, nonsense closes. Measured with the clock on the wall, generously.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClipView, Status } from "../../agent/review/owner.ts";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { asCameraRecording, footage } from "../footage.ts";
import type { Recipient } from "../configs.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");
const clock = new SystemClock();
/** How often we look, and what a busy machine may add. */
const SLACK_MS = 1_000;
const ONLINE = Buffer.from("online");
const OFFLINE = Buffer.from("offline");

describe.skipIf(!source)("an owner who edits the configuration while the agent runs", { timeout: 60_000 }, () => {
  let rig: Rig;
  let house: Household;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 6));
    house = rig.house(text(true));
    await house.moveIn();
    await house.connected();
  });
  afterAll(() => rig?.close());

  const text = (sharing: boolean, ...recipients: Recipient[]): string =>
    rig.config({ sharing, recipients: recipients.length ? recipients : [{ name: "anna" }], postRoll: "1s" });
  const isEnabled = ({ sharing, config: { faults } }: Status): boolean =>
    sharing.state === "enabled" && sharing.detail === "" && faults.length === 0;
  /** Milliseconds from the edit until another configuration is in force, and `done`. */
  const after = async (edit: string, what: string, done: (status: Status) => boolean): Promise<number> => {
    const { digest } = (await house.status("before", () => true)).config;
    const edited = clock.uptime();
    house.configure(edit);
    await house.status(what, (status) => status.config.digest !== digest && done(status));
    return clock.uptime() - edited;
  };
  const stateOf = async ({ id }: ClipView): Promise<string | undefined> =>
    (await house.clips("the clip", () => true)).find((clip) => clip.id === id)?.shares[0]?.state;

  test("sharing switched off closes it within a second, says offline, and what is recorded then stays", async () => {
    const online = rig.ear.heard.length;
    const took = await after(text(false), "disabled", ({ sharing: { state } }) => state === "disabled");
    await rig.ear.message((heard) => rig.ear.heard.indexOf(heard) >= online && heard.payload.equals(OFFLINE));
    const said = rig.ear.heard.length;

    const clip = await house.visit("button");

    expect(took).toBeLessThan(1_000 + SLACK_MS);
    expect(rig.ear.heard.slice(said)).toEqual([]);
    expect(await stateOf(clip)).toBe("withheld");
  });

  test("sharing switched on waits for two quiet seconds, begins them again with each edit, and then opens", async () => {
    const wide = text(true);
    house.configure(wide);
    await house.status("waiting", ({ sharing }) => sharing.detail.includes("quiet for two seconds"));
    const said = rig.ear.heard.length;
    await house.quiet(seconds(1.2));
    const took = await after(`${wide}\n# another thought\n`, "enabled", isEnabled);

    expect(took).toBeGreaterThan(1_900);
    expect(took).toBeLessThan(2_000 + 2 * SLACK_MS);
    await rig.ear.message((heard) => rig.ear.heard.indexOf(heard) >= said && heard.payload.equals(ONLINE));
  });

  test("a permission taken away stops a clip that would have gone a second later", async () => {
    const took = await after(text(true, { name: "anna", triggers: '["pir"]' }), "tightened", isEnabled);
    const clip = await house.visit("button");

    expect(took).toBeLessThan(1_000 + SLACK_MS);
    const explained = await house.owner("explain", clip.id, "--to", "anna");
    expect(explained.out).toContain("does not go to anna");
    expect(rig.ear.heard.filter(({ topic }) => topic.includes(clip.id))).toEqual([]);
  });

  test("nonsense closes sharing and says so with its line, recording goes on, and mending it opens again", async () => {
    await after(text(true), "as before", isEnabled);
    const broken = text(true).replace("fps = 10", 'fps = "ten"');
    const took = await after(broken, "closed", ({ sharing: { state } }) => state === "closed");
    const clip = await house.visit("button");
    const { out } = await house.owner("status");

    expect(took).toBeLessThan(1_500 + SLACK_MS);
    const line = broken.split("\n").indexOf('fps = "ten"') + 1;
    expect(out).toContain("sharing     closed (invalid config: mend it, see the faults below)");
    expect(out).toContain(`config CONFIG_VALUE_INVALID: line ${line}: camera.fps: found "ten" (text), expected`);
    expect(out).toContain("camera      on");
    expect(clip.state).toBe("ready");
    expect(rig.ear.heard.filter(({ topic }) => topic.includes(clip.id))).toEqual([]);

    await after(text(true), "mended", isEnabled);
    const next = await house.visit("button");
    await rig.ear.message(({ topic }) => topic.endsWith(`${next.id}/manifest`));
  });

  test("max_per_day counts what left today, across a restart too", async () => {
    const sent = rig.ear.heard.filter(({ topic }) => topic.endsWith("/manifest")).length;
    const limit = text(true).replace('max_per_day = "unlimited"', `max_per_day = ${sent + 1}`);
    await after(limit, "a limit", isEnabled);
    const last = await house.visit("button");
    await rig.ear.message(({ topic }) => topic.endsWith(`${last.id}/manifest`));
    await house.end("recorder", "SIGKILL");
    house.start("recorder");
    await house.status("camera on", ({ camera, broker: { state } }) => camera.state === "on" && state === "connected");

    const over = await house.visit("button");

    expect(await stateOf(over)).toBe("withheld");
    const { out } = await house.owner("explain", over.id, "--to", "anna");
    expect(out).toContain("max_per_day");
    expect(rig.ear.heard.filter(({ topic }) => topic.includes(over.id))).toEqual([]);
  });

  test("every edit that counted is in the ledger, with what it tightened and what it widened", async () => {
    const { out } = await house.doorstep(
      "ledger",
      "list",
      "--type",
      "policy.changed",
      "--json",
      "--state",
      house.state,
    );

    const { entries } = JSON.parse(out) as { entries: { details: { tightened: string[]; widened: string[] } }[] };
    const told = entries.map(({ details }) => details);
    expect(told).toContainEqual(expect.objectContaining({ tightened: ["sharing.enabled"], widened: [] }));
    expect(told).toContainEqual(expect.objectContaining({ tightened: [], widened: ["sharing.enabled"] }));
    expect(told).toContainEqual(expect.objectContaining({ tightened: ["recipient.anna.triggers"], widened: [] }));
    expect(readFileSync(house.logFile("recorder"), "utf8")).not.toContain("failed at something");
  });
});
