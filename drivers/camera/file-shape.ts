// Whether a recording is shorter than its own structure says: a download that broke off, a card that filled up.
import type { FileHandle } from "node:fs/promises";

/** More boxes than a recording of many hours has; bounds the work on a hostile file. */
const MAX_BOXES = 1_000_000;
const EBML_MAGIC = 0x1a45dfa3;
const SEGMENT_ID = 0x18538067;

/** Bytes that are missing at the end of an MP4, MOV or Matroska file; 0 when it is whole or does not say. */
export async function missingBytes(file: FileHandle, size: number): Promise<number> {
  const head = Buffer.alloc(16);
  let end = 0;
  for (let box = 0; box < MAX_BOXES && end < size; box++) {
    const { bytesRead } = await file.read(head, 0, head.length, end);
    if (box === 0 && bytesRead >= 4 && head.readUInt32BE(0) === EBML_MAGIC) return missingFromSegment(file, size);
    // ISO/IEC 14496-12 §4.2: 32-bit size and type; size 1 means that 64 bits follow, size 0 up to the end of the file.
    if (bytesRead < 8 || !/^[a-z0-9 ]{4}$/i.test(head.toString("latin1", 4, 8))) return 0;
    const short = head.readUInt32BE(0);
    if (short === 0) return 0;
    const length = short === 1 && bytesRead === 16 ? Number(head.readBigUInt64BE(8)) : short;
    if (length < 8) return 0;
    end += length;
  }
  return Math.max(0, end - size);
}

/** RFC 8794 §4–6: an EBML header, then one Segment that holds everything and says how long it is. */
async function missingFromSegment(file: FileHandle, size: number): Promise<number> {
  const head = Buffer.alloc(256);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  const ebml = readVint(head, 4);
  if (!ebml || ebml.next + ebml.value + 12 > bytesRead) return 0;
  const segment = ebml.next + ebml.value;
  if (head.readUInt32BE(segment) !== SEGMENT_ID) return 0;
  const length = readVint(head, segment + 4);
  if (!length || length.unknown) return 0;
  return Math.max(0, length.next + length.value - size);
}

function readVint(bytes: Buffer, at: number): { value: number; next: number; unknown: boolean } | undefined {
  const width = Math.clz32(bytes[at]!) - 23;
  if (width > 8) return undefined;
  let value = bytes[at]! & (0xff >> width);
  let unknown = value === 0xff >> width;
  for (let index = 1; index < width; index++) {
    const byte = bytes[at + index]!;
    value = value * 256 + byte;
    unknown &&= byte === 0xff;
  }
  return { value, next: at + width, unknown };
}
