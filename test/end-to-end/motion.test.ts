// Motion in the running agent, over real footage: who comes is recorded without a sensor, and zones decide who gets it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ClipView } from "../../agent/review/owner.ts";
import { seconds } from "../../drivers/clock/clock.ts";
import { asCameraRecording, footage } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const yard = footage("vtest.avi");
const tree = footage("tree.avi");

/** Decoders of motion that a recorder runs now: its children are ffmpeg processes that write grey pictures. */
function decoders(recorder: number): number {
  try {
    const children = execFileSync("pgrep", ["-P", String(recorder), "-f", "pix_fmt gray"], { encoding: "utf8" });
    return children.split("\n").filter(Boolean).length;
  } catch {
    return 0;
  }
}

describe.skipIf(!yard || !tree)("with real footage for a camera", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;

  beforeAll(async () => {
    rig = await Rig.stand();
  });
  afterEach(() => house.close());
  afterAll(() => rig?.close());

  test("somebody who walks up to a tree that moves in the wind is recorded once, without a sensor", async () => {
    const recording = join(rig.folder, "tree.mp4");
    execFileSync("ffmpeg", [
      ...["-v", "error", "-ss", "12", "-i", tree!, "-an", "-c:v", "libx264", "-preset", "veryfast", "-bf", "0"],
      ...["-g", "15", "-keyint_min", "15", "-pix_fmt", "yuv420p", "-y", recording],
    ]);
    house = rig.house(
      rig.config({ recording, sharing: false, size: [320, 240], loop: false, trigger: "video = true" }),
    );
    house.start("recorder");

    const [clip, ...others] = await house.clips("a clip by itself", ([first]) => first?.state === "ready");

    expect([clip!.triggers, others]).toEqual([["motion"], []]);
  });

  test("a zone drawn by the owner decides who gets what the sensor saw, and the decoder ends with the camera", async () => {
    const recording = join(rig.folder, "yard.mp4");
    asCameraRecording(yard!, recording, 20);
    const zones = [
      ...["[[zone]]", 'name = "yard"', "polygon = [[0, 0.2], [1, 0.2], [1, 1], [0, 1]]"],
      ...["[[zone]]", 'name = "sky"', "polygon = [[0, 0], [0.06, 0], [0.06, 0.06], [0, 0.06]]"],
    ];
    house = rig.house(
      rig.config({
        recording,
        recipients: [
          { name: "anna", zones: '["yard"]', more: 'events = "auto"' },
          { name: "ben", zones: '["sky"]', more: 'events = "auto"' },
        ],
        more: zones.join("\n"),
      }),
    );
    await house.moveIn();
    await house.connected();
    await house.eventually("a decoder", () => decoders(house.pid("recorder")) === 1);
    await house.quiet(seconds(4));

    const clip = await house.visit("pir");
    const mine = (list: readonly ClipView[]): ClipView | undefined => list.find(({ id }) => id === clip.id);
    const list = await house.clips("sent", (found) => mine(found)?.shares[0]?.state === "accepted");

    expect(clip.zones).toEqual(["yard"]);
    expect(mine(list)!.shares.map(({ recipient, state }) => [recipient, state])).toEqual([
      ["anna", "accepted"],
      ["ben", "withheld"],
    ]);
    const topics = new Set(rig.ear.heard.map(({ topic }) => topic.replace("doorstep/porch/", "")));
    expect(topics).toContain("anna/event/motion");
    expect([...topics].filter((topic) => topic.startsWith("ben/"))).toEqual(["ben/info"]);

    house.configure(
      readFileSync(house.configFile, "utf8")
        .replace(/\[\[zone]][\s\S]*$/, "")
        .replaceAll(/zones = .*/g, 'zones = "all"'),
    );
    await house.eventually("no decoder", () => decoders(house.pid("recorder")) === 0);
    expect((await house.status("still on", () => true)).camera.state).toBe("on");
  });
});
