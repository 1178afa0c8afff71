// How much of a fragmented MP4 is whole: its top-level boxes (ISO/IEC 14496-12 §4.2), read by their headers only. Pure.

/** Reads up to `length` bytes at `offset`; fewer where the file ends. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

export interface Extent {
  /** Up to here the file is a playable MP4: its header and whole fragments. */
  readonly wholeBytes: number;
  /** Number of whole fragments before that. */
  readonly fragments: number;
}

interface Box {
  readonly type: string;
  readonly offset: number;
  readonly end: number;
}

/** Looks through the boxes of a file of `bytes` until something is cut short, damaged or out of place. */
export async function wholeExtent(read: ReadAt, bytes: number): Promise<Extent> {
  let wholeBytes = 0;
  let fragments = 0;
  let expected: readonly string[] = ["ftyp"];
  for (let offset = 0; offset < bytes;) {
    const box = await boxAt(read, offset, bytes);
    if (!box || !expected.includes(box.type)) break;
    offset = box.end;
    switch (box.type) {
      case "ftyp":
        expected = ["moov"];
        break;
      case "moof":
        expected = ["mdat"];
        break;
      case "mfra":
        return { wholeBytes: box.end, fragments };
      default:
        // After the header, and after the data of a fragment, the file may end.
        if (box.type === "mdat") fragments += 1;
        wholeBytes = box.end;
        expected = ["moof", "mfra"];
    }
  }
  return { wholeBytes: fragments > 0 ? wholeBytes : 0, fragments };
}

/** Undefined where the box does not fit into the file, or its header makes no sense. */
async function boxAt(read: ReadAt, offset: number, bytes: number): Promise<Box | undefined> {
  const header = await read(offset, 16);
  if (header.length < 8) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const type = String.fromCharCode(...header.subarray(4, 8));
  let size = view.getUint32(0);
  if (size === 1) {
    if (header.length < 16) return undefined;
    size = Number(view.getBigUint64(8));
  }
  // 0 would mean "to the end of the file": what a hole of zeros after a power cut says, and never what we write.
  if (size < 8 || offset + size > bytes) return undefined;
  return { type, offset, end: offset + size };
}
