// What a broker can do wrong, to roles that really run: the owner reads what is the matter and what to do, and what was
// approved arrives once it can, once and whole.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClipView } from "../../agent/review/owner.ts";
import { milliseconds, seconds } from "../../drivers/clock/clock.ts";
import { asCameraRecording, footage } from "../footage.ts";
import { freePort, startMosquitto } from "../mosquitto.ts";
import { config } from "../configs.ts";
import { Ear, type Heard } from "./ear.ts";
import { Household } from "./household.ts";

const source = footage("vtest.avi");

describe.skipIf(!source)("a household whose broker is wrong", { concurrent: true, timeout: 120_000 }, () => {
  let folder: string;
  let recording: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    recording = join(folder, "yard.mp4");
    asCameraRecording(source!, recording, 6);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const sharing = (broker: string, mqtt = ""): string =>
    config({ recording, broker, mqtt, recipients: [{ name: "anna" }], postRoll: "1s" });
  const moveIn = async (text: string): Promise<Household> => {
    const house = new Household(text);
    await house.moveIn();
    return house;
  };
  const share = (clips: readonly ClipView[], id: string) => clips.find((clip) => clip.id === id)?.shares[0];
  const accepted = (house: Household, { id }: ClipView) =>
    house.clips("accepted", (clips) => share(clips, id)?.state === "accepted");
  const ofClip = (heard: readonly Heard[], { id }: ClipView, what: string): Heard[] =>
    heard.filter(({ topic }) => topic.includes(`/clip/${id}/${what}`));
  /** What the owner reads of the broker: code and remedy. */
  const told = async (house: Household, code: string): Promise<void> => {
    const { out } = await house.owner("status");
    expect(out).toMatch(new RegExp(`broker +\\w+ \\(${code}: .+\\)\n {14}\\S`));
  };

  test("one that is absent is told of, what was permitted waits in the outbox, and goes when it comes", async () => {
    const port = await freePort();
    await using house = await moveIn(sharing(`mqtt://127.0.0.1:${port}`));
    await house.status("unreachable", ({ broker: { state } }) => state === "unreachable");
    await told(house, "BROKER_UNREACHABLE");

    const clip = await house.visit("button");
    await house.clips("released", (clips) => share(clips, clip.id)?.state === "released");
    expect(house.spooled().length).toBeGreaterThan(0);

    await using broker = await startMosquitto({ port });
    using ear = await Ear.on(broker.url);
    await ear.message(({ topic }) => topic.endsWith(`${clip.id}/manifest`));
    await accepted(house, clip);
    expect(ofClip(ear.heard, clip, "data")).toHaveLength(1);
  });

  test("one that refuses our password is told of, and gets nothing, not even that we exist", async () => {
    const good = join(folder, "good-password");
    const bad = join(folder, "bad-password");
    writeFileSync(good, "right\n");
    writeFileSync(bad, "wrong\n");
    const passwords = join(folder, "passwords");
    execFileSync("mosquitto_passwd", ["-c", "-b", passwords, "porch", "right"], { stdio: "ignore" });
    await using broker = await startMosquitto({
      listener: "per_listener_settings true\nlistener {port} 127.0.0.1\npassword_file {dir}/passwords",
      files: { passwords: readFileSync(passwords) },
    });
    using ear = await Ear.on(broker.url.replace("//", "//porch:right@"));
    await using house = await moveIn(sharing(broker.url, `username = "porch"\npassword_file = "${bad}"`));

    const { broker: state } = await house.status("refused", ({ broker: { state } }) => state === "refused");
    const clip = await house.visit("button");

    expect(state.remedy).toContain("check `mqtt.username` and the password file");
    await told(house, "BROKER_REFUSED");
    expect(share(await house.clips("clips", () => true), clip.id)?.state).toBe("released");
    expect(ear.heard).toEqual([]);

    house.configure(sharing(broker.url, `username = "porch"\npassword_file = "${good}"`));
    await accepted(house, clip);
    expect(ofClip(ear.heard, clip, "data")).toHaveLength(1);
  });

  test("one that stops answering in mid-clip is told of after half a minute, and gets the clip when it is back", async () => {
    await using broker = await startMosquitto();
    using ear = await Ear.on(broker.url);
    await using house = await moveIn(sharing(broker.url));
    await house.connected();
    broker.pause("SIGSTOP");
    const clip = await house.visit("button");

    await house.status("silent", ({ broker: { state } }) => state !== "connected", seconds(60));
    await told(house, "BROKER_(SILENT|UNREACHABLE)");
    expect(ofClip(ear.heard, clip, "")).toEqual([]);

    broker.pause("SIGCONT");
    await ear.message(({ topic }) => topic.endsWith(`${clip.id}/manifest`));
    await accepted(house, clip);
    expect(new Set(ofClip(ear.heard, clip, "data").map(({ payload }) => payload.length))).toEqual(
      new Set([clip.bytes]),
    );
  });

  test("one that answers slowly gets each clip once", async () => {
    await using broker = await startMosquitto();
    using ear = await Ear.on(broker.url);
    await using house = await moveIn(sharing(broker.url));
    await house.connected();
    broker.pause("SIGSTOP");
    const clip = await house.visit("button");
    for (let stutter = 0; stutter < 8; stutter++) {
      await house.quiet(milliseconds(400));
      broker.pause("SIGCONT");
      await house.quiet(milliseconds(20));
      broker.pause("SIGSTOP");
    }
    broker.pause("SIGCONT");

    await ear.message(({ topic }) => topic.endsWith(`${clip.id}/manifest`));
    await accepted(house, clip);

    expect(ofClip(ear.heard, clip, "data").map(({ payload }) => payload.length)).toEqual([clip.bytes]);
  });

  test("one that takes 128 KiB and dies between parts gets the rest, and receive makes the clip of them", async () => {
    await using broker = await startMosquitto({ config: "max_packet_size 131072\npersistence false" });
    using ear = await Ear.on(broker.url);
    await using house = await moveIn(sharing(broker.url));
    await house.connected();
    const args = [
      "--url",
      broker.url,
      "--device",
      "porch",
      "--as",
      "anna",
      "--trust-first",
      "--out",
      "in",
      "--once",
      "1",
    ];
    const receiver = house.background("receive", ...args);
    await ear.message(({ topic }) => topic === "doorstep/porch/anna/ack");
    const ringing = house.visit("button");
    const { topic } = await ear.message(({ topic }) => topic.includes("/part/"));

    await broker.kill();
    const clip = await ringing;
    await house.status("gone", ({ broker: { state } }) => state !== "connected");
    await broker.launch();

    expect(await house.exit(receiver)).toBe(0);
    expect(topic).toContain(clip.id);
    const arrived = readFileSync(join(house.folder, "in", `${clip.id}.mp4`));
    expect(arrived.equals(readFileSync(join(house.paths.clips, `${clip.id}.mp4`)))).toBe(true);
    expect(readdirSync(join(house.folder, "in")).filter((name) => name.endsWith(".mp4"))).toHaveLength(1);
    expect(ofClip(ear.heard, clip, "data")).toEqual([]);
    expect(ofClip(ear.heard, clip, "part").every(({ payload }) => payload.length < 131_072)).toBe(true);
    await house.clips("confirmed", (clips) => share(clips, clip.id)?.state === "confirmed");
  });
});
