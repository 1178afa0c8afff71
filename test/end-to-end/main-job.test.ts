// The main job, end to end: both roles as processes, a real broker, real footage, and standard clients.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { milliseconds, seconds } from "../../drivers/clock/clock.ts";
import { asCameraRecording, footage, pictures } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");

describe.skipIf(!source)("with pedestrians crossing a yard for a camera", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 20));
  });
  afterEach(() => rig.renew());
  afterAll(() => rig?.close());

  async function moveIn(text: string): Promise<void> {
    house = rig.house(text);
    await house.moveIn();
  }

  test("with nothing shared, a visitor is recorded and nothing at all leaves", async () => {
    await moveIn(rig.config({ sharing: false, recipients: [{ name: "anna" }] }));

    const clip = await house.visit("button");

    expect(clip).toMatchObject({ state: "ready", triggers: ["button"], hasAudio: false, width: 768, height: 576 });
    expect(clip.preRollMs).toBeGreaterThan(0);
    await house.quiet(seconds(1));
    expect(rig.ear.heard).toEqual([]);
    expect(house.spooled()).toEqual([]);
  });

  test("a clip that mosquitto_sub writes to a file is the recording, picture for picture", async () => {
    await moveIn(rig.config({ recipients: [{ name: "anna" }] }));
    await house.connected();
    const file = join(rig.folder, "clip.mp4");
    const waiting = house.subscribeOnce(rig.broker.port, "doorstep/porch/anna/clip/+/data", file);

    const clip = await house.visit("button");
    await waiting;

    const probed = execFileSync(
      "ffprobe",
      ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", file],
      { encoding: "utf8" },
    );
    expect(probed.trim()).toBe("h264");
    const recorded = pictures(file);
    const whole = pictures(rig.recording);
    const looped = [...whole, ...whole].join();
    expect(recorded.length).toBe(Math.round((clip.durationMs / 1000) * 10));
    expect(looped).toContain(recorded.join());
  });

  test("whoever listens on everything hears nothing but what the policy permits", async () => {
    await moveIn(
      rig.config({
        recipients: [{ name: "anna" }, { name: "bob", clips: "ask" }, { name: "carl", clips: "never" }],
      }),
    );
    await house.connected();

    const clip = await house.visit("button");
    await house.clips(
      "accepted",
      ([first]) => first?.shares.find(({ recipient }) => recipient === "anna")?.state === "accepted",
    );
    await house.quiet(milliseconds(500));

    const mine = `doorstep/porch/anna/clip/${clip.id}`;
    expect(new Set(rig.ear.heard.map(({ topic }) => topic))).toEqual(
      new Set([
        "doorstep/porch/status",
        ...["anna", "bob"].map((name) => `doorstep/porch/${name}/info`),
        "doorstep/porch/anna/checkpoint",
        ...[`${mine}/data`, `${mine}/receipt`, `${mine}/manifest`],
        "doorstep/porch/anna/event/clip",
      ]),
    );
    expect(rig.ear.heard.filter(({ topic, retain }) => retain && topic.includes("/clip/"))).toEqual([]);
  });

  test("an approved clip arrives encrypted, is verified, and is the recording byte for byte; a denied one stays", async () => {
    house = rig.house("");
    const key = await house.newKey("anna");
    house.configure(rig.config({ recipients: [{ name: "anna", clips: "ask", key }] }));
    await house.moveIn();
    await house.connected();
    writeFileSync(join(house.folder, "porch.pub"), (await house.owner("ledger", "key")).out);
    const receiver = house.background(
      "receive",
      "--url",
      rig.broker.url,
      "--device",
      "porch",
      "--as",
      "anna",
      "--identity",
      "anna.key",
      "--trust",
      "porch.pub",
      "--out",
      "in",
      "--once",
      "1",
    );
    await rig.ear.message(({ topic }) => topic === "doorstep/porch/anna/ack");
    const denied = await house.visit("button");
    const approved = await house.visit("pir");

    expect((await house.owner("deny", denied.id, "--to", "anna")).code).toBe(0);
    expect((await house.owner("approve", approved.id, "--to", "anna")).code).toBe(0);
    await house.exit(receiver);

    expect(
      readFileSync(join(house.folder, "in", `${approved.id}.mp4`)).equals(
        readFileSync(join(house.paths.clips, `${approved.id}.mp4`)),
      ),
    ).toBe(true);
    await house.clips(
      "confirmed",
      (list) => list.find(({ id }) => id === approved.id)?.shares[0]?.state === "confirmed",
    );
    expect(rig.ear.heard.filter(({ topic }) => topic.includes(denied.id))).toEqual([]);
    expect((await house.owner("ledger", "verify")).code).toBe(0);
  });

  test("a clip altered behind our back is not published, and says so", async () => {
    await moveIn(rig.config({ recipients: [{ name: "anna", clips: "ask" }] }));
    const clip = await house.visit("button");
    const file = join(house.paths.clips, `${clip.id}.mp4`);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);

    const { code, err } = await house.owner("approve", clip.id, "--to", "anna");

    expect([code, err.split(":")[0]]).toEqual([1, "CLIP_ALTERED"]);
    expect((await house.owner("clips", "--json")).out).toContain('"quarantined"');
    expect(rig.ear.heard.filter(({ topic }) => topic.includes(clip.id))).toEqual([]);
  });

  test("a publisher killed while a clip goes out delivers it, and a recorder killed while it records loses nothing whole", async () => {
    await moveIn(rig.config({ recipients: [{ name: "anna" }] }));
    await house.connected();
    rig.broker.pause("SIGSTOP");
    const clip = await house.visit("button");
    await house.end("publisher", "SIGKILL");
    rig.broker.pause("SIGCONT");
    house.start("publisher");
    await rig.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${clip.id}/manifest`);
    await house.agent.send("POST", "/trigger", { input: "button" });
    const running = await house.clips("recording", ([first]) => first?.state === "recording");
    await house.quiet(seconds(3));
    await house.end("recorder", "SIGKILL");

    house.start("recorder");
    const recovered = await house.clips(
      "recovered",
      (list) => list.find(({ id }) => id === running[0]!.id)?.state === "ready",
    );

    const saved = recovered.find(({ id }) => id === running[0]!.id)!;
    expect(saved.durationMs).toBeGreaterThan(2_000);
    expect(pictures(join(house.paths.clips, `${saved.id}.mp4`)).length).toBeGreaterThan(20);
    await rig.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${saved.id}/manifest`);
  });
});
