// Reads the header of an ADTS frame (ISO/IEC 14496-3 §1.A.2.2): what AAC says of itself. Pure.

export interface AdtsHeader {
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** The whole frame, header included. */
  readonly frameBytes: number;
}

const SAMPLE_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const HEADER_BYTES = 7;

/** Undefined when `bytes` does not begin with a header that makes sense. */
export function adtsHeader(bytes: Uint8Array): AdtsHeader | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0xff || (bytes[1]! & 0xf6) !== 0xf0) return undefined;
  const sampleRate = SAMPLE_RATES[(bytes[2]! >> 2) & 0xf];
  const channels = ((bytes[2]! & 1) << 2) | (bytes[3]! >> 6);
  const frameBytes = ((bytes[3]! & 3) << 11) | (bytes[4]! << 3) | (bytes[5]! >> 5);
  if (sampleRate === undefined || channels === 0 || frameBytes < HEADER_BYTES) return undefined;
  return { sampleRate, channels, frameBytes };
}
