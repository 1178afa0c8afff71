// The last seconds of pictures, in memory, so that a clip can begin before its trigger (DESIGN §5). Pure.
//
// The pictures lie in slabs that are used again, round and round: memory of their own, dropped fifteen times a second, would
// be left for the collector of garbage to find, megabytes later, at more than what all the rest of an idle recorder costs.
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import type { Uptime } from "../../drivers/clock/clock.ts";

export interface RingLimits {
  /** How far back a clip wants to reach, in milliseconds. 0 keeps the newest group of pictures only. */
  readonly spanMs: number;
  /** Never more than this in memory, whatever the span asks for. */
  readonly bytes: number;
}

const SLAB_BYTES = 256 * 1024;
/** Emptied slabs that wait to be used again: a group of pictures goes at once, and comes again slowly. */
const MOST_SPARES = 8;

/** Memory for several pictures, one after another. */
interface Slab {
  readonly memory: Uint8Array;
  used: number;
  /** Pictures of the ring in it. */
  pictures: number;
  /** Somebody else has been given pictures in it: what is in it stays. */
  lent: boolean;
}

interface Kept {
  readonly unit: AccessUnit;
  readonly slab: Slab;
}

/** A key picture and what depends on it: kept and dropped as one, since a part of it cannot be decoded. */
interface Group {
  readonly kept: [Kept, ...Kept[]];
  bytes: number;
}

export class PreRollRing {
  #groups: Group[] = [];
  #bytes = 0;
  #limits: RingLimits;
  #writing: Slab | undefined;
  #spares: Slab[] = [];

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** Copies one picture. Whatever comes before the first key picture cannot be decoded and is not kept. */
  push(unit: AccessUnit): void {
    const newest = this.#groups.at(-1);
    if (!newest && !unit.key) return;
    const kept = this.#copy(unit);
    const bytes = unit.data.byteLength;
    if (unit.key || !newest) this.#groups.push({ kept: [kept], bytes });
    else {
      newest.kept.push(kept);
      newest.bytes += bytes;
    }
    this.#bytes += bytes;
    this.#evict(unit.at);
  }

  /**
   * Everything from the newest key picture at or before `at` until now; from the oldest one when the ring does not reach
   * back so far. Empty, or begins with a key picture. Nothing is removed: the next clip may need it too. What is given stays
   * as it is for as long as somebody holds it.
   */
  since(at: Uptime): AccessUnit[] {
    const reaches = this.#groups.findLastIndex(({ kept }) => kept[0].unit.at <= at);
    const given = this.#groups.slice(Math.max(0, reaches)).flatMap(({ kept }) => kept);
    for (const { slab } of given) slab.lent = true;
    return given.map(({ unit }) => unit);
  }

  /** A new span or byte limit, obeyed at once. */
  limit(limits: RingLimits): void {
    this.#limits = limits;
    const newest = this.#groups.at(-1)?.kept.at(-1);
    if (newest) this.#evict(newest.unit.at);
  }

  /** Forgets everything: the camera was closed, or its pictures changed their size. */
  clear(): void {
    this.#groups = [];
    this.#bytes = 0;
    this.#writing = undefined;
    this.#spares = [];
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From the oldest picture to the newest, in milliseconds. */
  get spanMs(): number {
    const oldest = this.#groups[0]?.kept[0];
    const newest = this.#groups.at(-1)?.kept.at(-1);
    return oldest && newest ? newest.unit.at - oldest.unit.at : 0;
  }

  #copy({ data, key, at }: AccessUnit): Kept {
    const slab = this.#roomFor(data.byteLength);
    const copy = slab.memory.subarray(slab.used, slab.used + data.byteLength);
    copy.set(data);
    slab.used += data.byteLength;
    slab.pictures += 1;
    return { unit: { data: copy, key, at }, slab };
  }

  #roomFor(bytes: number): Slab {
    if (this.#writing && this.#writing.memory.byteLength - this.#writing.used >= bytes) return this.#writing;
    const spare = bytes <= SLAB_BYTES ? this.#spares.pop() : undefined;
    const memory = spare?.memory ?? new Uint8Array(Math.max(bytes, SLAB_BYTES));
    return (this.#writing = { memory, used: 0, pictures: 0, lent: false });
  }

  #evict(now: Uptime): void {
    for (;;) {
      const [oldest, second] = this.#groups;
      if (!oldest) return;
      const tooLong = second !== undefined && second.kept[0].unit.at <= now - this.#limits.spanMs;
      // A single group above the limit goes as well: its head without its tail would leave a hole before the trigger.
      if (!tooLong && this.#bytes <= this.#limits.bytes) return;
      this.#groups.shift();
      this.#bytes -= oldest.bytes;
      for (const { slab } of oldest.kept) this.#release(slab);
    }
  }

  #release(slab: Slab): void {
    slab.pictures -= 1;
    const again = slab.pictures === 0 && !slab.lent && slab !== this.#writing;
    if (again && slab.memory.byteLength === SLAB_BYTES && this.#spares.length < MOST_SPARES) this.#spares.push(slab);
  }
}
