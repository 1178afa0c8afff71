// The last seconds of pictures, in memory, so that a clip can begin before its trigger (DESIGN §5). Pure.
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import type { Uptime } from "../../drivers/clock/clock.ts";

export interface RingLimits {
  /** How far back a clip wants to reach, in milliseconds. 0 keeps the newest group of pictures only. */
  readonly spanMs: number;
  /** Never more than this in memory, whatever the span asks for. */
  readonly bytes: number;
}

/** A key picture and what depends on it: kept and dropped as one, since a part of it cannot be decoded. */
interface Group {
  readonly units: [AccessUnit, ...AccessUnit[]];
  bytes: number;
}

export class PreRollRing {
  #groups: Group[] = [];
  #bytes = 0;
  #limits: RingLimits;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** Takes one picture. Whatever comes before the first key picture cannot be decoded and is not kept. */
  push(unit: AccessUnit): void {
    const newest = this.#groups.at(-1);
    if (unit.key) this.#groups.push({ units: [unit], bytes: unit.data.byteLength });
    else if (newest) {
      newest.units.push(unit);
      newest.bytes += unit.data.byteLength;
    } else return;
    this.#bytes += unit.data.byteLength;
    this.#evict(unit.at);
  }

  /**
   * Everything from the newest key picture at or before `at` until now; from the oldest one when the ring does not reach
   * back so far. Empty, or begins with a key picture. Nothing is removed: the next clip may need it too.
   */
  since(at: Uptime): AccessUnit[] {
    const reaches = this.#groups.findLastIndex(({ units }) => units[0].at <= at);
    return this.#groups.slice(Math.max(0, reaches)).flatMap(({ units }) => units);
  }

  /** A new span or byte limit, obeyed at once. */
  limit(limits: RingLimits): void {
    this.#limits = limits;
    const newest = this.#groups.at(-1)?.units.at(-1);
    if (newest) this.#evict(newest.at);
  }

  /** Forgets everything: the camera was closed, or its pictures changed their size. */
  clear(): void {
    this.#groups = [];
    this.#bytes = 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From the oldest picture to the newest, in milliseconds. */
  get spanMs(): number {
    const oldest = this.#groups[0]?.units[0];
    const newest = this.#groups.at(-1)?.units.at(-1);
    return oldest && newest ? newest.at - oldest.at : 0;
  }

  #evict(now: Uptime): void {
    for (;;) {
      const [oldest, second] = this.#groups;
      if (!oldest) return;
      const tooLong = second !== undefined && second.units[0].at <= now - this.#limits.spanMs;
      // A single group above the limit goes as well: its head without its tail would leave a hole before the trigger.
      if (!tooLong && this.#bytes <= this.#limits.bytes) return;
      this.#groups.shift();
      this.#bytes -= oldest.bytes;
    }
  }
}
