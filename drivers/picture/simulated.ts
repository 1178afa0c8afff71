// A decoder that draws instead of decoding: one flat picture a unit, getting lighter, and trouble when it is told so.
import type { DriverError } from "../error.ts";
import type { DecodeOptions, Picture, PictureDecoder } from "./picture.ts";

/** Counts what it draws, and can be made to wait or to fail. */
export class SimulatedPictureDecoder implements PictureDecoder {
  /** How many pictures it has drawn. */
  drawn = 0;
  /** Thrown by the next decode. */
  failure: DriverError | undefined;
  /** Awaited before each picture: a decoder that takes as long as a test likes. */
  hold: Promise<unknown> | undefined;
  readonly #asked = Promise.withResolvers<void>();
  /** Resolves when the first picture has been asked for. */
  readonly asked: Promise<void> = this.#asked.promise;

  async *decode(
    units: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    { maxWidth, signal }: DecodeOptions,
  ): AsyncGenerator<Picture, void, void> {
    const width = Math.min(maxWidth, 160);
    const height = Math.ceil((width * 9) / 16);
    for await (const _ of units) {
      signal?.throwIfAborted();
      this.#asked.resolve();
      if (this.hold) await Promise.race([this.hold, aborted(signal)]);
      signal?.throwIfAborted();
      if (this.failure) throw this.failure;
      this.drawn++;
      yield { width, height, rgb: new Uint8Array(width * height * 3).fill(Math.min(255, 40 * this.drawn)) };
    }
  }
}

const aborted = (signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
