// The SPS and PPS of a stream, remembered so that every key picture can carry what it needs to be decoded alone. Pure.
import { DriverError } from "../error.ts";
import { bufferOf, hasSliceHeader, NAL, nalType, nalUnits } from "./nal-unit.ts";
import { type Sps, parsePpsId, parseSps } from "./sps.ts";

/** Far above what encoders write (tens of bytes); keeps a hostile stream from filling memory with parameter sets. */
const MAX_SET_BYTES = 4096;
const FOUR_BYTE_START_CODE = Buffer.from([0, 0, 0, 1]);

/** Remembers the newest parameter sets of one stream: at most 32 SPS and 256 PPS of 4 KiB each. */
export class ParameterSets {
  #sps = new Map<number, Buffer>();
  #pps = new Map<number, Buffer>();
  #picture: Sps | undefined;

  /** The picture format of the stream, once an SPS has been seen. */
  get picture(): Sps | undefined {
    return this.#picture;
  }

  /** True when a key picture could be made decodable from what is remembered. */
  get known(): boolean {
    return this.#sps.size > 0 && this.#pps.size > 0;
  }

  /**
   * Takes in the parameter sets that stand before the first slice of `unit` (Annex B).
   *
   * @throws DriverError CAMERA_PICTURE_CHANGED when an SPS announces another picture size than the stream began with.
   */
  learn(unit: Uint8Array): void {
    for (const nal of nalUnits(unit)) {
      const type = nalType(nal[0]!);
      if (type === NAL.sps) this.#learnSps(nal);
      else if (type === NAL.pps) this.#learnPps(nal);
      else if (hasSliceHeader(type)) return;
    }
  }

  /** `unit` itself if it has an SPS and a PPS before its first slice, else a copy with the remembered ones put there. */
  complete(unit: Uint8Array): Uint8Array {
    let sps = false;
    let pps = false;
    let insertAt = 0;
    const bytes = bufferOf(unit);
    for (const nal of nalUnits(bytes)) {
      const type = nalType(nal[0]!);
      // §7.4.1.2.3: an access unit delimiter, where there is one, is the first NAL unit of its access unit.
      if (type === NAL.delimiter) insertAt = nal.byteOffset - bytes.byteOffset + nal.length;
      else if (type === NAL.sps) sps = true;
      else if (type === NAL.pps) pps = true;
      else if (hasSliceHeader(type)) break;
    }
    if (sps && pps) return unit;
    const parts = [bytes.subarray(0, insertAt)];
    for (const set of [...this.#sps.values(), ...this.#pps.values()]) parts.push(FOUR_BYTE_START_CODE, set);
    parts.push(bytes.subarray(insertAt));
    return joined(parts);
  }

  #learnSps(nal: Buffer): void {
    if (nal.length > MAX_SET_BYTES) return;
    const sps = parseSps(nal);
    if (!sps || this.#sps.get(sps.id)?.equals(nal)) return;
    const was = this.#picture;
    if (was && (was.width !== sps.width || was.height !== sps.height)) {
      throw new DriverError(
        "CAMERA_PICTURE_CHANGED",
        `from ${was.width}x${was.height} to ${sps.width}x${sps.height} in the middle of the stream`,
      );
    }
    this.#picture = sps;
    this.#sps.set(sps.id, Buffer.from(nal));
  }

  #learnPps(nal: Buffer): void {
    const id = nal.length > MAX_SET_BYTES ? undefined : parsePpsId(nal);
    if (id !== undefined && !this.#pps.get(id)?.equals(nal)) this.#pps.set(id, Buffer.from(nal));
  }
}

/** The parts in one allocation of its own, so that it pins nothing but itself while it waits in a ring. */
export function joined(parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = Buffer.allocUnsafeSlow(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
