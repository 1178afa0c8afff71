// Follows patches from picture to picture and decides which are somebody: they persist, and they arrive. Pure.
import type { Blob } from "./blobs.ts";

export interface FollowedObject {
  readonly id: number;
  readonly firstMs: number;
  lastMs: number;
  sightings: number;
  /** It has come from somewhere, or is large: from then on it is believed until it is gone. */
  confirmed: boolean;
  /** When something last moved inside it. */
  movedMs: number;
  /** What it looks like in the newest picture it was seen in. */
  blobs: Blob[];
  area: number;
  x: number;
  y: number;
  box: Box;
  readonly startX: number;
  readonly startY: number;
  readonly startArea: number;
  /** The box it was first seen in. */
  readonly startBox: Box;
  /** The way it has gone, back and forth counted, in pixels. */
  path: number;
  /** It began where somebody had just been who left by the edge: their shadow, or what the camera makes of it. */
  readonly inWake: boolean;
  /** How large it was in the last seconds. */
  sizes: readonly { readonly atMs: number; readonly area: number }[];
  /** Since when it has been only a part of what it was at once before: somebody may have left and something stayed. */
  partSinceMs: number | undefined;
  /** Since when it has looked like the mark of something that is gone. */
  markSinceMs: number | undefined;
  /** How large it was before that. */
  wholeArea: number;
}

/** Inclusive, in pixels. */
type Box = Pick<Blob, "left" | "top" | "right" | "bottom">;

/** What the follower cannot tell from shapes alone. */
export interface Evidence {
  /** Whether these pixels were somebody's a moment ago. */
  wasHeld(pixels: Int32Array): boolean;
  /** Whether a place was covered there and not only lit. */
  isThing(object: FollowedObject): boolean;
}

/** Somebody who is no longer seen. */
interface Departed {
  readonly atMs: number;
  readonly box: Box;
  readonly area: number;
  readonly byEdge: boolean;
}

export interface FollowSettings {
  readonly width: number;
  readonly height: number;
  /** Fewer pixels than this are nobody. */
  readonly leastArea: number;
}

/** An object not seen for this long, or for two pictures, is gone. */
const FORGET_MS = 700;
/** The fastest anybody crosses the picture: this part of its width in a second. */
const SPEED = 0.6;
/** Sparse pictures (key pictures only): one sighting more is enough. */
const SPARSE_MS = 500;
/** A patch of this part of the picture need not be seen to come from anywhere. */
const LARGE = 0.012;
/** Less than this part of the least area is no sight of anybody. */
const LEAST_SIGHT = 0.4;
/** An object that shrinks to this part of itself within this span may be what somebody left behind. */
const PART = 0.6;
const PART_SPAN_MS = 2_000;
/** And what is left below this part of it is no sight of it any more: noise, a branch that was counted in. */
const CRUMBS = 0.045;
/** Somebody who vanishes away from the edges is the same if they are seen again within this span. */
const RESUME_MS = 5_000;
/** As near to the border of the picture as this, in pixels, is at its edge. */
const EDGE = 3;

export class ObjectFollower {
  readonly #settings: FollowSettings;
  #objects: FollowedObject[] = [];
  #departed: Departed[] = [];
  #nextId = 1;
  /** Which object each pixel belonged to in the newest picture; 0 none. */
  readonly labels: Uint16Array;

  constructor(settings: FollowSettings) {
    this.#settings = settings;
    this.labels = new Uint16Array(settings.width * settings.height);
  }

  /** Whether everybody who has gone in the last seconds went by an edge of the picture. */
  get leftByEdge(): boolean {
    return this.#departed.length > 0 && this.#departed.every(({ byEdge }) => byEdge);
  }

  /** Those seen in the newest picture. */
  get seen(): FollowedObject[] {
    return this.#objects.filter(({ blobs }) => blobs.length > 0);
  }

  clear(): void {
    this.#objects = [];
    this.#departed = [];
    this.labels.fill(0);
  }

  /** Forgets one: it was never there, or is furniture now. */
  drop(object: FollowedObject): void {
    this.#objects = this.#objects.filter((other) => other !== object);
    for (const { pixels } of object.blobs) for (const at of pixels) this.labels[at] = 0;
  }

  /** Takes the blobs of the picture at `atMs`, `gapMs` after the last. */
  follow(blobs: readonly Blob[], atMs: number, gapMs: number, evidence: Evidence): void {
    const before = this.#objects;
    const found = new Map<FollowedObject, Blob[]>();
    const fresh: Blob[] = [];
    for (const blob of blobs) {
      const object = this.#overlapping(blob) ?? this.#nearby(blob, before, gapMs);
      if (object) found.set(object, [...(found.get(object) ?? []), blob]);
      else if (this.#substantial(blob)) fresh.push(blob);
    }
    const least = LEAST_SIGHT * this.#settings.leastArea;
    for (const object of before) update(object, found.get(object) ?? [], atMs, gapMs, least);
    for (const blob of fresh) this.#begin(blob, atMs, evidence);
    const patience = Math.max(FORGET_MS, 1.5 * gapMs);
    this.#forget(atMs, patience);
    for (const object of this.#objects) this.#confirm(object, gapMs, evidence);
    this.#relabel();
  }

  #begin(blob: Blob, atMs: number, evidence: Evidence): void {
    const back = this.#departed.find(
      ({ byEdge, box, area }) =>
        !byEdge && within(blob.x, blob.y, box) && blob.pixels.length > area / 2.5 && blob.pixels.length < 2.5 * area,
    );
    if (back) this.#departed = this.#departed.filter((other) => other !== back);
    const inWake = !back && evidence.wasHeld(blob.pixels);
    this.#objects.push({ ...begin(this.#nextId++, blob, atMs), inWake, confirmed: back !== undefined });
  }

  #forget(atMs: number, patience: number): void {
    this.#departed = this.#departed.filter((departed) => atMs - departed.atMs < RESUME_MS);
    for (const { confirmed, lastMs, box, area } of this.#objects)
      if (confirmed && atMs - lastMs >= patience)
        this.#departed.push({ atMs: lastMs, box, area, byEdge: this.#atEdge(box) });
    this.#objects = this.#objects.filter(({ lastMs }) => atMs - lastMs < patience);
  }

  #atEdge({ left, top, right, bottom }: Box): boolean {
    const { width, height } = this.#settings;
    return left < EDGE || top < EDGE || right >= width - EDGE || bottom >= height - EDGE;
  }

  #substantial({ pixels, solid }: Blob): boolean {
    return pixels.length >= this.#settings.leastArea && solid >= pixels.length / 5;
  }

  #overlapping(blob: Blob): FollowedObject | undefined {
    const votes = new Map<number, number>();
    for (const at of blob.pixels) {
      const label = this.labels[at]!;
      if (label !== 0) votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    const candidates = this.#objects.filter(({ id }) => votes.has(labelOf(id)));
    const score = ({ id, confirmed }: FollowedObject): number => (votes.get(labelOf(id)) ?? 0) + (confirmed ? 1e6 : 0);
    return candidates.sort((a, b) => score(b) - score(a))[0];
  }

  #nearby(blob: Blob, objects: readonly FollowedObject[], gapMs: number): FollowedObject | undefined {
    if (!this.#substantial(blob)) return undefined;
    const reach = 2 + SPEED * this.#settings.width * Math.min(2, gapMs / 1000);
    let nearest: FollowedObject | undefined;
    let least = Infinity;
    for (const object of objects) {
      const ratio = blob.pixels.length / object.area;
      const distance = Math.hypot(blob.x - object.x, blob.y - object.y);
      const size = Math.sqrt(object.area) / 2;
      if (ratio < 0.3 || ratio > 3.5 || distance > reach + size || distance >= least) continue;
      nearest = object;
      least = distance;
    }
    return nearest;
  }

  #confirm(object: FollowedObject, gapMs: number, evidence: Evidence): void {
    if (object.confirmed || object.blobs.length === 0) return;
    const { width, height, leastArea } = this.#settings;
    if (object.sightings < (gapMs > SPARSE_MS ? 2 : 3) || object.area < leastArea) return;
    const shift = Math.hypot(object.x - object.startX, object.y - object.startY);
    // What sways goes back and forth; what comes gets somewhere.
    const came = shift > 2 + 0.4 * Math.sqrt(object.area) && shift > 0.65 * object.path;
    const grew = object.area > 2 * Math.max(leastArea, object.startArea);
    const large = object.area > LARGE * width * height;
    const believable = object.inWake
      ? came && !within(object.startX, object.startY, object.box)
      : came || grew || large;
    object.confirmed = believable && evidence.isThing(object);
  }

  #relabel(): void {
    this.labels.fill(0);
    for (const { id, blobs } of this.#objects)
      for (const { pixels } of blobs) for (const at of pixels) this.labels[at] = labelOf(id);
  }
}

const labelOf = (id: number): number => ((id - 1) % 65_535) + 1;

const within = (x: number, y: number, { left, top, right, bottom }: Box): boolean =>
  x >= left && x <= right && y >= top && y <= bottom;

function begin(id: number, blob: Blob, atMs: number): FollowedObject {
  const area = blob.pixels.length;
  const { x, y } = blob;
  const box = boxAround([blob]);
  return {
    ...{ id, firstMs: atMs, lastMs: atMs, sightings: 1, confirmed: false, movedMs: atMs, blobs: [blob], area, x, y },
    ...{ startX: x, startY: y, startArea: area, startBox: box, box, path: 0, inWake: false },
    ...{ sizes: [], partSinceMs: undefined, markSinceMs: undefined, wholeArea: area },
  };
}

/** `least`: fewer pixels are no sight of it. */
function update(object: FollowedObject, blobs: Blob[], atMs: number, gapMs: number, least: number): void {
  const area = blobs.reduce((sum, { pixels }) => sum + pixels.length, 0);
  const recent = object.sizes.filter((size) => atMs - size.atMs <= Math.max(PART_SPAN_MS, gapMs));
  const areas = recent.map((size) => size.area).toSorted((a, b) => a - b);
  const whole = areas[areas.length >> 1] ?? 0;
  object.blobs = blobs;
  if (area < Math.max(least, CRUMBS * (whole || object.area))) return;
  const x = blobs.reduce((sum, blob) => sum + blob.x * blob.pixels.length, 0) / area;
  const y = blobs.reduce((sum, blob) => sum + blob.y * blob.pixels.length, 0) / area;
  object.path += Math.hypot(x - object.x, y - object.y);
  Object.assign(object, { area, x, y, box: boxAround(blobs), lastMs: atMs, sightings: object.sightings + 1 });
  object.sizes = [...recent, { atMs, area }];
  if (object.partSinceMs === undefined) {
    if (area < PART * whole) Object.assign(object, { partSinceMs: atMs, wholeArea: whole });
  } else if (area > 0.75 * object.wholeArea) object.partSinceMs = undefined;
}

const boxAround = (blobs: readonly Blob[]): Box => ({
  left: Math.min(...blobs.map(({ left }) => left)),
  top: Math.min(...blobs.map(({ top }) => top)),
  right: Math.max(...blobs.map(({ right }) => right)),
  bottom: Math.max(...blobs.map(({ bottom }) => bottom)),
});
