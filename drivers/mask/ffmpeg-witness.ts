// Draws the pattern of each start and finds it again in what was coded; remembers the last few, because a clip may be looked
// at after the camera has been started anew.
import type { Clock } from "../clock/clock.ts";
import { type LumaPicture, lumaPictures } from "./luma-pictures.ts";
import { type Blocks, type MaskedAreas, type MaskWitness, paintedBlocks } from "./mask.ts";
import { drawPattern, findPattern, type Pattern, readPattern } from "./pattern.ts";

export interface FfmpegWitnessOptions {
  readonly areas: MaskedAreas;
  readonly clock: Clock;
  /** Default "ffmpeg". */
  readonly ffmpeg?: string;
}

type Units = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** More starts than can happen while one clip is finished. */
const REMEMBERED = 8;

export class FfmpegMaskWitness implements MaskWitness {
  readonly #options: FfmpegWitnessOptions;
  #starts: readonly Pattern[] = [];
  #blocks: Blocks | undefined;

  constructor(options: FfmpegWitnessOptions) {
    this.#options = options;
  }

  /** The pattern of a new start with pictures of that size, in pixels. */
  begin(width: number, height: number): Pattern {
    const random = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));
    const pattern = drawPattern(this.#blocksOf(width, height), random);
    this.#starts = [pattern, ...this.#starts].slice(0, REMEMBERED);
    return pattern;
  }

  /** As {@link examine}, for `pattern` alone and at once: the camera waits. */
  async prove(units: Units, pattern: Pattern, signal: AbortSignal): Promise<string | undefined> {
    return this.#look(units, { background: false, signal }, () => [pattern]);
  }

  async examine(
    units: Units,
    { anyStart = false, signal }: { readonly anyStart?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<string | undefined> {
    return this.#look(units, { background: true, ...(signal && { signal }) }, ({ width, height, luma }) => {
      const known = this.#starts.filter(({ blocks }) => blocks.width === width && blocks.height === height);
      const read = anyStart ? readPattern(luma, this.#blocksOf(width, height)) : undefined;
      return [...known, ...(read ? [read] : [])];
    });
  }

  /** Looks in each picture for one and the same of the patterns that the first one allows. */
  async #look(
    units: Units,
    options: { readonly background: boolean; readonly signal?: AbortSignal },
    allowed: (first: LumaPicture) => readonly Pattern[],
  ): Promise<string | undefined> {
    const { clock, ffmpeg = "ffmpeg" } = this.#options;
    let patterns: readonly Pattern[] | undefined;
    let pictures = 0;
    for await (const picture of lumaPictures(units, { clock, ffmpeg, ...options })) {
      pictures++;
      const { width, height, luma } = picture;
      patterns ??= allowed(picture);
      const best = patterns
        .filter(({ blocks }) => blocks.width === width && blocks.height === height)
        .map((pattern) => ({ pattern, finding: findPattern(luma, pattern) }))
        .toSorted((a, b) => a.finding.missing - b.finding.missing);
      patterns = best.filter(({ finding }) => finding.found).map(({ pattern }) => pattern);
      if (patterns.length > 0) continue;
      const { missing = 0, measured = 0, at } = best[0]?.finding ?? {};
      const where = at ? `, the first at ${at.x}, ${at.y}` : "";
      return `picture ${pictures} (${width}x${height}) lacks the pattern in ${missing} of ${measured} painted blocks${where}`;
    }
    return pictures === 0 ? "there is no picture to look at" : undefined;
  }

  #blocksOf(width: number, height: number): Blocks {
    if (this.#blocks?.width !== width || this.#blocks.height !== height)
      this.#blocks = paintedBlocks(this.#options.areas, width, height);
    return this.#blocks;
  }
}
