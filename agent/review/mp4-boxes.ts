// The few boxes of ISO/IEC 14496-12 and -15 that a live stream of one H.264 track is made of. Pure.
import type { VideoFormat } from "../../drivers/h264/h264.ts";

/** Ticks a second of every time in these boxes. */
export const TIMESCALE = 90_000;

const TRACK = 1;
/** Identity, as mvhd and tkhd want it. */
const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

const u8 = (...values: number[]): Buffer => Buffer.from(values);
const u16 = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [n, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, n * 4);
  return bytes;
};
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

function box(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const size = 8 + parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return Buffer.concat([u32(size), Buffer.from(type, "latin1"), ...parts]);
}

const full = (type: string, version: number, flags: number, ...parts: readonly Uint8Array[]): Buffer =>
  box(type, u32(version * 0x1000000 + flags), ...parts);

/** ftyp and moov: what a player must have before the first fragment. */
export function header(format: VideoFormat): Buffer {
  const { width, height } = format;
  const none = u32(0);
  const samples = box(
    "stbl",
    full("stsd", 0, 0, u32(1), sampleEntry(format)),
    ...["stts", "stsc", "stco"].map((type) => full(type, 0, 0, none)),
    full("stsz", 0, 0, u32(0, 0)),
  );
  const media = box(
    "mdia",
    full("mdhd", 0, 0, u32(0, 0, TIMESCALE, 0), u16(0x55c4, 0)),
    full("hdlr", 0, 0, none, Buffer.from("vide"), u32(0, 0, 0), Buffer.from("live\0")),
    box(
      "minf",
      full("vmhd", 0, 1, u16(0, 0, 0, 0)),
      box("dinf", full("dref", 0, 0, u32(1), full("url ", 0, 1))),
      samples,
    ),
  );
  const track = box(
    "trak",
    full(
      "tkhd",
      0,
      3,
      u32(0, 0, TRACK, 0, 0, 0, 0),
      u16(0, 0, 0, 0),
      u32(...MATRIX, width * 0x10000, height * 0x10000),
    ),
    media,
  );
  const movie = full(
    "mvhd",
    0,
    0,
    u32(0, 0, TIMESCALE, 0, 0x10000),
    u16(0x100, 0),
    u32(0, 0, ...MATRIX, 0, 0, 0, 0, 0, 0, TRACK + 1),
  );
  return Buffer.concat([
    box("ftyp", Buffer.from("iso6"), none, Buffer.from("iso6avc1")),
    box("moov", movie, track, box("mvex", full("trex", 0, 0, u32(TRACK, 1, 0, 0, 0)))),
  ]);
}

function sampleEntry(format: VideoFormat): Buffer {
  const { width, height } = format;
  return box(
    "avc1",
    u32(0),
    u16(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, width, height),
    u32(0x480000, 0x480000, 0),
    u16(1),
    Buffer.alloc(32),
    u16(24, 0xffff),
    box("avcC", decoderConfiguration(format)),
  );
}

/** AVCDecoderConfigurationRecord, ISO/IEC 14496-15 §5.3.3. Cameras give 4:2:0 of 8 bits. */
function decoderConfiguration({ parameterSets }: VideoFormat): Buffer {
  const sequence = parameterSets.filter((set) => (set[0]! & 0x1f) === 7);
  const picture = parameterSets.filter((set) => (set[0]! & 0x1f) === 8);
  const [, profile = 0, constraints = 0, level = 0] = sequence[0] ?? [];
  const sets = (all: readonly Uint8Array[]): Uint8Array[] => all.flatMap((set) => [u16(set.byteLength), set]);
  return Buffer.concat([
    u8(1, profile, constraints, level, 0xff, 0xe0 | sequence.length),
    ...sets(sequence),
    u8(picture.length),
    ...sets(picture),
    ...([100, 110, 122, 144].includes(profile) ? [u8(0xfd, 0xf8, 0xf8, 0)] : []),
  ]);
}

/** One picture of a stream, its NAL units length-prefixed. Times in ticks of {@link TIMESCALE}. */
export interface Sample {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly at: number;
  readonly duration: number;
}

/** moof and mdat with one picture. `sequence` counts from 1. */
export function fragment(sequence: number, { data, key, at, duration }: Sample): Buffer {
  // sample_depends_on 2: on no other; 1, non-sync: on others (§8.8.3.1).
  const flags = key ? 0x02000000 : 0x01010000;
  const run = (offset: number): Buffer => full("trun", 0, 0x000701, u32(1, offset, duration, data.byteLength, flags));
  const moof = (offset: number): Buffer =>
    box(
      "moof",
      full("mfhd", 0, 0, u32(sequence)),
      box("traf", full("tfhd", 0, 0x020000, u32(TRACK)), full("tfdt", 1, 0, u64(at)), run(offset)),
    );
  const offset = moof(0).byteLength + 8;
  return Buffer.concat([moof(offset), u32(8 + data.byteLength), Buffer.from("mdat"), data]);
}
