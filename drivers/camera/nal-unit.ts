// The bytes of one NAL unit and how an Annex B byte stream marks where it starts (ITU-T H.264 §7.3.1, Annex B.1). Pure.

/** nal_unit_type values that decide where a picture starts and what it needs (table 7-1). */
export const NAL = {
  slice: 1,
  partitionA: 2,
  idrSlice: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  delimiter: 9,
  prefix: 14,
  reserved18: 18,
} as const;

/** The three-byte start code. A four-byte one is this with a zero_byte before it. */
export const START_CODE = Buffer.from([0, 0, 1]);

/** nal_unit_type, from the first byte of a NAL unit. */
export const nalType = (header: number): number => header & 0x1f;

/** A slice header begins the payload: first_mb_in_slice can be read from the byte after the NAL unit's header. */
export const hasSliceHeader = (type: number): boolean =>
  type === NAL.slice || type === NAL.partitionA || type === NAL.idrSlice;

/** The same bytes as a Buffer, for its native search. Copies nothing. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Each NAL unit of a complete stretch of byte stream, in order: views without start codes and without the zeros that
 * follow. Bytes before the first start code are skipped. Stops as soon as the caller does.
 */
export function* nalUnits(stream: Uint8Array): Generator<Buffer, void, undefined> {
  const bytes = bufferOf(stream);
  let start = bytes.indexOf(START_CODE);
  while (start >= 0) {
    const first = start + START_CODE.length;
    const next = bytes.indexOf(START_CODE, first);
    let end = next < 0 ? bytes.length : next;
    // A NAL unit never ends in a zero byte (§7.4.1), so these are the next start code's zero_byte or trailing zeros.
    while (end > first && bytes[end - 1] === 0) end--;
    if (end > first) yield bytes.subarray(first, end);
    start = next;
  }
}
