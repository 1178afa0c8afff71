// Whether somebody is there, from small grey pictures, and in which zones. Pure: pictures in, verdicts out.
// How it works and what was left aside: docs/design/motion.md.
import type { Area } from "../../config/config.ts";
import { Background } from "./background.ts";
import { type Blob, findBlobs } from "./blobs.ts";
import { type FollowedObject, ObjectFollower } from "./objects.ts";
import { outlineContrast, textureKept } from "./texture.ts";
import { type ZoneMask, zoneMasks } from "./zones.ts";

export interface DetectorOptions {
  /** Pixels. About 160 wide is meant; anything works. */
  readonly width: number;
  readonly height: number;
  /** Without zones the whole picture counts. */
  readonly zones: readonly Area[];
  /** 0 (only a lot of movement) to 1 (almost any). */
  readonly sensitivity: number;
}

export interface Verdict {
  /** Zones that somebody is in. Empty when there are no zones. */
  readonly zones: readonly string[];
  /** 0–1: the largest part of a zone, or of the picture without zones, that somebody covers. */
  readonly strength: number;
  /** Somebody is there, moving or not. */
  readonly present: boolean;
  /** Since when; undefined unless present. May be earlier than the picture that made it certain. */
  readonly sinceMs?: number;
}

/** A gap after which the background is no longer believed. */
const LOST_MS = 60_000;
/** Nothing is certain before the place has been watched this long, and for so many pictures. */
const LEARN_MS = 2_000;
const LEARN_FRAMES = 3;
/** What has not stirred for this long is furniture: somebody standing still stirs. */
const FURNITURE_MS = 300_000;
/** What has not stirred for this long is asked whether it is only the mark of something that left. */
const STILL_MS = 900;
/** Where this part of the texture is as it was, only the light has changed. */
const LIGHT = 0.7;
/** Pixels around somebody that are held with them. */
const RIM = 2;
const QUIET: Verdict = { zones: [], strength: 0, present: false };

export class MotionDetector {
  readonly #options: DetectorOptions;
  readonly #background: Background;
  readonly #follower: ObjectFollower;
  readonly #zones: readonly ZoneMask[];
  readonly #unexpected: Uint8Array;
  readonly #mask: Uint8Array;
  readonly #held: Uint8Array;
  readonly #leastArea: number;
  #startMs = 0;
  #lastMs: number | undefined;
  #unexpectedPart = 0;

  constructor(options: DetectorOptions) {
    const { width, height, sensitivity } = options;
    this.#options = options;
    this.#leastArea = Math.max(6, width * height * 0.0016 * 4 ** (1 - 2 * sensitivity));
    this.#background = new Background(width, height, 22 - 16 * sensitivity);
    this.#follower = new ObjectFollower({ width, height, leastArea: this.#leastArea });
    this.#zones = zoneMasks(options.zones, width, height);
    this.#unexpected = new Uint8Array(width * height);
    this.#mask = new Uint8Array(width * height);
    this.#held = new Uint8Array(width * height);
  }

  /** One byte a pixel of the newest picture: 1 where somebody is. Overwritten by the next. */
  get mask(): Uint8Array {
    return this.#mask;
  }

  /**
   * Looks at the next picture, a byte a pixel, taken at `atMs` (any origin, rising).
   *
   * @throws RangeError when it has another size than announced.
   */
  frame(luma: Uint8Array, atMs: number): Verdict {
    const { width, height } = this.#options;
    if (luma.length !== width * height) throw new RangeError(`${luma.length} bytes are not ${width}x${height}`);
    const gapMs = this.#lastMs === undefined ? Infinity : Math.max(1, atMs - this.#lastMs);
    this.#lastMs = atMs;
    if (gapMs > LOST_MS) return this.#begin(luma, atMs);

    const background = this.#background;
    const count = background.compare(luma, this.#follower.labels, this.#unexpected);
    const part = count / luma.length;
    const sudden = part > 0.4 && this.#unexpectedPart < 0.2;
    this.#unexpectedPart = part;
    // Without any texture to go by, everything at once is light too: nobody fills the picture in an instant.
    if (sudden && (this.#lightKept(luma.keys()) ?? 1) > LIGHT) return this.#begin(luma, atMs);

    const blobs = findBlobs(this.#unexpected, width, height, Math.max(3, this.#leastArea / 4));
    const things = blobs.filter(({ pixels }) => (this.#lightKept(pixels) ?? 0) <= LIGHT || this.#ignoreLight(pixels));
    this.#follower.follow(things, atMs, gapMs);
    this.#dismiss(atMs);
    const certain = atMs - this.#startMs >= LEARN_MS && background.frames >= LEARN_FRAMES;
    if (!certain) for (const object of this.#follower.seen) object.confirmed = false;
    this.#hold();
    background.learn(gapMs / 1000, this.#unexpected, this.#held);
    return this.#verdict();
  }

  #begin(luma: Uint8Array, atMs: number): Verdict {
    this.#background.reset(luma);
    this.#follower.clear();
    this.#mask.fill(0);
    this.#held.fill(0);
    this.#startMs = atMs;
    this.#unexpectedPart = 0;
    return QUIET;
  }

  #lightKept(pixels: Iterable<number>): number | undefined {
    const { mean, current } = this.#background;
    return textureKept(mean, current, pixels, this.#options.width);
  }

  /** The place is as it was, only brighter or darker: learnt at once. Always false, for the filter. */
  #ignoreLight(pixels: Int32Array): false {
    this.#background.absorb(pixels);
    for (const at of pixels) this.#unexpected[at] = 0;
    return false;
  }

  /** Lets go of the marks that things leave where they stood when we began to watch, and of what has become furniture. */
  #dismiss(atMs: number): void {
    for (const object of this.#follower.seen) {
      if (this.#stirs(object)) object.movedMs = atMs;
      const stillMs = atMs - object.movedMs;
      if (stillMs < STILL_MS) continue;
      if (stillMs < FURNITURE_MS && !this.#isMark(object)) continue;
      for (const { pixels } of object.blobs) this.#background.absorb(pixels);
      this.#follower.drop(object);
    }
  }

  #stirs({ blobs }: FollowedObject): boolean {
    const { current, previous, deviation } = this.#background;
    let stirring = 0;
    let all = 0;
    for (const { pixels } of blobs)
      for (const at of pixels) {
        all += 1;
        if (Math.abs(current[at]! - previous[at]!) > Math.max(10, 3 * deviation[at]!)) stirring += 1;
      }
    return stirring > Math.max(2, 0.04 * all);
  }

  /** A thing has an outline in the picture; the mark of one that left has it in the background only. */
  #isMark({ blobs }: FollowedObject): boolean {
    const { mean, current } = this.#background;
    const sums = { background: 0, picture: 0 };
    for (const blob of blobs) {
      const contrast = outlineContrast(mean, current, blob, this.#options.width);
      sums.background += contrast.background * blob.pixels.length;
      sums.picture += contrast.picture * blob.pixels.length;
    }
    return sums.background > 1.3 * sums.picture;
  }

  /**
   * Marks where somebody is, and holds the background there: what they cover cannot be learnt. Held is the whole outline and
   * a rim, since parts of them look like what is behind and would be learnt as background.
   */
  #hold(): void {
    this.#mask.fill(0);
    this.#held.fill(0);
    for (const { confirmed, blobs } of this.#follower.seen)
      if (confirmed)
        for (const blob of blobs) {
          for (const at of blob.pixels) this.#mask[at] = 1;
          this.#holdOutline(blob);
        }
  }

  #holdOutline({ pixels, top, bottom }: Blob): void {
    const { width, height } = this.#options;
    const lefts = new Int32Array(bottom - top + 1).fill(width);
    const rights = new Int32Array(bottom - top + 1).fill(-1);
    for (const at of pixels) {
      const x = at % width;
      const row = (at - x) / width - top;
      if (x < lefts[row]!) lefts[row] = x;
      if (x > rights[row]!) rights[row] = x;
    }
    for (let row = 0; row < lefts.length; row++) {
      if (rights[row]! < 0) continue;
      const from = Math.max(0, lefts[row]! - RIM);
      const to = Math.min(width, rights[row]! + RIM + 1);
      for (let y = Math.max(0, top + row - RIM); y <= Math.min(height - 1, top + row + RIM); y++)
        this.#held.fill(1, y * width + from, y * width + to);
    }
  }

  #verdict(): Verdict {
    const present = this.#follower.seen.filter(({ confirmed }) => confirmed);
    if (present.length === 0) return QUIET;
    if (this.#zones.length === 0) {
      const area = present.reduce((sum, object) => sum + object.area, 0);
      return { zones: [], strength: area / this.#held.length, present: true, sinceMs: earliest(present) };
    }
    const zones: string[] = [];
    let strength = 0;
    const inside = new Set<FollowedObject>();
    for (const zone of this.#zones) {
      const covered = present.map((object) => ({ object, pixels: pixelsIn(object.blobs, zone) }));
      const enough = covered.filter(({ pixels }) => pixels >= this.#leastArea / 2);
      if (enough.length === 0) continue;
      zones.push(zone.name);
      for (const { object } of enough) inside.add(object);
      strength = Math.max(strength, enough.reduce((sum, { pixels }) => sum + pixels, 0) / zone.pixels);
    }
    if (zones.length === 0) return QUIET;
    return { zones, strength: Math.min(1, strength), present: true, sinceMs: earliest([...inside]) };
  }
}

const earliest = (objects: readonly FollowedObject[]): number => Math.min(...objects.map(({ firstMs }) => firstMs));

function pixelsIn(blobs: readonly Blob[], { inside }: ZoneMask): number {
  let count = 0;
  for (const { pixels } of blobs) for (const at of pixels) count += inside[at]!;
  return count;
}
