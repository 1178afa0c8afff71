// `doorstep masks preview`: a picture from which an owner can read coordinates.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { masksSheet } from "../../../agent/cli/masks-sheet.ts";
import { readConfigFile } from "../../../config/read.ts";
import type { Config } from "../../../config/config.ts";
import { paintedBlocks } from "../../../drivers/mask/mask.ts";
import { h264File } from "../../drivers/camera/footage.ts";
import { doorstep } from "./agent-stand.ts";

const CONFIG = `
[device]
name = "porch"
timezone = "UTC"
clock = "assume"
[camera]
source = "simulated"
width = 640
height = 360
[[mask]]
name = "neighbour's <window>"
polygon = [[0.0, 0.0], [0.25, 0.0], [0.25, 0.5], [0.0, 0.5]]
[[zone]]
name = "path"
polygon = [[0.2, 1.0], [0.4, 0.6], [0.7, 0.6], [0.9, 1.0]]
[[zone]]
name = "their window"
polygon = [[0.05, 0.05], [0.1, 0.05], [0.1, 0.1]]
[trigger]
button = { gpio = 27, driver = "simulated" }
light = "none"
[sharing]
enabled = false
`;

describe("masks preview", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    writeFileSync(at("doorstep.toml"), CONFIG);
    await sharp({ create: { width: 320, height: 180, channels: 3, background: "#c08040" } })
      .png()
      .toFile(at("place.png"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const preview = (...args: string[]) => doorstep("masks", "preview", "--config", at("doorstep.toml"), ...args);

  test("draws over a given picture, and says how much is painted over and which zone sees nothing", async () => {
    const io = await preview("--from", at("place.png"), "--out", at("masks.png"));

    expect(io.code).toBe(0);
    expect(io.stdout).toContain("13 % of every picture is painted over");
    expect(io.stdout).toContain("zone their window: 100 % of it is painted over: nothing can be seen to move there");
    expect(io.stdout).not.toContain("zone path");
    const { data, info } = await sharp(at("masks.png")).raw().toBuffer({ resolveWithObject: true });
    const pixel = (x: number, y: number): number[] => {
      const place = ((52 + y * 720) * info.width + Math.round(52 + x * 1280)) * info.channels;
      return [...data.subarray(place, place + 3)];
    };
    const brightness = (x: number, y: number): number => pixel(x, Math.round(y * 720) / 720).reduce((a, b) => a + b);
    expect(info.width).toBe(1384);
    expect(brightness(0.17, 0.42)).toBeLessThan(brightness(0.97, 0.42));
  });

  test("takes the first picture of a clip, and writes a JPEG where one is asked for", async () => {
    h264File(at("clip.mp4"), { size: "640x360", frames: 10 });

    const io = await preview("--from", at("clip.mp4"), "--out", at("masks.jpg"), "--json");

    expect(JSON.parse(io.stdout)).toMatchObject({ file: at("masks.jpg"), width: 640, height: 360, painted: 0.13 });
    expect((await sharp(at("masks.jpg")).metadata()).format).toBe("jpeg");
  });

  test.each([
    ["a file that is neither image nor clip", ["--from", "doorstep.toml"], "CLIP_UNREADABLE", 1],
    ["no agent to ask", ["--state", "nowhere"], "AGENT_NOT_REACHED", 3],
    ["nowhere to write", ["--from", "place.png", "--out", "no/such/folder/masks.png"], "OUT_NOT_WRITABLE", 1],
  ])("with %s it says so and writes nothing", async (_, args, code, exit) => {
    const before = readdirSync(folder);

    const io = await preview("--out", at("new.png"), ...args.map((arg) => (arg.startsWith("-") ? arg : at(arg))));

    expect([io.stderr.split(":")[0], io.code]).toEqual([code, exit]);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("names cannot break the drawing, and each corner has its numbers", async () => {
    const read = await readConfigFile(at("doorstep.toml"));
    const { config } = read as { config: Config };
    const hidden = config.masks.map(({ polygon }) => polygon);

    const { svg } = masksSheet(config, paintedBlocks({ hidden, kept: [] }, 640, 360));

    expect(svg).toContain("mask: neighbour's &lt;window&gt;");
    for (const corner of ["0.25, 0.5", "0.4, 0.6", "0.9, 1"]) expect(svg).toContain(`>${corner}<`);
  });
});
