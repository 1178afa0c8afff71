// Reads the sequence parameter set of an H.264 stream: profile, level, picture size, frame rate (ITU-T H.264 §7.3.2.1.1). Pure.

/** What a sequence parameter set says of the pictures that use it. */
export interface Sps {
  /** seq_parameter_set_id, 0–31. */
  readonly id: number;
  /** profile_idc: 66 baseline, 77 main, 100 high. */
  readonly profile: number;
  /** level_idc: ten times the level, 41 for 4.1. */
  readonly level: number;
  /** RFC 6381 name, as a browser wants it: "avc1.640029". */
  readonly codec: string;
  /** Pixels shown, after cropping. */
  readonly width: number;
  readonly height: number;
  /** False when pictures may be fields of an interlaced frame. */
  readonly progressive: boolean;
  /** Frames a second by the VUI's timing, absent when it says nothing. Encoders often write nonsense here. */
  readonly fps?: number;
  /** max_num_reorder_frames of the VUI, absent when it says nothing. 0 promises that there are no B-frames. */
  readonly reorderFrames?: number;
}

/** Profiles whose SPS carries chroma format and scaling lists. */
const HIGH_PROFILES = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);
const MAX_SIDE_PIXELS = 16_384;

/** `nal` is the whole NAL unit, header byte first, no start code. Undefined when it is not a sensible SPS. */
export function parseSps(nal: Uint8Array): Sps | undefined {
  if (nal.length < 5 || (nal[0]! & 0x1f) !== 7) return undefined;
  const bits = new BitReader(withoutEmulation(nal.subarray(1)));
  const profile = bits.fixed(8);
  const constraints = bits.fixed(8);
  const level = bits.fixed(8);
  const id = bits.unsigned();
  const chroma = HIGH_PROFILES.has(profile) ? readChroma(bits) : { format: 1, planes: false };
  bits.unsigned(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  bits.unsigned(); // max_num_ref_frames
  bits.skip(1);
  const widthInBlocks = bits.unsigned() + 1;
  const heightInUnits = bits.unsigned() + 1;
  const progressive = bits.fixed(1) === 1;
  if (!progressive) bits.skip(1);
  bits.skip(1);
  const crop =
    bits.fixed(1) === 1
      ? { left: bits.unsigned(), right: bits.unsigned(), top: bits.unsigned(), bottom: bits.unsigned() }
      : { left: 0, right: 0, top: 0, bottom: 0 };
  const vui = bits.fixed(1) === 1 ? readVui(bits) : {};

  const fields = progressive ? 1 : 2;
  const unitX = chroma.planes || chroma.format === 0 || chroma.format === 3 ? 1 : 2;
  const unitY = (chroma.planes || chroma.format !== 1 ? 1 : 2) * fields;
  const width = widthInBlocks * 16 - unitX * (crop.left + crop.right);
  const height = heightInUnits * 16 * fields - unitY * (crop.top + crop.bottom);
  const sensible = id <= 31 && width > 0 && height > 0 && width <= MAX_SIDE_PIXELS && height <= MAX_SIDE_PIXELS;
  if (bits.overrun || !sensible) return undefined;
  const codec = `avc1.${[profile, constraints, level].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return { id, profile, level, codec, width, height, progressive, ...vui };
}

/** pic_parameter_set_id of a whole PPS NAL unit, 0–255; undefined when it is not a PPS. */
export function parsePpsId(nal: Uint8Array): number | undefined {
  if (nal.length < 2 || (nal[0]! & 0x1f) !== 8) return undefined;
  const bits = new BitReader(withoutEmulation(nal.subarray(1, 16)));
  const id = bits.unsigned();
  return bits.overrun || id > 255 ? undefined : id;
}

function readChroma(bits: BitReader): { format: number; planes: boolean } {
  const format = bits.unsigned();
  const planes = format === 3 && bits.fixed(1) === 1;
  bits.unsigned(); // bit_depth_luma_minus8
  bits.unsigned(); // bit_depth_chroma_minus8
  bits.skip(1);
  if (bits.fixed(1) === 1) {
    const lists = format === 3 ? 12 : 8;
    for (let list = 0; list < lists; list++) if (bits.fixed(1) === 1) skipScalingList(bits, list < 6 ? 16 : 64);
  }
  return { format, planes };
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  for (let index = 0; index < size && last !== 0; index++) last = (last + bits.signed() + 256) % 256;
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.unsigned();
  if (type === 0) {
    bits.unsigned();
  } else if (type === 1) {
    bits.skip(1);
    bits.signed();
    bits.signed();
    const cycle = Math.min(bits.unsigned(), 255);
    for (let index = 0; index < cycle; index++) bits.signed();
  }
}

/** Annex E.1.1, as far as the frame rate and the reordering depth. */
function readVui(bits: BitReader): { fps?: number; reorderFrames?: number } {
  const found: { fps?: number; reorderFrames?: number } = {};
  if (bits.fixed(1) === 1 && bits.fixed(8) === 255) bits.skip(32);
  if (bits.fixed(1) === 1) bits.skip(1);
  if (bits.fixed(1) === 1) {
    bits.skip(4);
    if (bits.fixed(1) === 1) bits.skip(24);
  }
  if (bits.fixed(1) === 1) {
    bits.unsigned();
    bits.unsigned();
  }
  if (bits.fixed(1) === 1) {
    const tick = bits.fixed(32);
    const scale = bits.fixed(32);
    bits.skip(1);
    // A tick is one field, so a frame takes two (§E.2.1).
    if (tick > 0 && scale > 0 && !bits.overrun) found.fps = scale / tick / 2;
  }
  const nal = bits.fixed(1) === 1;
  if (nal) skipHrd(bits);
  const vcl = bits.fixed(1) === 1;
  if (vcl) skipHrd(bits);
  if (nal || vcl) bits.skip(1);
  bits.skip(1);
  if (bits.fixed(1) === 1) {
    bits.skip(1);
    for (let field = 0; field < 4; field++) bits.unsigned();
    const reorder = bits.unsigned();
    if (!bits.overrun) found.reorderFrames = reorder;
  }
  return found;
}

function skipHrd(bits: BitReader): void {
  const count = Math.min(bits.unsigned() + 1, 32);
  bits.skip(8);
  for (let index = 0; index < count; index++) {
    bits.unsigned();
    bits.unsigned();
    bits.skip(1);
  }
  bits.skip(20);
}

/** Removes emulation_prevention_three_byte (§7.4.1). Parameter sets are short, so a loop over bytes is well spent. */
function withoutEmulation(payload: Uint8Array): Uint8Array {
  const raw = new Uint8Array(payload.length);
  let length = 0;
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    raw[length++] = byte;
  }
  return raw.subarray(0, length);
}

/** Reads bits from the left; past the end it reads zeros and says so in `overrun`. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get overrun(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  fixed(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
      this.#at++;
    }
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** ue(v), §9.1. */
  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && !this.overrun && this.fixed(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.fixed(zeros);
  }

  /** se(v), §9.1.1. */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  }
}
