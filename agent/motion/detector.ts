// Whether somebody is there, from small grey pictures, and in which zones. Pure: pictures in, verdicts out.
// How it works and what was left aside: docs/design/motion.md.
import type { Area } from "../../config/config.ts";
import { Background } from "./background.ts";
import { Appearance, SOFT, VERY_SOFT } from "./appearance.ts";
import { type Blob, findBlobs, pixelsOf } from "./blobs.ts";
import { HeldPlaces } from "./held.ts";
import { isDoubtful, isLeftover, observe } from "./leftovers.ts";
import { type FollowedObject, ObjectFollower } from "./objects.ts";
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
  /**
   * Undefined while somebody is present. `left`: by an edge of the picture. `doubtful`: something is
   * there that may be only what they left behind; the next seconds will tell.
   */
  readonly absence?: "left" | "unseen" | "doubtful";
  /** Something is there of which it is not yet known whether it is somebody. */
  readonly suspects: boolean;
}

/** A gap after which the background is no longer believed. */
const LOST_MS = 60_000;
/** Nothing is certain before the place has been watched this long, and for so many pictures. */
const LEARN_MS = 2_000;
const LEARN_FRAMES = 3;
/** Where more than this part of the texture is as it was, only the light has changed. */
const LIGHT = 0.7;
/** Somebody new leaves less of the texture to be seen; where somebody else has just left, even less. */
const LIGHT_AT_FIRST = 0.55;
const LIGHT_IN_WAKE = 0.35;
const QUIET: Verdict = { zones: [], strength: 0, present: false, absence: "unseen", suspects: false };

export class MotionDetector {
  readonly #options: DetectorOptions;
  readonly #background: Background;
  readonly #appearance: Appearance;
  readonly #follower: ObjectFollower;
  readonly #places: HeldPlaces;
  readonly #zones: readonly ZoneMask[];
  readonly #unexpected: Uint8Array;
  readonly #leastArea: number;
  #startMs = 0;
  #lastMs: number | undefined;
  #unexpectedPart = 0;

  constructor(options: DetectorOptions) {
    const { width, height, sensitivity } = options;
    this.#options = options;
    this.#leastArea = Math.max(6, width * height * 0.0016 * 4 ** (1 - 2 * sensitivity));
    this.#background = new Background(width, height, 22 - 16 * sensitivity);
    this.#appearance = new Appearance(this.#background, this.#leastArea);
    this.#follower = new ObjectFollower({ width, height, leastArea: this.#leastArea });
    this.#places = new HeldPlaces(width, height);
    this.#zones = zoneMasks(options.zones, width, height);
    this.#unexpected = new Uint8Array(width * height);
  }

  /** One byte a pixel of the newest picture: 1 where somebody is. Overwritten by the next. */
  get mask(): Uint8Array {
    return this.#places.somebody;
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
    const count = background.compare(luma, gapMs / 1000, this.#follower.labels, this.#unexpected);
    const part = count / luma.length;
    const sudden = part > 0.4 && this.#unexpectedPart < 0.2;
    this.#unexpectedPart = part;
    // Without any texture to go by, everything at once is light too: nobody fills the picture in an instant.
    if (sudden && this.#appearance.textureLeft(luma.keys(), 1) > LIGHT) {
      if (!this.#places.held.includes(1)) return this.#begin(luma, atMs);
      this.#learnLight(this.#unexpected.keys(), true);
    }

    const blobs = findBlobs(this.#unexpected, width, height, Math.max(3, this.#leastArea / 4));
    const things = blobs.flatMap((blob) => this.#withoutLight(blob));
    this.#follower.follow(things, atMs, gapMs, {
      wasHeld: (pixels) => this.#places.wasHeld(pixels, atMs),
      isThing: (object) =>
        this.#appearance.textureLeft(pixelsOf(object.blobs)) <= (object.inWake ? LIGHT_IN_WAKE : LIGHT_AT_FIRST),
    });
    this.#dismiss(atMs);
    const certain = atMs - this.#startMs >= LEARN_MS && background.frames >= LEARN_FRAMES;
    if (!certain) for (const object of this.#follower.seen) object.confirmed = false;
    const believed = this.#follower.seen.filter(({ confirmed }) => confirmed);
    this.#places.hold(
      believed.map((object) => object.blobs),
      atMs,
    );
    background.learn(gapMs / 1000, this.#unexpected, this.#places.held);
    return this.#verdict(atMs);
  }

  #begin(luma: Uint8Array, atMs: number): Verdict {
    this.#background.reset(luma);
    this.#follower.clear();
    this.#places.clear();
    this.#startMs = atMs;
    this.#unexpectedPart = 0;
    return QUIET;
  }

  /** Without what is only light: the place as it is now is learnt at once. */
  #withoutLight(blob: Blob): Blob[] {
    const { held } = this.#places;
    const around = blob.pixels.filter((at) => held[at] === 0);
    const mostlySomebody = 2 * around.length < blob.pixels.length;
    // Whoever stands in the light hides the texture, and says nothing about the light around them.
    const relit = this.#appearance.textureLeft(mostlySomebody ? blob.pixels : around) > LIGHT;
    if (!relit && !this.#appearance.isSoft(blob, mostlySomebody ? VERY_SOFT : SOFT)) return [blob];
    const kept = this.#learnLight(blob.pixels, !mostlySomebody);
    return findBlobs(kept, this.#options.width, this.#options.height, 3);
  }

  /** Takes these pixels for background as they are now, with `keeping` except where somebody stands in that light: answers where. */
  #learnLight(pixels: Iterable<number>, keeping: boolean): Uint8Array {
    const kept = new Uint8Array(this.#unexpected.length);
    const lit: number[] = [];
    for (const at of pixels)
      if (!keeping || this.#places.held[at] === 0) lit.push(at);
      else if (this.#unexpected[at] !== 0) kept[at] = 1;
    this.#background.absorb(lit);
    for (const at of lit) this.#unexpected[at] = 0;
    return kept;
  }

  /** Lets go of what is nobody any more, and takes it for background. */
  #dismiss(atMs: number): void {
    const { seen, labels } = this.#follower;
    const usual = seen.length === 0 ? 0 : this.#appearance.restlessness(labels);
    for (const object of seen) {
      observe(object, this.#appearance, usual, atMs);
      if (!isLeftover(object, this.#appearance, atMs)) continue;
      for (const { pixels } of object.blobs) this.#background.absorb(pixels);
      this.#follower.drop(object);
    }
  }

  #verdict(atMs: number): Verdict {
    const suspects = this.#follower.seen.some(({ confirmed, inWake }) => !confirmed && !inWake);
    return { ...this.#presence(atMs), suspects };
  }

  #presence(atMs: number): Omit<Verdict, "suspects"> {
    const believed = this.#follower.seen.filter(({ confirmed, lastMs }) => confirmed && lastMs === atMs);
    const present = believed.filter((object) => !isDoubtful(object, atMs));
    if (present.length === 0) {
      const gone = this.#follower.leftByEdge ? "left" : "unseen";
      return { ...QUIET, absence: believed.length > 0 ? "doubtful" : gone };
    }
    if (this.#zones.length === 0) {
      const area = present.reduce((sum, object) => sum + object.area, 0);
      return { zones: [], strength: area / this.#unexpected.length, present: true, sinceMs: earliest(present) };
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
