// Cuts a YUV4MPEG2 stream of grey pictures, which names its own size, into pictures. Pure.

export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Far above what is ever asked for. */
const MOST_PIXELS = 1 << 24;
const MOST_HEADER_BYTES = 256;

/** Takes chunks of any size; the pictures in them come out whole. */
export class Y4mReader {
  #rest: Uint8Array = new Uint8Array(0);
  #size: { readonly width: number; readonly height: number } | undefined;
  #picture: { readonly pixels: Uint8Array; filled: number } | undefined;

  /**
   * The pictures that this chunk completes.
   *
   * @throws RangeError when it is not a grey stream of sensible size.
   */
  *push(chunk: Uint8Array): Generator<GreyPicture, void, void> {
    let bytes = joined(this.#rest, chunk);
    for (;;) {
      if (this.#picture && this.#size) {
        const { pixels } = this.#picture;
        const taken = bytes.subarray(0, pixels.length - this.#picture.filled);
        pixels.set(taken, this.#picture.filled);
        this.#picture.filled += taken.length;
        bytes = bytes.subarray(taken.length);
        if (this.#picture.filled < pixels.length) break;
        this.#picture = undefined;
        yield { ...this.#size, pixels };
        continue;
      }
      const end = bytes.indexOf(10);
      if (end < 0) {
        if (bytes.length > MOST_HEADER_BYTES) throw new RangeError("the decoder wrote no header");
        break;
      }
      this.#header(String.fromCharCode(...bytes.subarray(0, end)));
      bytes = bytes.subarray(end + 1);
    }
    this.#rest = Uint8Array.from(bytes);
  }

  #header(line: string): void {
    if (this.#size && line.startsWith("FRAME")) {
      const pixels = new Uint8Array(this.#size.width * this.#size.height);
      this.#picture = { pixels, filled: 0 };
      return;
    }
    const [, width, height] = /^YUV4MPEG2 W(\d+) H(\d+) .*Cmono(?: |$)/.exec(line) ?? [];
    const size = { width: Number(width), height: Number(height) };
    if (this.#size || !(size.width * size.height > 0 && size.width * size.height <= MOST_PIXELS))
      throw new RangeError(`the decoder wrote an odd header: ${line.slice(0, 80)}`);
    this.#size = size;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
