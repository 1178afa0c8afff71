// When every picture is worth decoding, and when key pictures are enough: while nothing changes they are. Pure.
import type { Verdict } from "./detector.ts";

/** After a cause to look closely it is looked closely for this long. */
const SPAN_MS = 3_000;
/** While somebody is there, who seldom stands quite still, only pictures much larger than usual are a cause, and only for this long. */
const LIVELY = 2.5;
const LIVELY_MS = 600;
/** What is suspected for longer than this without being somebody is no cause any more: a bush. */
const PATIENCE_MS = 6_000;
/** Spans over which the sizes of pictures are averaged: what is just now, and what is usual. */
const NOW_MS = 400;
const USUAL_MS = 10_000;
/** Key pictures further apart than this are not enough by themselves. */
const SPARSE_MS = 3_000;
/** Pictures so many times as large as usual, and by so many bytes: something moves. */
const LARGER = 1.6;
const LARGER_BYTES = 300;

/**
 * An encoder spends bytes on what moves, so while nobody is there a picture that is larger than usual is a cause to look;
 * so are an object that is not yet known for somebody or for nobody, and somebody's coming or going. While somebody stands
 * there, or people walk about all the time, key pictures show that they are still there, and only what is much larger is a
 * cause: it may be their leaving.
 */
export class Attention {
  #untilMs = Number.NEGATIVE_INFINITY;
  #usual: number | undefined;
  #now = 0;
  #lastMs: number | undefined;
  #present = false;
  #suspectedMs: number | undefined;
  #keyMs = Number.NEGATIVE_INFINITY;

  /** Takes the size of a picture of the stream; answers whether every picture is to be looked at. */
  unit(bytes: number, key: boolean, atMs: number): boolean {
    if (key) this.#keyMs = atMs;
    else {
      const gapMs = atMs - (this.#lastMs ?? atMs);
      this.#lastMs = atMs;
      this.#now += (1 - Math.exp(-gapMs / NOW_MS)) * (bytes - this.#now);
      this.#usual ??= this.#now = bytes;
      const [larger, spanMs] = this.#present ? [LIVELY, LIVELY_MS] : [LARGER, SPAN_MS];
      if (this.#now > larger * this.#usual + LARGER_BYTES) this.#look(atMs, spanMs);
      this.#usual += (1 - Math.exp(-gapMs / USUAL_MS)) * (bytes - this.#usual);
    }
    return atMs < this.#untilMs || atMs - this.#keyMs >= SPARSE_MS;
  }

  /** Takes what was seen in a picture. */
  seen({ present, absence, suspects }: Verdict, atMs: number): void {
    const changed = present !== this.#present;
    this.#present = present;
    const unsure = !present && (suspects || absence === "doubtful");
    this.#suspectedMs = unsure ? (this.#suspectedMs ?? atMs) : undefined;
    if (changed || (unsure && atMs - this.#suspectedMs! < PATIENCE_MS)) this.#look(atMs);
  }

  #look(atMs: number, spanMs = SPAN_MS): void {
    this.#untilMs = Math.max(this.#untilMs, atMs + spanMs);
  }
}
