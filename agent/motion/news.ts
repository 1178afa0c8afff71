// That somebody is there, as it is told to the gate: once for each stay, whether the sensor or the picture said so first, and
// with the zones if anybody's permission depends on them (DESIGN §5).
import type { Trigger } from "../../config/trigger.ts";
import { type Clock, after, seconds } from "../../drivers/clock/clock.ts";
import type { DoorEvent } from "../consent/judge.ts";

export interface MotionNewsOptions {
  readonly clock: Clock;
  readonly clockTrusted: () => boolean;
  /** Motion in the picture is news by itself, not only the sensor's witness. */
  readonly video: boolean;
  /** Whether the news has to wait for its zones: somebody may only hear of some of them. */
  readonly needsZones: boolean;
  readonly began: (event: DoorEvent) => void;
  readonly ended: () => void;
}

/** A zone that has not been entered by then is not waited for. */
const PATIENCE = seconds(5);

export class MotionNews {
  readonly #options: MotionNewsOptions;
  readonly #signs = new Set<Trigger>();
  readonly #zones = new Set<string>();
  #analysing = false;
  #at = 0;
  #told = false;
  #cancel: (() => void) | undefined;

  constructor(options: MotionNewsOptions) {
    this.#options = options;
  }

  /** Whether the zones can be known. */
  analysing(active: boolean): void {
    this.#analysing = active;
  }

  /** Somebody is in these zones. */
  moved(zones: readonly string[]): void {
    for (const zone of zones) this.#zones.add(zone);
    if (zones.length && this.#signs.size && !this.#told) this.#tell();
  }

  pir(active: boolean): void {
    this.#sign("pir", active);
  }

  /** Motion in the picture began or ended. */
  picture(active: boolean): void {
    if (!active && !this.#signs.size) this.#zones.clear();
    if (this.#options.video) this.#sign("motion", active);
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#cancel?.();
  }

  #sign(trigger: "pir" | "motion", active: boolean): void {
    if (active) return this.#came(trigger);
    if (!this.#signs.delete(trigger) || this.#signs.size) return;
    // Somebody who was gone before a zone was known was there all the same.
    if (!this.#told) this.#tell();
    this.#zones.clear();
    this.#told = false;
    this.#options.ended();
  }

  #came(trigger: "pir" | "motion"): void {
    const { clock, needsZones } = this.#options;
    if (!this.#signs.size) this.#at = clock.wall();
    this.#signs.add(trigger);
    if (this.#told || this.#cancel) return;
    if (!needsZones || this.#zones.size) this.#tell();
    else this.#cancel = after(clock, PATIENCE, () => this.#tell());
  }

  #tell(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#told = true;
    this.#options.began({
      kind: "motion",
      at: this.#at as DoorEvent["at"],
      clockTrusted: this.#options.clockTrusted(),
      triggers: [...this.#signs],
      zones: this.#analysing ? [...this.#zones] : "unknown",
    });
  }
}
