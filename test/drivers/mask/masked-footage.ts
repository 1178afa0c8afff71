// Raw pictures for the tests of masks: footage decoded, painted, coded and decoded again, by ffmpeg.
import { ffmpeg } from "../camera/footage.ts";
import { type Blocks, type MaskedAreas, paintedBlocks } from "../../../drivers/mask/mask.ts";
import { MaskPainter } from "../../../drivers/mask/painter.ts";
import { type Pattern, drawPattern } from "../../../drivers/mask/pattern.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const random = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

export const patternFor = (areas: MaskedAreas, { width, height }: Size): Pattern =>
  drawPattern(paintedBlocks(areas, width, height), random);

/** `count` raw pictures of what `input` (ffmpeg arguments) shows. */
export function rawPictures(input: readonly string[], { width, height }: Size, count: number): Buffer[] {
  const scale = ["-vf", `scale=${width}:${height},format=yuv420p`, "-frames:v", String(count)];
  return cut(ffmpeg([...input, ...scale, "-f", "rawvideo", "-"]), (width * height * 3) / 2);
}

export function paint(pictures: readonly Uint8Array[], pattern: Pattern): void {
  const { width, height } = pattern.blocks;
  const painter = new MaskPainter(pattern, { width, height, stride: width });
  for (const picture of pictures) painter.paint([picture]);
}

/** The luma of `pictures` after an encoder with these arguments. */
export function coded(pictures: readonly Uint8Array[], { width, height }: Size, encoder: string): Buffer[] {
  const raw = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", `${width}x${height}`, "-framerate", "15"];
  const stream = ffmpeg([...raw, "-i", "-", ...encoder.split(" "), "-f", "h264", "-"], Buffer.concat(pictures));
  return cut(
    ffmpeg(["-f", "h264", "-i", "-", "-vf", "extractplanes=y", "-f", "rawvideo", "-"], stream),
    width * height,
  );
}

/** Left top corner of a painted block, in pixels. */
export const cornerOf = ({ columns }: Blocks, block: number): { x: number; y: number } => ({
  x: (block % columns) * 16,
  y: Math.floor(block / columns) * 16,
});

const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: bytes.length / size }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
