// Cuts an Annex B byte stream into access units, however it arrives (ITU-T H.264 §7.4.1.2.3, §7.4.1.2.4, Annex B.1). Pure.
//
// Progressive pictures only: each field of an interlaced stream would come out as an access unit of its own. No arbitrary
// slice order (extended profile), which no camera writes: a picture's first slice is the one with first_mb_in_slice 0.
import type { Uptime } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import type { AccessUnit } from "./camera.ts";
import { bufferOf, hasSliceHeader, NAL, nalType, START_CODE } from "./nal-unit.ts";
import { joined, ParameterSets } from "./parameter-sets.ts";
import type { Sps } from "./sps.ts";

export interface SplitterOptions {
  /** The largest access unit accepted, and the longest stretch without a start code. Default 4 MiB. */
  readonly maxBytes?: number;
}

const NOTHING = Buffer.alloc(0);
const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;
/** A start code, its zero_byte, the NAL unit's header and the first payload byte need at most this to be recognised. */
const MAX_TRAILING_ZEROS = 3;
const SMALL_PART_BYTES = 4096;

/** One stream's splitter. Hands each access unit to `emit` as soon as it is known to be whole; the first is a key picture. */
export class AnnexBSplitter {
  readonly #emit: (unit: AccessUnit) => void;
  readonly #maxBytes: number;
  readonly #sets = new ParameterSets();

  /** End of the last chunk that may be the beginning of a start code: a few bytes, not yet part of anything. */
  #carry: Buffer = NOTHING;
  #carryAt = 0 as Uptime;

  // The access unit being gathered, as views of the chunks it came in: it is copied once, when it is whole.
  #open = false;
  #parts: Buffer[] = [];
  #bytes = 0;
  #at = 0 as Uptime;
  #slices = false;
  #key = false;
  #reference = false;
  #parameters = false;

  #started = false;
  #skippedBytes = 0;
  #early: "allowed" | "done" | "never" = "allowed";

  constructor(emit: (unit: AccessUnit) => void, options: SplitterOptions = {}) {
    this.#emit = emit;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** The picture format, once the stream has told it. */
  get picture(): Sps | undefined {
    return this.#sets.picture;
  }

  /** True while {@link idle} might complete a picture. */
  get waiting(): boolean {
    return this.#early === "allowed" && this.#open && this.#slices && this.#carry.length === 0;
  }

  /**
   * Takes in a chunk that arrived at `at`, of any length and cut anywhere. An access unit is stamped with the arrival of
   * its first byte.
   *
   * @throws DriverError CAMERA_STREAM_BROKEN when nothing like H.264 fits in the byte limit; CAMERA_PICTURE_CHANGED.
   */
  push(chunk: Uint8Array, at: Uptime): void {
    const carried = this.#carry.length;
    const bytes = carried ? Buffer.concat([this.#carry, chunk]) : bufferOf(chunk);
    let from = 0;
    let found = bytes.indexOf(START_CODE);
    while (found >= 0) {
      const header = bytes[found + 3];
      const first = bytes[found + 4];
      if (header === undefined || (first === undefined && hasSliceHeader(nalType(header)))) break;
      if (this.#startsUnit(header, first ?? 0)) {
        const start = startOf(bytes, found);
        this.#append(bytes.subarray(from, start));
        this.#finish();
        this.#begin(start < carried ? this.#carryAt : at);
        from = start;
      }
      this.#note(header);
      found = bytes.indexOf(START_CODE, found + START_CODE.length);
    }
    const end = found >= 0 ? startOf(bytes, found) : bytes.length - trailingZeros(bytes, from);
    this.#append(bytes.subarray(from, end));
    if (carried === 0 || end > carried) this.#carryAt = at;
    this.#carry = end < bytes.length ? bytes.subarray(end) : NOTHING;
  }

  /**
   * Says that the writer has paused: it writes a picture in one go, so what is there is taken for a whole picture and
   * need not wait for the next one's first byte. Should the rest of that picture follow after all, the rest is dropped,
   * and no picture is taken early again in this stream.
   */
  idle(): void {
    if (!this.waiting) return;
    this.#finish();
    this.#early = "done";
  }

  /** The stream has ended: what is there is the last picture. */
  end(): void {
    if (this.#open && this.#slices) this.#finish();
    this.#open = false;
    this.#carry = NOTHING;
  }

  #startsUnit(header: number, first: number): boolean {
    const type = nalType(header);
    const slice = hasSliceHeader(type);
    // first_mb_in_slice is ue(v): a leading 1 bit is 0, the picture's first macroblock.
    const firstSlice = slice && (first & 0x80) !== 0;
    const before = (type >= NAL.sei && type <= NAL.delimiter) || (type >= NAL.prefix && type <= NAL.reserved18);
    if (!this.#open) return firstSlice || before;
    if (!this.#slices) return false;
    if (before || firstSlice) return true;
    return slice && ((type === NAL.idrSlice) !== this.#key || isReference(header) !== this.#reference);
  }

  #begin(at: Uptime): void {
    this.#open = true;
    this.#at = at;
    this.#slices = this.#key = this.#parameters = false;
    if (this.#early === "done") this.#early = "allowed";
    this.#skippedBytes = 0;
  }

  #note(header: number): void {
    if (!this.#open) return;
    const type = nalType(header);
    if (hasSliceHeader(type)) {
      this.#slices = true;
      this.#key = type === NAL.idrSlice;
      this.#reference = isReference(header);
    } else if (type === NAL.sps || type === NAL.pps) {
      this.#parameters = true;
    }
  }

  #append(part: Buffer): void {
    if (part.length === 0) return;
    if (!this.#open) {
      this.#skip(part);
      return;
    }
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) {
      throw new DriverError("CAMERA_STREAM_BROKEN", `a picture of more than ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
    this.#gather();
  }

  /** Keeps a stream that comes in crumbs from costing an object a byte: small neighbours of like size become one. */
  #gather(): void {
    for (;;) {
      const last = this.#parts.at(-1);
      const before = this.#parts.at(-2);
      if (!last || !before || before.length >= SMALL_PART_BYTES || last.length < before.length) return;
      if (last.length >= SMALL_PART_BYTES) return;
      this.#parts.splice(-2, 2, Buffer.concat([before, last]));
    }
  }

  #skip(part: Buffer): void {
    if (this.#early === "done" && lengthWithoutZeros(part) > 0) this.#early = "never";
    this.#skippedBytes += part.length;
    if (this.#skippedBytes > this.#maxBytes) {
      throw new DriverError("CAMERA_STREAM_BROKEN", `no H.264 picture starts within ${this.#maxBytes} bytes`);
    }
  }

  #finish(): void {
    if (!this.#open) return;
    const parts = this.#parts;
    this.#open = false;
    this.#parts = [];
    this.#bytes = 0;
    if (!this.#started && !this.#key && !this.#parameters) return;
    let data: Uint8Array = owned(parts);
    if (this.#parameters) this.#sets.learn(data);
    // Without its parameter sets, or without the key picture before it, no decoder could show it.
    if (!this.#started && !(this.#key && this.#sets.known)) return;
    if (!this.#slices) return;
    this.#started = true;
    if (this.#key) data = this.#sets.complete(data);
    this.#emit({ data: data.subarray(0, lengthWithoutZeros(data)), key: this.#key, at: this.#at });
  }
}

/** The parts as one picture: a copy, unless it is nearly all of the one chunk it came in, which it then keeps. */
function owned(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only && 2 * only.length > only.buffer.byteLength ? only : joined(parts);
}

/** nal_ref_idc differs from 0: pictures that others refer to. */
const isReference = (header: number): boolean => (header & 0x60) !== 0;

/** Where a start code begins, its zero_byte included. */
const startOf = (bytes: Buffer, code: number): number => (code > 0 && bytes[code - 1] === 0 ? code - 1 : code);

function trailingZeros(bytes: Buffer, from: number): number {
  let count = 0;
  while (count < MAX_TRAILING_ZEROS && bytes.length - count > from && bytes[bytes.length - 1 - count] === 0) count++;
  return count;
}

function lengthWithoutZeros(data: Uint8Array): number {
  let length = data.length;
  while (length > 0 && data[length - 1] === 0) length--;
  return length;
}
