// What a clip looks like without playing it: a contact sheet and an animated preview for the owner, and a still that is
// small enough for MQTT. Made from the key pictures of the finished clip, so masks are in them as they are in the clip.
import { AgentError } from "../error.ts";
import type { DecodeOptions, Picture, PictureDecoder } from "../../drivers/picture/picture.ts";
import { DriverError } from "../../drivers/error.ts";
import { jpegUnder, preview, resized, still, stillFromJpeg } from "./image.ts";
import { keyPictures, type KeyPicture } from "./key-pictures.ts";
import { INK, layOut, type Layout, MOST_PICTURES, overlay, type SheetFacts, shown } from "./sheet.ts";

/** Width of the still: at 60 kB a wider one would only be blurred. */
const STILL_WIDTH = 800;
/** How long after the trigger somebody is best seen. */
const LOOK_AFTER_MS = 1500;
const PREVIEW_FRAME_MS = 500;

const bestOf = ({ preRollMs }: SheetFacts["clip"]): number => preRollMs + LOOK_AFTER_MS;

/** {@link Pictures} as they come from another process. */
export type PictureBytes = { readonly [P in keyof Pictures]: Uint8Array };

/** The three files of a clip's pictures. */
export interface Pictures {
  readonly storyboard: Buffer;
  /** JPEG, no metadata, at most 60 kB. */
  readonly still: Buffer;
  /** Animated WebP, at most 300 kB. */
  readonly preview: Buffer;
}

/**
 * The key pictures of the finished clip at `path` that its pictures are made of: up to nine, in the order of their times.
 *
 * @throws AgentError CLIP_UNREADABLE.
 */
export async function keysToShow(path: string, { clip }: SheetFacts): Promise<readonly KeyPicture[]> {
  const keys = await Array.fromAsync(keyPictures(path, (times) => choose(times, bestOf(clip))));
  if (keys.length === 0) throw new AgentError("CLIP_UNREADABLE", `${path} has no key picture`);
  return keys;
}

/**
 * Makes the pictures of a clip from what {@link keysToShow} found in it.
 *
 * @throws DriverError PICTURE_DECODER_MISSING or PICTURE_UNDECODABLE (not one picture could be decoded); `signal`'s reason.
 */
export async function makePictures(
  keys: readonly KeyPicture[],
  facts: SheetFacts,
  decoder: PictureDecoder,
  signal?: AbortSignal,
): Promise<Pictures> {
  const best = bestOf(facts.clip);
  const { tileWidth, tileHeight } = layOut(shown(keys.length), facts.clip);
  const pictures = await look(keys, tileWidth, decoder, signal);
  const face = await faceOf(keys, pictures, best, decoder, signal);
  // From here on the image library is in memory, and the decoder is not.
  const seen: Seen[] = [];
  for (const { atMs, picture } of pictures) seen.push({ atMs, picture: await resized(picture, tileWidth, tileHeight) });
  const tiles = spread(seen, shown(seen.length));
  const layout = layOut(tiles.length, seen[0]!.picture, facts.loudness !== undefined);
  const sheet = paper(layout);
  for (const [n, { picture }] of tiles.entries())
    blit(sheet, await resized(picture, layout.tileWidth, layout.tileHeight), layout.tiles[n]!);
  signal?.throwIfAborted();
  const storyboard = await jpegUnder(
    sheet,
    overlay(
      layout,
      tiles.map(({ atMs }) => atMs),
      facts,
    ),
  );
  signal?.throwIfAborted();
  return {
    storyboard,
    still: await still(face),
    preview: await preview(
      seen.map(({ picture }) => picture),
      PREVIEW_FRAME_MS,
    ),
  };
}

/**
 * The still of a press, from the newest key picture in memory: JPEG, no metadata, at most 60 kB.
 *
 * @throws DriverError PICTURE_DECODER_MISSING or PICTURE_UNDECODABLE.
 */
export const stillFromKey = async (accessUnit: Uint8Array, decoder: PictureDecoder): Promise<Buffer> =>
  still(await inFull(accessUnit, decoder, {}));

/** The same of a JPEG that the camera's own program made. */
export const stillFromCamera = (jpeg: Uint8Array): Promise<Buffer> => stillFromJpeg(jpeg, STILL_WIDTH);

interface Seen {
  readonly atMs: number;
  readonly picture: Picture;
}

/**
 * The key pictures, decoded to the width in which they are shown: nine in full would be 10 MB beside the image library, on a board
 * whose last 30 it takes. What cannot be decoded is left out, but for all of it.
 */
async function look(
  keys: readonly KeyPicture[],
  maxWidth: number,
  decoder: PictureDecoder,
  signal?: AbortSignal,
): Promise<readonly Seen[]> {
  const options = { maxWidth, background: true, ...(signal && { signal }) };
  try {
    return await decoded(keys, decoder, options);
  } catch (error) {
    if (!undecodable(error)) throw error;
    // One of them is broken, and it is not known which: look at each alone.
    const seen: Seen[] = [];
    for (const key of keys)
      try {
        seen.push(...(await decoded([key], decoder, options)));
      } catch (single) {
        if (!undecodable(single)) throw single;
      }
    if (seen.length === 0) throw error;
    return seen;
  }
}

async function decoded(keys: readonly KeyPicture[], decoder: PictureDecoder, options: DecodeOptions): Promise<Seen[]> {
  const units = keys.map(({ unit }) => unit);
  const pictures = await Array.fromAsync(decoder.decode(units, options));
  return keys.flatMap(({ atMs }, n) => (pictures[n] ? [{ atMs, picture: pictures[n] }] : []));
}

/** The one nearest to `bestMs` of those that could be decoded, as large as a still is. */
async function faceOf(
  keys: readonly KeyPicture[],
  seen: readonly Seen[],
  bestMs: number,
  decoder: PictureDecoder,
  signal?: AbortSignal,
): Promise<Picture> {
  const off = ({ atMs }: { readonly atMs: number }): number => Math.abs(atMs - bestMs);
  const { atMs } = seen.reduce((a, b) => (off(b) < off(a) ? b : a));
  const { unit } = keys.find((key) => key.atMs === atMs)!;
  return inFull(unit, decoder, { background: true, ...(signal && { signal }) });
}

async function inFull(
  unit: Uint8Array,
  decoder: PictureDecoder,
  options: Omit<DecodeOptions, "maxWidth">,
): Promise<Picture> {
  for await (const picture of decoder.decode([unit], { ...options, maxWidth: STILL_WIDTH })) return picture;
  throw new DriverError("PICTURE_UNDECODABLE", `a key picture of ${unit.length} bytes gave nothing`);
}

const undecodable = (error: unknown): boolean => error instanceof DriverError && error.code === "PICTURE_UNDECODABLE";

/** Up to nine times spread over the clip, the one nearest to `bestMs` among them. */
function choose(times: readonly number[], bestMs: number): readonly number[] {
  const best = times.reduce((a, b) => (Math.abs(b - bestMs) < Math.abs(a - bestMs) ? b : a), times[0] ?? 0);
  const chosen = [...spread(times, Math.min(times.length, MOST_PICTURES))];
  if (chosen.length > 2 && !chosen.includes(best)) {
    const inner = chosen.slice(1, -1);
    const nearest = inner.reduce((a, b) => (Math.abs(b - best) < Math.abs(a - best) ? b : a));
    chosen[chosen.indexOf(nearest)] = best;
  }
  return chosen;
}

/** `count` of `all`, evenly, the first and the last among them. */
const spread = <T>(all: readonly T[], count: number): readonly T[] =>
  Array.from({ length: count }, (_, n) => all[Math.round((n * (all.length - 1)) / Math.max(1, count - 1))]!);

function paper({ width, height }: Layout): Picture & { readonly rgb: Buffer } {
  return { width, height, rgb: Buffer.alloc(width * height * 3, Buffer.from(INK.paper.slice(1), "hex")) };
}

function blit(sheet: Picture & { readonly rgb: Buffer }, tile: Picture, { x, y }: { x: number; y: number }): void {
  const rowBytes = tile.width * 3;
  for (let row = 0; row < tile.height; row++)
    sheet.rgb.set(tile.rgb.subarray(row * rowBytes, (row + 1) * rowBytes), ((y + row) * sheet.width + x) * 3);
}
