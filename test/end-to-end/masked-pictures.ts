// What masks have left of a picture, by its pixels: for looking at everything that was kept, shown or sent.
import { execFileSync } from "node:child_process";
import sharp from "sharp";

/** A part of a picture in fractions. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

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
