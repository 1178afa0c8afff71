// Raw pictures into JPEG and WebP files that keep to a size. sharp is loaded with the first picture, not at start: a
// doorbell that has nothing to show needs no image library in memory.
import type { Sharp } from "sharp";
import type { Picture } from "../../drivers/picture/picture.ts";

/** Kilobytes here are 1,000 bytes: the smaller reading of a promise. */
export const STILL_BYTES = 60_000;
export const PREVIEW_BYTES = 300_000;

const PREVIEW_WIDTH = 400;

/** One thread and no cache: the camera and the other rooms want the rest of a small board. */
async function library() {
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

const raw = ({ width, height }: Picture) => ({ raw: { width, height, channels: 3 as const } });

/** The picture in another size, with bars at its sides if the shape differs. */
export async function resized(picture: Picture, width: number, height: number): Promise<Picture> {
  if (picture.width === width && picture.height === height) return picture;
  const sharp = await library();
  const rgb = await sharp(picture.rgb, raw(picture))
    .resize(width, height, { fit: "contain", background: "black", kernel: "linear" })
    .raw()
    .toBuffer();
  return { width, height, rgb };
}

/** A picture with an SVG of the same size over it, as JPEG without metadata. */
export async function jpegUnder(picture: Picture, svg: string): Promise<Buffer> {
  const sharp = await library();
  return sharp(picture.rgb, raw(picture))
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 76 })
    .toBuffer();
}

/** JPEG without metadata in at most {@link STILL_BYTES}: first quality goes, then size. */
export async function still(picture: Picture): Promise<Buffer> {
  const sharp = await library();
  for (let width = picture.width; ; width = Math.ceil(width / 2))
    for (const quality of width === picture.width ? [82, 68, 50, 35] : [60, 40]) {
      const jpeg = await sharp(picture.rgb, raw(picture)).resize(width).jpeg({ quality }).toBuffer();
      if (jpeg.length <= STILL_BYTES) return jpeg;
    }
}

/** A camera's own JPEG as a still, at most `maxWidth` wide: what the camera's program wrote beside the picture goes. */
export async function stillFromJpeg(jpeg: Uint8Array, maxWidth: number): Promise<Buffer> {
  const sharp = await library();
  const { data, info } = await sharp(jpeg)
    .resize(maxWidth, undefined, { withoutEnlargement: true })
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return still({ width: info.width, height: info.height, rgb: data });
}

/** An animated WebP of pictures of one size in at most {@link PREVIEW_BYTES}: first quality goes, then size. */
export async function preview(pictures: readonly Picture[], frameMs: number): Promise<Buffer> {
  const sharp = await library();
  const { width, height } = pictures[0]!;
  const strip = Buffer.concat(pictures.map(({ rgb }) => rgb));
  const pages = { width, height: height * pictures.length, channels: 3 as const, pageHeight: height };
  const frames = (): Sharp => sharp(strip, { animated: true, raw: pages });
  for (let scaled = Math.min(width, PREVIEW_WIDTH); ; scaled = Math.ceil(scaled / 2))
    for (const quality of [60, 40, 20]) {
      const webp = await frames()
        .resize(scaled)
        .webp({ quality, effort: 1, loop: 0, delay: pictures.map(() => frameMs) })
        .toBuffer();
      if (webp.length <= PREVIEW_BYTES) return webp;
    }
}
