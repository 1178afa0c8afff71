// A camera that sleeps, asked by its owner for a picture: node-libcamera on the stand-in for rpicam-still, in the running recorder.
import { readdirSync } from "node:fs";
import sharp from "sharp";
import { expect, onTestFinished, test } from "vitest";
import { Household } from "./household.ts";

const STAND_IN = new URL("../board", import.meta.url).pathname;

const CONFIG = `
[device]
name = "porch"
timezone = "UTC"
clock = "assume"
[camera]
source = "libcamera"
width = 640
height = 360
fps = 15
mode = "asleep"
[trigger]
light = "none"
`;

async function house(config: string): Promise<Household> {
  const path = process.env["PATH"];
  process.env["PATH"] = `${STAND_IN}:${path}`;
  const home = new Household(config);
  onTestFinished(() => home.close());
  home.start("recorder");
  process.env["PATH"] = path;
  await home.status("asleep", ({ camera }) => camera.state === "off");
  return home;
}

async function scene(home: Household): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of await home.agent.stream("/scene")) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function ledgerTypes(home: Household): Promise<string[]> {
  const { out } = await home.owner("ledger", "list", "--json");
  return (JSON.parse(out) as { entries: { type: string }[] }).entries.map(({ type }) => type);
}

test("the owner sees the place as it is now, and the ledger says that the camera was on and who looked", async () => {
  const home = await house(CONFIG);

  const picture = await scene(home);

  const { format, width, height, exif } = await sharp(picture).metadata();
  expect([format, width, height, exif]).toEqual(["jpeg", 640, 360, undefined]);
  expect((await ledgerTypes(home)).filter((type) => /^camera|viewing/.test(type)).toSorted()).toEqual([
    "camera.closed",
    "camera.opened",
    "viewing",
  ]);
  expect(readdirSync(home.paths.clips)).toEqual([]);
});

test("where anything is masked the camera is not opened for it: a still would not be painted over", async () => {
  const home = await house(`${CONFIG}[[mask]]\nname = "window"\npolygon = [[0, 0], [0.2, 0], [0.2, 0.3]]\n`);

  await expect(scene(home)).rejects.toMatchObject({ code: "STORYBOARD_NOT_FOUND" });

  expect((await ledgerTypes(home)).filter((type) => type.startsWith("camera"))).toEqual([]);
});
