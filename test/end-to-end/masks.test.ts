// Promise 10 end to end: with a mask over half of the picture, nothing that was kept, shown or sent has that half in it.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { seconds } from "../../drivers/clock/clock.ts";
import { config as drawn } from "../configs.ts";
import type { Household } from "./household.ts";
import { framesOf, HIDDEN, picturesIn, RIGHT_HALF, shown, storyboardTiles, VISIBLE } from "./masked-pictures.ts";
import { Rig } from "./rig.ts";

const SIZE = [640, 360] as const;
const LEFT_HALF = `
[[property]]
name = "our side"
polygon = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
`;

describe("with masks", { timeout: 120_000 }, () => {
  let rig: Rig;
  let house: Household;
  const path = process.env["PATH"];

  beforeAll(async () => {
    rig = await Rig.stand();
  });
  afterEach(async () => {
    process.env["PATH"] = path;
    await house.close();
  });
  afterAll(() => rig?.close());

  const config = (areas: string): string =>
    drawn({
      ...{ broker: rig.broker.url, size: SIZE },
      recipients: [{ name: "anna", more: 'stills = "auto"\npreviews = "auto"' }],
      more: areas,
    });
  const framesIn = (file: string): ReturnType<typeof framesOf> => framesOf(file, ...SIZE);
  const clipFiles = (): string[] =>
    readdirSync(house.paths.clips)
      .filter((name) => name.endsWith(".mp4"))
      .map((name) => join(house.paths.clips, name));

  test.each([
    ["a mask over half of the picture", RIGHT_HALF],
    ["a property of the other half", LEFT_HALF],
  ])("%s keeps that half out of every clip, still, storyboard, preview and live picture", async (_, areas) => {
    house = rig.house(config(areas));
    await house.moveIn();
    await house.connected();
    const live = join(rig.folder, "live.mp4");
    const stream = await house.agent.stream("/live");
    const pieces: Buffer[] = [];
    stream.on("data", (piece: Buffer) => pieces.push(piece));

    const clip = await house.visit("button");
    const received = await rig.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${clip.id}/data`);
    const still = await rig.ear.message(
      ({ topic, payload }) => topic === "doorstep/porch/anna/latest/still" && payload.length > 0,
    );
    const preview = await rig.ear.message(
      ({ topic, payload }) => topic === "doorstep/porch/anna/latest/preview" && payload.length > 0,
    );
    await house.eventually("pictures", () => readdirSync(house.paths.stills).length === 3);
    stream.destroy();
    writeFileSync(live, Buffer.concat(pieces));
    const sent = join(rig.folder, "sent.mp4");
    writeFileSync(sent, received.payload);

    for (const file of [...clipFiles(), sent, live]) {
      const frames = framesIn(file);
      expect(frames.length).toBeGreaterThan(30);
      for (const frame of frames) {
        expect(shown(frame, HIDDEN), file).toBe(0);
        expect(shown(frame, VISIBLE), file).toBeGreaterThan(0.5);
      }
    }
    const scene: Buffer[] = [];
    for await (const piece of await house.agent.stream("/scene")) scene.push(piece as Buffer);
    const pictures = [
      ...(await picturesIn(still.payload)),
      ...(await picturesIn(preview.payload)),
      ...(await picturesIn(Buffer.concat(scene))),
      ...(await picturesIn(readFileSync(join(house.paths.stills, `${clip.id}.still.jpg`)))),
      ...(await picturesIn(readFileSync(join(house.paths.stills, `${clip.id}.preview.webp`)))),
    ];
    expect(pictures.length).toBeGreaterThan(5);
    for (const picture of pictures) {
      expect(shown(picture, HIDDEN)).toBe(0);
      expect(shown(picture, VISIBLE)).toBeGreaterThan(0.5);
    }
    const [sheet] = await picturesIn(readFileSync(join(house.paths.stills, `${clip.id}.storyboard.jpg`)));
    for (const { hidden, visible } of storyboardTiles(sheet!, (pictures.length - 3) / 2, SIZE)) {
      expect(shown(sheet!, hidden)).toBe(0);
      expect(shown(sheet!, visible)).toBeGreaterThan(0.5);
    }
  });

  test("a mask drawn while the camera runs is in every picture from then on, and taking it away takes two seconds", async () => {
    house = rig.house(config(""));
    house.start("recorder");
    await house.status("camera on", ({ camera }) => camera.state === "on");
    await house.agent.send("POST", "/trigger", { input: "button" });
    await house.clips("recording", ([first]) => first?.state === "recording");

    house.configure(config(RIGHT_HALF));
    const [open] = await house.clips("the clip of before ends", ([first]) => first?.state === "ready");
    await house.status("camera on again", ({ camera }) => camera.state === "on");
    const masked = await house.visit("button");
    await house.agent.send("POST", "/trigger", { input: "button" });
    await house.clips("recording", ([first]) => first?.state === "recording");
    house.configure(config(""));
    const last = await house.clips("ready", ([first]) => first?.state === "ready" && first.id > masked.id);

    const hidden = (id: string): boolean[] =>
      framesIn(join(house.paths.clips, `${id}.mp4`)).map((frame) => shown(frame, HIDDEN) === 0);
    expect(new Set(hidden(open!.id))).toEqual(new Set([false]));
    expect(new Set(hidden(masked.id))).toEqual(new Set([true]));
    expect(new Set(hidden(last[0]!.id))).toEqual(new Set([true]));
    expect(hidden(last[0]!.id).length).toBeGreaterThan(10);
    const after = await house.visit("button");
    expect(new Set(hidden(after.id))).toEqual(new Set([false]));
  });

  test("an encoder that shows what was painted over makes a clip that is quarantined, and the camera stays shut", async () => {
    withFfmpeg("drawbox=x=iw/2:w=iw/2:h=ih:t=fill:color=white:enable='gte(t,6)'");
    house = rig.house(config(RIGHT_HALF));
    await house.moveIn();
    await house.connected();
    const heard = rig.ear.heard.length;
    await house.quiet(seconds(6));
    await house.agent.send("POST", "/trigger", { input: "button" });

    const [clip] = await house.clips("quarantined", ([first]) => first?.state === "quarantined");
    const { camera, alarms } = await house.status("shut", ({ camera: { state } }) => state === "closed");

    expect(camera.detail).toBe("a mask is not proven");
    expect(alarms.map(({ code }) => code)).toContain("CLIP_QUARANTINED");
    await house.quiet(seconds(3));
    expect((await house.status("now", () => true)).camera.state).toBe("closed");
    expect(
      rig.ear.heard.slice(heard).filter(({ topic }) => topic.includes(clip!.id) || topic.endsWith("/still")),
    ).toEqual([]);
    const ledger = await house.owner("ledger", "list", "--json");
    expect(ledger.out).toContain("clip.quarantined");
    expect(readdirSync(house.paths.stills).filter((name) => name.includes("still"))).toEqual([]);
  });

  test("a camera whose first pictures lack the mask is never on: nothing is recorded, and status says why", async () => {
    withFfmpeg("vflip");
    house = rig.house(config(RIGHT_HALF));
    house.start("recorder");

    const { camera, alarms } = await house.status("shut", ({ camera: { state } }) => state === "closed");
    await house.agent.send("POST", "/trigger", { input: "button" });
    await house.quiet(seconds(4));

    expect(camera.detail).toBe("a mask is not proven");
    expect(alarms).toContainEqual(expect.objectContaining({ code: "MASK_NOT_PROVEN" }));
    expect(clipFiles()).toEqual([]);
    expect((await house.status("now", () => true)).camera.state).toBe("closed");
  });

  test("a recorder killed while it records finds the mask again in what it saves", async () => {
    house = rig.house(config(RIGHT_HALF));
    house.start("recorder");
    await house.status("camera on", ({ camera }) => camera.state === "on");
    await house.agent.send("POST", "/trigger", { input: "button" });
    const [running] = await house.clips("recording", ([first]) => first?.state === "recording");
    await house.quiet(seconds(4));
    await house.end("recorder", "SIGKILL");

    house.start("recorder");

    const ended = await house.clips(
      "recovered",
      (list) => list.find(({ id }) => id === running!.id)?.state !== "recording",
    );
    expect(ended.find(({ id }) => id === running!.id)?.state).toBe("ready");
  });

  test("what a crash left from before a mask was drawn is kept for the owner and goes nowhere", async () => {
    house = rig.house(config(""));
    house.start("recorder");
    await house.status("camera on", ({ camera }) => camera.state === "on");
    await house.agent.send("POST", "/trigger", { input: "button" });
    const [running] = await house.clips("recording", ([first]) => first?.state === "recording");
    await house.quiet(seconds(4));
    await house.end("recorder", "SIGKILL");

    house.configure(config(RIGHT_HALF));
    house.start("recorder");

    const ended = await house.clips(
      "recovered",
      (list) => list.find(({ id }) => id === running!.id)?.state !== "recording",
    );
    expect(ended.find(({ id }) => id === running!.id)?.state).toBe("quarantined");
  });

  /** An ffmpeg on PATH that adds a filter wherever it encodes. */
  function withFfmpeg(filter: string): void {
    const real = (path ?? "")
      .split(":")
      .find((place) => readdirSync(place, { withFileTypes: true }).some(({ name }) => name === "ffmpeg"));
    const script = `#!/bin/bash
for a in "$@"; do shift; [ "$a" = "-c:v" ] && [ "$1" = libx264 ] && set -- "$@" -vf "${filter}"; set -- "$@" "$a"; done
exec ${real}/ffmpeg "$@"
`;
    writeFileSync(join(rig.folder, "ffmpeg"), script, { mode: 0o755 });
    process.env["PATH"] = `${rig.folder}:${path}`;
  }
});
