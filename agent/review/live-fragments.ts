// The live view's own fragmenter: every picture is a fragment as soon as the next one tells how long it is shown. Nothing is
// encoded again, and the delay is one picture. Pure.
import type { AccessUnit } from "../../drivers/camera/camera.ts";
import { lengthPrefixed, sameFormat, videoFormat, type VideoFormat } from "../../drivers/h264/h264.ts";
import { fragment, header, TIMESCALE } from "./mp4-boxes.ts";

/** One viewer's stream of fragments. */
export class LiveFragments {
  readonly format: VideoFormat;
  readonly #startedAt: number;
  #held: AccessUnit | undefined;
  #sequence = 0;

  private constructor(format: VideoFormat, startedAt: number) {
    this.format = format;
    this.#startedAt = startedAt;
  }

  /** A stream whose time begins with this key picture; undefined when it does not say what it needs. */
  static from(key: AccessUnit): LiveFragments | undefined {
    const format = key.key ? videoFormat(key.data) : undefined;
    return format && new LiveFragments(format, key.at);
  }

  get header(): Uint8Array {
    return header(this.format);
  }

  /** Takes the next picture and returns the fragment of the one before. */
  push(unit: AccessUnit): Uint8Array | undefined {
    const held = this.#held;
    this.#held = unit;
    if (!held) return undefined;
    const at = this.#ticks(held);
    return fragment(++this.#sequence, {
      data: lengthPrefixed(held.data),
      key: held.key,
      at,
      duration: Math.max(1, this.#ticks(unit) - at),
    });
  }

  /** Leaves a gap: the next picture must be a key picture. */
  skip(): void {
    this.#held = undefined;
  }

  /** Whether this key picture can follow in the same stream. */
  fits(key: AccessUnit): boolean {
    const format = videoFormat(key.data);
    return format === undefined || sameFormat(format, this.format);
  }

  #ticks({ at }: AccessUnit): number {
    return Math.max(0, Math.round(((at - this.#startedAt) * TIMESCALE) / 1000));
  }
}
