// Cuts a stream of raw pictures into pictures without copying a byte: as views of the chunks it came in. Pure.
import type { Uptime } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { type RawFormat, rawBytes } from "../mask/painter.ts";
import { bufferOf } from "./nal-unit.ts";

/** A whole picture; `at` is when its first byte arrived. */
export interface CutPicture {
  readonly format: RawFormat;
  readonly pieces: readonly Uint8Array[];
  readonly at: Uptime;
}

/** Takes chunks of any size, and says whether a picture has begun and is not whole. */
export interface Cutter {
  push(chunk: Uint8Array, at: Uptime): void;
  readonly within: boolean;
}

const NEWLINE = 10;
const MOST_HEADER_BYTES = 256;
const MOST_PIXELS = 1 << 24;

/** Pictures of a known size that follow one another, and nothing else. */
export class RawCutter implements Cutter {
  readonly #format: RawFormat;
  readonly #emit: (picture: CutPicture) => void;
  readonly #size: number;
  #pieces: Uint8Array[] = [];
  #missing: number;
  #at = 0 as Uptime;

  constructor(format: RawFormat, emit: (picture: CutPicture) => void) {
    this.#format = format;
    this.#emit = emit;
    this.#size = rawBytes(format);
    this.#missing = this.#size;
  }

  get within(): boolean {
    return this.#missing < this.#size;
  }

  push(chunk: Uint8Array, at: Uptime): void {
    for (let from = 0; from < chunk.length;) from += this.take(chunk, from, at);
  }

  /** Takes what belongs to the present picture and says how much that was. */
  take(chunk: Uint8Array, from: number, at: Uptime): number {
    if (!this.within) this.#at = at;
    const piece = chunk.subarray(from, from + this.#missing);
    this.#pieces.push(piece);
    this.#missing -= piece.length;
    if (this.#missing === 0) {
      const pieces = this.#pieces;
      this.#pieces = [];
      this.#missing = this.#size;
      this.#emit({ format: this.#format, pieces, at: this.#at });
    }
    return piece.length;
  }
}

/** A YUV4MPEG2 stream: it names its size, and each picture begins with a word, so that no picture can be taken for another's end. */
export class Y4mCutter implements Cutter {
  readonly #emit: (picture: CutPicture) => void;
  #header = Buffer.alloc(0);
  #pictures: RawCutter | undefined;
  #inPicture = false;

  constructor(emit: (picture: CutPicture) => void) {
    this.#emit = (picture) => {
      this.#inPicture = false;
      emit(picture);
    };
  }

  get within(): boolean {
    return this.#inPicture || this.#header.length > 0;
  }

  /** @throws DriverError CAMERA_STREAM_BROKEN when it is not such a stream, or not 4:2:0 in eight bits. */
  push(chunk: Uint8Array, at: Uptime): void {
    const bytes = bufferOf(chunk);
    for (let from = 0; from < bytes.length;) {
      if (this.#pictures && this.#inPicture) {
        from += this.#pictures.take(bytes, from, at);
        continue;
      }
      const end = bytes.indexOf(NEWLINE, from);
      this.#header = Buffer.concat([this.#header, bytes.subarray(from, end < 0 ? undefined : end)]);
      if (this.#header.length > MOST_HEADER_BYTES) throw broken("a header that does not end");
      if (end < 0) return;
      from = end + 1;
      this.#read(this.#header.toString("latin1"));
      this.#header = Buffer.alloc(0);
    }
  }

  #read(line: string): void {
    if (this.#pictures) {
      if (!/^FRAME( |$)/.test(line)) throw broken(`${JSON.stringify(line.slice(0, 40))} where a picture should begin`);
      this.#inPicture = true;
      return;
    }
    const [, w, h, colour = ""] = /^YUV4MPEG2 W(\d+) H(\d+)(?: .*?C(\S+))?/.exec(line) ?? [];
    const [width, height] = [Number(w), Number(h)];
    const even = width % 2 === 0 && height % 2 === 0;
    if (!(width * height > 0 && width * height <= MOST_PIXELS && even) || !/^(420(jpeg|mpeg2|paldv)?)?$/.test(colour))
      throw broken(`an odd header: ${line.slice(0, 80)}`);
    this.#pictures = new RawCutter({ width, height, stride: width }, (picture) => this.#emit(picture));
  }
}

const broken = (detail: string): DriverError => new DriverError("CAMERA_STREAM_BROKEN", `raw pictures: ${detail}`);
