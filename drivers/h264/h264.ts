// What the agent needs to know of coded video: the format that a key picture announces. Pure.
import { NAL, hasSliceHeader, nalType, nalUnits } from "../camera/nal-unit.ts";
import { parseSps } from "../camera/sps.ts";

export interface VideoFormat {
  /** Pixels, after cropping. */
  readonly width: number;
  readonly height: number;
  /** RFC 6381 name: "avc1.64001f". */
  readonly codec: string;
  /** SPS and PPS as they stand in the stream, copied. */
  readonly parameterSets: readonly Uint8Array[];
}

/** Reads what stands before the first slice of a key access unit (Annex B); undefined when no sensible SPS does. */
export function videoFormat(unit: Uint8Array): VideoFormat | undefined {
  const parameterSets: Uint8Array[] = [];
  let format: { width: number; height: number; codec: string } | undefined;
  for (const nal of nalUnits(unit)) {
    const type = nalType(nal[0]!);
    if (hasSliceHeader(type)) break;
    if (type === NAL.sps) format ??= parseSps(nal);
    if (type === NAL.sps || type === NAL.pps) parameterSets.push(Uint8Array.from(nal));
  }
  return format && { width: format.width, height: format.height, codec: format.codec, parameterSets };
}

/** Whether two key pictures can stand in one clip: their parameter sets are the same to the bit. */
export const sameFormat = (a: VideoFormat, b: VideoFormat): boolean =>
  a.parameterSets.length === b.parameterSets.length &&
  a.parameterSets.every((set, index) => Buffer.compare(set, b.parameterSets[index]!) === 0);

/**
 * An access unit as MP4 has it (ISO/IEC 14496-15): each NAL unit after its length in four bytes. Delimiters and parameter sets
 * are left out: the latter stand in the header of the file.
 */
export function lengthPrefixed(unit: Uint8Array): Uint8Array {
  const kept = Array.from(nalUnits(unit)).filter((nal) => !LEFT_OUT.has(nalType(nal[0]!)));
  const bytes = Buffer.allocUnsafe(kept.reduce((sum, { byteLength }) => sum + 4 + byteLength, 0));
  let offset = 0;
  for (const nal of kept) {
    offset = bytes.writeUInt32BE(nal.byteLength, offset);
    bytes.set(nal, offset);
    offset += nal.byteLength;
  }
  return bytes;
}

/** What stands before the pictures of an MP4. */
export interface AvcRecord {
  /** How many bytes the length before each NAL unit has. */
  readonly lengthBytes: number;
  /** SPS and PPS, views without start codes. */
  readonly parameterSets: readonly Uint8Array[];
}

/**
 * Reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1): five bytes of profile and lengths, then counted SPS and
 * counted PPS. Undefined when it is none; sets that do not fit in it are left out.
 */
export function readAvcRecord(description: ArrayBuffer | ArrayBufferView): AvcRecord | undefined {
  const record = ArrayBuffer.isView(description)
    ? Buffer.from(description.buffer, description.byteOffset, description.byteLength)
    : Buffer.from(description);
  if (record.length < 7 || record[0] !== 1) return undefined;
  const parameterSets: Uint8Array[] = [];
  let at = 5;
  // Of the first count only the low five bits are a count.
  for (const mask of [0x1f, 0xff])
    for (let left = (record[at++] ?? 0) & mask; left > 0 && at + 2 <= record.length; left--) {
      const end = at + 2 + record.readUInt16BE(at);
      if (end <= record.length) parameterSets.push(record.subarray(at + 2, end));
      at = end;
    }
  return { lengthBytes: (record[4]! & 3) + 1, parameterSets };
}

const LEFT_OUT: ReadonlySet<number> = new Set([NAL.sps, NAL.pps, NAL.delimiter]);
