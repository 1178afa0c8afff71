// Lets key pictures through, and the others while they are wanted: from the last key picture on, since they build on it. Pure.
import type { AccessUnit } from "../camera/camera.ts";

/** What is kept of the pictures since the last key picture, in case they are wanted: two seconds of a fast stream. */
const KEPT_BYTES = 2 << 20;

export class KeyGate {
  readonly #keysOnly: boolean;
  readonly #take: (unit: AccessUnit) => boolean;
  #closely = true;
  #broken = true;
  #kept: AccessUnit[] = [];
  #keptBytes = 0;

  /** `take` answers false for a unit it cannot take; the rest up to the next key picture is then left out. */
  constructor(keysOnly: boolean, take: (unit: AccessUnit) => boolean) {
    this.#keysOnly = keysOnly;
    this.#take = take;
  }

  push(unit: AccessUnit): void {
    if (unit.key) {
      this.#forget();
      this.#broken = !this.#take(unit);
      return;
    }
    if (this.#keysOnly || this.#broken) return;
    if (this.#closely) {
      this.#broken = !this.#take(unit);
      return;
    }
    this.#kept.push(unit);
    this.#keptBytes += unit.data.byteLength;
    if (this.#keptBytes <= KEPT_BYTES) return;
    this.#forget();
    this.#broken = true;
  }

  /** With `closely` the pictures since the last key picture come at once, and all that follow. */
  attend(closely: boolean): void {
    this.#closely = closely;
    if (!closely) return;
    const kept = this.#kept;
    this.#forget();
    for (const unit of kept) if (!this.#broken) this.#broken = !this.#take(unit);
  }

  #forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
  }
}
