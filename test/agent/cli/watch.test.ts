// `doorstep watch` over real and odd recordings: what came, where, and what is refused.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { footage } from "../../footage.ts";
import { doorstep } from "./agent-stand.ts";

const tree = footage("tree.avi");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Events {
  readonly events: readonly { readonly start_s: number; readonly end_s: number; readonly zones: readonly string[] }[];
  readonly duration_s: number;
}
const watch = async (...args: string[]): Promise<Events> =>
  JSON.parse((await doorstep("watch", ...args, "--json")).stdout) as Events;

test.skipIf(!tree)(
  "a tree in the wind is nobody, and the one who walks by is one visit",
  { timeout: 60_000 },
  async () => {
    const { events, duration_s } = await watch(tree!);

    expect(events).toHaveLength(1);
    expect(Math.abs(events[0]!.start_s - 22.8)).toBeLessThan(1);
    expect(events[0]!.end_s).toBeLessThanOrEqual(duration_s);
  },
);

test.skipIf(!tree)(
  "with a configuration, its zones are named, and a zone nobody enters is quiet",
  { timeout: 60_000 },
  async () => {
    const text = (name: string, polygon: string): string =>
      `[device]\nname = "porch"\ntimezone = "UTC"\n[camera]\nsource = "simulated"\n[trigger]\nvideo = true\nlight = "none"\n[[zone]]\nname = "${name}"\npolygon = ${polygon}\n`;
    const whole = join(folder, "whole.toml");
    const corner = join(folder, "corner.toml");
    writeFileSync(whole, text("everywhere", "[[0, 0], [1, 0], [1, 1], [0, 1]]"));
    writeFileSync(corner, text("corner", "[[0, 0], [0.05, 0], [0.05, 0.05], [0, 0.05]]"));

    expect((await watch(tree!, "--config", whole)).events.map(({ zones }) => zones)).toEqual([["everywhere"]]);
    expect((await watch(tree!, "--config", corner)).events).toEqual([]);
  },
);

test.skipIf(!tree)("the picture shows the place, and in colour where somebody was", { timeout: 60_000 }, async () => {
  const file = join(folder, "heat.png");

  const { stdout } = await doorstep("watch", tree!, "--picture", file);

  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  const coloured = data.filter((_, at) => at % 3 === 0 && Math.abs(data[at]! - data[at + 2]!) > 40).length;
  expect([info.width, info.height, coloured > 100]).toEqual([640, 480, true]);
  expect(stdout).toContain("one visit");
});

test("odd recordings are looked at without harm, or refused with a code", { timeout: 60_000 }, async () => {
  const make = (name: string, input: string, ...output: string[]): string => {
    const file = join(folder, name);
    execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", input, ...output, "-y", file]);
    return file;
  };
  const wide = make("wide.ts", "color=gray:s=320x180:r=10:d=2");
  const narrow = make("narrow.ts", "color=gray:s=240x240:r=10:d=2");
  const changing = join(folder, "changing.ts");
  writeFileSync(changing, Buffer.concat([readFileSync(wide), readFileSync(narrow)]));
  const odd: [string, string][] = [
    ["grey only", make("grey.mkv", "color=gray:s=64x48:r=10:d=2", "-pix_fmt", "gray", "-c:v", "ffv1")],
    ["one pixel", make("pixel.mkv", "color=gray:s=4x4:r=10:d=2", ..."-vf scale=1:1 -c:v ffv1".split(" "))],
    ["one picture", make("one.mp4", "color=gray:s=64x48:r=10", "-frames:v", "1")],
    ["4K", make("large.mp4", "color=gray:s=3840x2160:r=2:d=2", "-preset", "ultrafast")],
    ["another size halfway", changing],
    ["a slit", make("slit.mkv", "color=gray:s=8x3000:r=5:d=1", ..."-vf scale=1:3000 -c:v ffv1".split(" "))],
  ];

  const answers: unknown[] = [];
  for (const [name, file] of odd) {
    const { code, stdout, stderr } = await doorstep("watch", file);
    answers.push([name, code, stdout.includes("nobody came"), stderr.split(":")[0]]);
  }

  expect(answers).toEqual([
    ["grey only", 0, true, ""],
    ["one pixel", 0, true, ""],
    ["one picture", 0, true, ""],
    ["4K", 0, true, ""],
    ["another size halfway", 0, true, ""],
    ["a slit", 1, false, "LUMA_UNDECODABLE"],
  ]);
});

test("a file that is no recording, a wrong sensitivity and a broken configuration are told apart", async () => {
  const text = join(folder, "text.mp4");
  writeFileSync(text, "no pictures in here");
  const broken = join(folder, "broken.toml");
  writeFileSync(broken, "[device\n");
  const black = join(folder, "black.mp4");
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "color=black:s=64x48:d=2:r=5", "-y", black]);

  const codes = [
    await doorstep("watch", text),
    await doorstep("watch", join(folder, "nothing.mp4")),
    await doorstep("watch", folder),
    await doorstep("watch", black, "--sensitivity", "2"),
    await doorstep("watch", black, "--config", broken),
    await doorstep("watch", black),
  ].map(({ code, stderr, stdout }) => [code, stderr.split(":")[0], stdout.includes("nobody came")]);

  expect(codes).toEqual([
    [1, "LUMA_UNDECODABLE", false],
    [2, "OPTION_FILE_UNREADABLE", false],
    [2, "OPTION_FILE_UNREADABLE", false],
    [2, "error", false],
    [1, "CONFIG_NOT_VALID", false],
    [0, "", true],
  ]);
});
