// Reads a raw .h264 file. It holds no times, so its pictures are a frame period apart.
import { createReadStream } from "node:fs";
import type { Uptime } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { AnnexBSplitter } from "./annex-b.ts";
import type { AccessUnit } from "./camera.ts";
import { NAL, nalType, nalUnits } from "./nal-unit.ts";
import type { RecordedUnit } from "./recording.ts";
import { type Sps, parseSps } from "./sps.ts";

const NO_TIME = 0 as Uptime;
const BEGINNINGS: ReadonlySet<number> = new Set([NAL.slice, NAL.idrSlice, NAL.sei, NAL.sps, NAL.pps, NAL.delimiter]);

/** True when `head`, the first bytes of a file, looks like raw H.264 and not like MPEG-1/2 or H.265, which start alike. */
export function looksRaw(head: Uint8Array): boolean {
  const start = head[2] === 1 ? 3 : 4;
  const code = head[0] === 0 && head[1] === 0 && (head[2] === 1 || (head[2] === 0 && head[3] === 1));
  const header = head[start];
  return code && header !== undefined && (header & 0x80) === 0 && BEGINNINGS.has(nalType(header));
}

/** The first sequence parameter set in `head`, if it is there whole. */
export function firstSps(head: Uint8Array): Sps | undefined {
  for (const unit of nalUnits(head)) if (nalType(unit[0]!) === NAL.sps) return parseSps(unit);
  return undefined;
}

/**
 * The pictures of a raw file, `fps` of them a second.
 *
 * @throws DriverError CAMERA_FILE_NO_KEYFRAME, CAMERA_PICTURE_CHANGED, CAMERA_STREAM_BROKEN, CAMERA_FILE_UNREADABLE.
 */
export async function* rawUnits(file: string, fps: number): AsyncGenerator<RecordedUnit, void, undefined> {
  const spanMs = 1000 / fps;
  const ready: AccessUnit[] = [];
  const splitter = new AnnexBSplitter((unit) => ready.push(unit));
  let count = 0;
  const timed = ({ data, key }: AccessUnit): RecordedUnit => ({ data, key, mediaMs: count++ * spanMs, spanMs });
  /** Hands on what was whole before `step` failed, so that a recording plays up to the place where it breaks. */
  function* after(step: () => void): Generator<RecordedUnit, void, undefined> {
    let failure: { readonly error: unknown } | undefined;
    try {
      step();
    } catch (error) {
      failure = { error };
    }
    for (const unit of ready.splice(0)) yield timed(unit);
    if (failure) throw failure.error;
  }
  try {
    for await (const chunk of createReadStream(file)) yield* after(() => splitter.push(chunk as Buffer, NO_TIME));
  } catch (error) {
    if (error instanceof DriverError) throw error;
    throw new DriverError("CAMERA_FILE_UNREADABLE", file, error);
  }
  yield* after(() => splitter.end());
  if (count === 0) throw new DriverError("CAMERA_FILE_NO_KEYFRAME", file);
}
