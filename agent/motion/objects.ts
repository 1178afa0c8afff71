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
  readonly startX: number;
  readonly startY: number;
  readonly startArea: number;
  /** The way it has gone, back and forth counted, in pixels. */
  path: number;
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
const SPEED = 0.15;
/** Sparse pictures (key pictures only): one sighting more is enough. */
const SPARSE_MS = 500;
/** A patch of this part of the picture need not be seen to come from anywhere. */
const LARGE = 0.012;

export class ObjectFollower {
  readonly #settings: FollowSettings;
  #objects: FollowedObject[] = [];
  #nextId = 1;
  /** Which object each pixel belonged to in the newest picture; 0 none. */
  readonly labels: Uint16Array;

  constructor(settings: FollowSettings) {
    this.#settings = settings;
    this.labels = new Uint16Array(settings.width * settings.height);
  }

  /** Those seen in the newest picture. */
  get seen(): FollowedObject[] {
    return this.#objects.filter(({ blobs }) => blobs.length > 0);
  }

  clear(): void {
    this.#objects = [];
    this.labels.fill(0);
  }

  /** Forgets one: it was never there, or is furniture now. */
  drop(object: FollowedObject): void {
    this.#objects = this.#objects.filter((other) => other !== object);
    for (const { pixels } of object.blobs) for (const at of pixels) this.labels[at] = 0;
  }

  /** Takes the blobs of the picture at `atMs`, `gapMs` after the last. */
  follow(blobs: readonly Blob[], atMs: number, gapMs: number): void {
    const before = this.#objects;
    const found = new Map<FollowedObject, Blob[]>();
    const fresh: Blob[] = [];
    for (const blob of blobs) {
      const object = this.#overlapping(blob) ?? this.#nearby(blob, before, gapMs);
      if (object) found.set(object, [...(found.get(object) ?? []), blob]);
      else if (this.#substantial(blob)) fresh.push(blob);
    }
    for (const object of before) update(object, found.get(object) ?? [], atMs);
    for (const blob of fresh) this.#objects.push(begin(this.#nextId++, blob, atMs));
    const patience = Math.max(FORGET_MS, 1.5 * gapMs);
    this.#objects = this.#objects.filter(({ lastMs }) => atMs - lastMs < patience);
    for (const object of this.#objects) this.#confirm(object, gapMs);
    this.#relabel();
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

  #confirm(object: FollowedObject, gapMs: number): void {
    if (object.confirmed || object.blobs.length === 0) return;
    const { width, height, leastArea } = this.#settings;
    if (object.sightings < (gapMs > SPARSE_MS ? 2 : 3) || object.area < leastArea) return;
    const shift = Math.hypot(object.x - object.startX, object.y - object.startY);
    // What sways goes back and forth; what comes gets somewhere.
    const came = shift > 2 + 0.4 * Math.sqrt(object.area) && shift > 0.5 * object.path;
    const grew = object.area > 2 * Math.max(leastArea, object.startArea);
    const large = object.area > LARGE * width * height;
    object.confirmed = came || grew || large;
  }

  #relabel(): void {
    this.labels.fill(0);
    for (const { id, blobs } of this.#objects)
      for (const { pixels } of blobs) for (const at of pixels) this.labels[at] = labelOf(id);
  }
}

const labelOf = (id: number): number => ((id - 1) % 65_535) + 1;

function begin(id: number, blob: Blob, atMs: number): FollowedObject {
  const area = blob.pixels.length;
  const { x, y } = blob;
  return {
    ...{ id, firstMs: atMs, lastMs: atMs, sightings: 1, confirmed: false, movedMs: atMs, blobs: [blob], area, x, y },
    ...{ startX: x, startY: y, startArea: area, path: 0 },
  };
}

function update(object: FollowedObject, blobs: Blob[], atMs: number): void {
  object.blobs = blobs;
  if (blobs.length === 0) return;
  const area = blobs.reduce((sum, { pixels }) => sum + pixels.length, 0);
  const x = blobs.reduce((sum, blob) => sum + blob.x * blob.pixels.length, 0) / area;
  const y = blobs.reduce((sum, blob) => sum + blob.y * blob.pixels.length, 0) / area;
  object.path += Math.hypot(x - object.x, y - object.y);
  Object.assign(object, { area, x, y, lastMs: atMs, sightings: object.sightings + 1 });
}
