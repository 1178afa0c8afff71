// What a clip looks like without playing it: a contact sheet and an animated preview for the owner, and a still that is
// small enough for MQTT. Made from the key pictures of the finished clip, so masks are in them as they are in the clip.
import { AgentError } from "../error.ts";
import type { Picture, PictureDecoder } from "../../drivers/picture/picture.ts";
import { DriverError } from "../../drivers/error.ts";
import { jpegUnder, preview, resized, still, stillFromJpeg } from "./image.ts";
import { keyPictures, type KeyPicture } from "./key-pictures.ts";
import { INK, layOut, type Layout, MOST_PICTURES, overlay, type SheetFacts, shown } from "./sheet.ts";

/** Width of the still, and of what is decoded: at 60 kB a wider one would only be blurred. */
const STILL_WIDTH = 800;
/** How long after the trigger somebody is best seen. */
const LOOK_AFTER_MS = 1500;
const PREVIEW_FRAME_MS = 500;

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
 * Makes the pictures of the finished clip at `path`.
 *
 * @throws AgentError CLIP_UNREADABLE; DriverError PICTURE_DECODER_MISSING or PICTURE_UNDECODABLE (not one picture could be
 * decoded); `signal`'s reason.
 */
export async function makePictures(
  path: string,
  facts: SheetFacts,
  decoder: PictureDecoder,
  signal?: AbortSignal,
): Promise<Pictures> {
  const best = facts.clip.preRollMs + LOOK_AFTER_MS;
  const { seen, face } = await look(path, best, decoder, signal);
  const tiles = spread(seen, shown(seen.length));
  const layout = layOut(tiles.length, seen[0]!.tile, facts.loudness !== undefined);
  const sheet = paper(layout);
  for (const [n, { tile }] of tiles.entries())
    blit(sheet, await resized(tile, layout.tileWidth, layout.tileHeight), layout.tiles[n]!);
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
      seen.map(({ tile }) => tile),
      PREVIEW_FRAME_MS,
    ),
  };
}

/**
 * The still of a press, from the newest key picture in memory: JPEG, no metadata, at most 60 kB.
 *
 * @throws DriverError PICTURE_DECODER_MISSING or PICTURE_UNDECODABLE.
 */
export async function stillFromKey(accessUnit: Uint8Array, decoder: PictureDecoder): Promise<Buffer> {
  for await (const picture of decoder.decode([accessUnit], { maxWidth: STILL_WIDTH })) return still(picture);
  throw new DriverError("PICTURE_UNDECODABLE", `a key picture of ${accessUnit.length} bytes gave nothing`);
}

/** The same of a JPEG that the camera's own program made. */
export const stillFromCamera = (jpeg: Uint8Array): Promise<Buffer> => stillFromJpeg(jpeg, STILL_WIDTH);

interface Seen {
  readonly atMs: number;
  readonly tile: Picture;
}

interface Look {
  readonly seen: readonly Seen[];
  readonly face: Picture;
}

/**
 * Small versions of up to nine key pictures, and in full the one nearest to `bestMs`. The nine, of 1 MB each, wait until the
 * decoder has gone: it and the image library together would take a board's last 30 MB.
 */
async function look(path: string, bestMs: number, decoder: PictureDecoder, signal?: AbortSignal): Promise<Look> {
  const options = { maxWidth: STILL_WIDTH, background: true, ...(signal ? { signal } : {}) };
  const gallery = new Gallery(bestMs);
  const keys = (): AsyncIterable<KeyPicture> => keyPictures(path, (all) => gallery.expect(choose(all, bestMs)));
  try {
    const units = (async function* () {
      for await (const { unit } of keys()) yield unit;
    })();
    for await (const picture of decoder.decode(units, options)) gallery.add(picture);
  } catch (error) {
    if (!undecodable(error)) throw error;
    // One of them is broken, and it is not known which: look at each alone.
    for await (const { unit } of keys())
      try {
        for await (const picture of decoder.decode([unit], options)) gallery.add(picture);
      } catch (single) {
        if (!undecodable(single)) throw single;
        gallery.skip();
      }
    if (!gallery.face) throw error;
  }
  if (!gallery.face) throw new AgentError("CLIP_UNREADABLE", `${path} has no key picture`);
  return { seen: await gallery.tiles(), face: gallery.face };
}

const undecodable = (error: unknown): boolean => error instanceof DriverError && error.code === "PICTURE_UNDECODABLE";

/** Takes pictures in the order of the times it expects. */
class Gallery {
  readonly #bestMs: number;
  #times: readonly number[] = [];
  #next = 0;
  #offMs = Infinity;
  #seen: { readonly atMs: number; readonly picture: Picture }[] = [];
  face: Picture | undefined;

  constructor(bestMs: number) {
    this.#bestMs = bestMs;
  }

  expect(times: readonly number[]): readonly number[] {
    this.#times = times;
    this.#next = 0;
    this.#offMs = Infinity;
    this.#seen = [];
    this.face = undefined;
    return times;
  }

  add(picture: Picture): void {
    const atMs = this.#times[this.#next++] ?? 0;
    const offMs = Math.abs(atMs - this.#bestMs);
    if (offMs < this.#offMs) {
      this.#offMs = offMs;
      this.face = picture;
    }
    this.#seen.push({ atMs, picture });
  }

  skip(): void {
    this.#next++;
  }

  /** Lets go of each picture once there is a small one of it. */
  async tiles(): Promise<Seen[]> {
    const seen: Seen[] = [];
    for (let one = this.#seen.shift(); one; one = this.#seen.shift()) {
      const { tileWidth, tileHeight } = layOut(shown(this.#times.length), one.picture);
      seen.push({ atMs: one.atMs, tile: await resized(one.picture, tileWidth, tileHeight) });
    }
    return seen;
  }
}

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
