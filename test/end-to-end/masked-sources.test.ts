// Promise 10 on every kind of camera: what is recorded, drawn for the owner, shown live and looked at for motion has the mask in it.
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { h264File, scratchDirectory } from "../drivers/camera/footage.ts";
import { Bench } from "./bench.ts";
import { Household } from "./household.ts";
import {
  framesOf,
  greyPicturesIn,
  HIDDEN,
  picturesIn,
  type Pixels,
  RIGHT_HALF,
  shown,
  storyboardTiles,
  VISIBLE,
} from "./masked-pictures.ts";

const SIZE = [640, 352] as const;
/** So much of what is not hidden is bright: test pictures have dark stripes. */
const BRIGHT = 0.3;
const folder = scratchDirectory();

const SOURCES = {
  simulated: () => 'source = "simulated"',
  replay: () => {
    const file = h264File(join(folder, "yard.mp4"), { frames: 150, size: SIZE.join("x"), fps: 10 });
    return `source = "replay"\nfile = ${JSON.stringify(file)}\nloop = true`;
  },
  libcamera: () => 'source = "libcamera"',
  v4l2: () => 'source = "v4l2"\ndevice = "/dev/video0"',
};

const config = (source: string): string => `
[device]
name = "porch"
clock = "assume"
[camera]
${source}
width = ${SIZE[0]}
height = ${SIZE[1]}
fps = 10
pre_roll = "2s"
post_roll = "2s"
max_clip = "20s"
${RIGHT_HALF}
[[zone]]
name = "everywhere"
polygon = [[0, 0], [1, 0], [1, 1], [0, 1]]
[trigger]
button = { gpio = 27, driver = "simulated" }
light = "none"
`;

function expectMasked(pictures: readonly Pixels[], what: string): void {
  for (const picture of pictures) {
    expect(shown(picture, HIDDEN), what).toBe(0);
    expect(shown(picture, VISIBLE), what).toBeGreaterThan(BRIGHT);
  }
}

describe.skipIf(spawnSync("ffmpeg", ["-version"]).error !== undefined)("a mask", { timeout: 120_000 }, () => {
  test.each(Object.entries(SOURCES))(
    "is in every picture that comes of a camera that is %s, those for the detector included",
    async (_, source) => {
      const house = new Household(config(source()));
      onTestFinished(() => house.close());
      const bench = new Bench(house.folder);
      house.start("recorder", bench.under);
      await house.status("camera on", ({ camera }) => camera.state === "on");
      const live: Buffer[] = [];
      const stream = await house.agent.stream("/live");
      stream.on("data", (piece: Buffer) => live.push(piece));

      const clip = await house.visit("button");
      await house.eventually("its pictures", () => readdirSync(house.paths.stills).length === 3);
      await house.eventually("pictures for the detector", () => greyPicturesIn(bench.forDetector).length > 2);
      stream.destroy();

      const liveFile = join(house.folder, "live.mp4");
      writeFileSync(liveFile, Buffer.concat(live));
      for (const file of [join(house.paths.clips, `${clip.id}.mp4`), liveFile]) {
        const frames = framesOf(file, ...SIZE);
        expect(frames.length).toBeGreaterThan(20);
        expectMasked(frames, file);
      }
      const drawn = (kind: string): Buffer => readFileSync(join(house.paths.stills, `${clip.id}.${kind}`));
      expectMasked(await picturesIn(drawn("still.jpg")), "still");
      const preview = await picturesIn(drawn("preview.webp"));
      expectMasked(preview, "preview");
      const [sheet] = await picturesIn(drawn("storyboard.jpg"));
      for (const { hidden, visible } of storyboardTiles(sheet!, preview.length, SIZE)) {
        expect(shown(sheet!, hidden)).toBe(0);
        expect(shown(sheet!, visible)).toBeGreaterThan(BRIGHT);
      }
      const forDetector = greyPicturesIn(bench.forDetector);
      expect(forDetector.map(({ width, height }) => [width, height])).toContainEqual([160, 88]);
      expectMasked(forDetector, "for the detector");
      // The pattern itself, a cell a pixel: no plain darkness.
      for (const picture of forDetector) expect(levels(picture)).toEqual(["dark", "less dark"]);
    },
  );
});

/** Which of the pattern's two levels the hidden part shows. */
function levels({ width, height, rgb }: Pixels): string[] {
  const found = new Set<string>();
  for (let y = 0; y < height; y++)
    for (let x = Math.ceil(HIDDEN.left * width); x < width; x++)
      found.add(rgb[3 * (y * width + x)]! < 22 ? "dark" : "less dark");
  return [...found].toSorted();
}
