// What masks have left of a picture, by its pixels: for looking at everything that was kept, shown or sent.
import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import sharp from "sharp";
import { Y4mReader } from "../../drivers/luma/y4m.ts";
import { layOut, shown as picturesShown } from "../../agent/vault/sheet.ts";

/** A mask over the right half, as TOML. */
export const RIGHT_HALF = `
[[mask]]
name = "the neighbours"
polygon = [[0.5, 0.0], [1.0, 0.0], [1.0, 1.0], [0.5, 1.0]]
`;

/** A part of a picture in fractions. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The right half; pictures that were made smaller blur its border a little. */
export const HIDDEN: Part = { left: 0.51, top: 0, right: 1, bottom: 1 };
export const VISIBLE: Part = { left: 0, top: 0, right: 0.49, bottom: 1 };

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly rgb: Uint8Array;
}

/** Brighter than the pattern ever is after coding, in any of the three colours. */
const DARK = 80;

/** Every frame of a recording, decoded. */
export function framesOf(file: string, width: number, height: number): Pixels[] {
  const args = ["-v", "fatal", "-i", file, "-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo"];
  const bytes = execFileSync("ffmpeg", [...args, "-pix_fmt", "rgb24", "-"], { maxBuffer: 1 << 30 });
  const size = width * height * 3;
  return Array.from({ length: bytes.length / size }, (_, n) => ({
    width,
    height,
    rgb: bytes.subarray(n * size, (n + 1) * size),
  }));
}

/** A JPEG, or every page of an animated WebP. */
export async function picturesIn(bytes: Uint8Array): Promise<Pixels[]> {
  const { pages = 1 } = await sharp(bytes).metadata();
  return Promise.all(
    Array.from({ length: pages }, async (_, page) => {
      const { data, info } = await sharp(bytes, { page }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, rgb: data };
    }),
  );
}

/** How much of `part` shows something: the share of its pixels that are brighter than a mask. */
export function shown({ width, height, rgb }: Pixels, { left, top, right, bottom }: Part): number {
  let bright = 0;
  let all = 0;
  for (let y = Math.ceil(top * height); y < Math.floor(bottom * height); y++)
    for (let x = Math.ceil(left * width); x < Math.floor(right * width); x++) {
      const at = (y * width + x) * 3;
      all++;
      if (Math.max(rgb[at]!, rgb[at + 1]!, rgb[at + 2]!) > DARK) bright++;
    }
  return bright / all;
}

/** A storyboard's pictures, each by the part that the mask hides and one that it does not; `keyPictures` is how many the clip has. */
export function storyboardTiles(
  sheet: Pixels,
  keyPictures: number,
  [width, height]: readonly [width: number, height: number],
): { readonly hidden: Part; readonly visible: Part }[] {
  const layout = layOut(picturesShown(keyPictures), { width, height }, false);
  expect([sheet.width, sheet.height]).toEqual([layout.width, layout.height]);
  expect(layout.tiles.length).toBeGreaterThan(0);
  return layout.tiles.map(({ x, y }) => {
    // The time of the picture is written into its lower left corner.
    const part = (from: number, to: number): Part => ({
      left: (x + layout.tileWidth * from) / sheet.width,
      right: (x + layout.tileWidth * to) / sheet.width,
      top: (y + 2) / sheet.height,
      bottom: (y + layout.tileHeight * 0.75) / sheet.height,
    });
    return { hidden: part(0.52, 0.99), visible: part(0.01, 0.48) };
  });
}

/** The pictures of a YUV4MPEG2 stream in grey: what the look for motion was given. */
export const greyPicturesIn = (stream: Uint8Array): Pixels[] =>
  [...new Y4mReader().push(stream)].map(({ width, height, pixels }) => ({
    width,
    height,
    rgb: Uint8Array.from({ length: pixels.length * 3 }, (_, at) => pixels[Math.floor(at / 3)]!),
  }));
