// Takes H.264 out of a container (MP4, MOV, Matroska, MPEG-TS) in process and hands it on bit for bit, as Annex B.
import type { Input, InputVideoTrack, Source } from "mediabunny";
import { DriverError } from "../error.ts";
import { readAvcRecord } from "../h264/h264.ts";
import { mediabunny } from "../mp4/mp4.ts";
import { bufferOf, hasSliceHeader, NAL, nalType, nalUnits, START_CODE } from "./nal-unit.ts";
import { ParameterSets } from "./parameter-sets.ts";
import type { RecordedUnit } from "./recording.ts";

/** Pictures looked at to find out whether they are stored in the order in which they are shown. */
const ORDER_SAMPLE = 300;
const START_CODE_BYTES = 4;

/** What a container holds, as far as replaying it goes. */
export type ContainerContent = "nothing readable" | "no video" | "h264" | "h264 out of order" | "other video";

/** Opens a container. Nothing is read yet. The caller disposes of it. */
export function openContainer(source: Source): Input {
  const { ALL_FORMATS, Input, Logging, LogLevel } = mediabunny();
  // What it would print about a file we tell by an error with a code.
  Logging.level = LogLevel.Errors;
  return new Input({ formats: ALL_FORMATS, source });
}

/** Looks at the beginning of a container. Never throws for what is in the file. */
export async function contentOf(input: Input): Promise<ContainerContent> {
  const track = await videoTrackOf(input);
  if (track === "unreadable") return "nothing readable";
  if (!track) return "no video";
  if ((await track.getCodec()) !== "avc") return "other video";
  const { EncodedPacketSink } = mediabunny();
  let last = -Infinity;
  let count = 0;
  for await (const { timestamp } of new EncodedPacketSink(track).packets(undefined, undefined, {
    metadataOnly: true,
  })) {
    if (timestamp <= last) return "h264 out of order";
    last = timestamp;
    if (++count === ORDER_SAMPLE) break;
  }
  return "h264";
}

/**
 * The pictures of the container's video track, from the first IDR picture on, each key picture with its parameter sets.
 *
 * @throws DriverError CAMERA_FILE_NO_KEYFRAME, CAMERA_PICTURE_CHANGED, CAMERA_FILE_DAMAGED.
 */
export async function* unitsOf(input: Input): AsyncGenerator<RecordedUnit, void, undefined> {
  const track = await videoTrackOf(input);
  if (!track || track === "unreadable") throw new DriverError("CAMERA_FILE_DAMAGED", "no video track can be read");
  const sets = new ParameterSets();
  const description = (await track.getDecoderConfig())?.description;
  // Without a record the pictures are Annex B already.
  const record = description && readAvcRecord(description);
  for (const set of record?.parameterSets ?? []) sets.learn(Buffer.concat([START_CODE, set]));
  const { EncodedPacketSink } = mediabunny();
  let started = false;
  let last = -Infinity;
  for await (const { data, timestamp, duration } of new EncodedPacketSink(track).packets()) {
    const picture = record ? fromLengths(data, record.lengthBytes) : Buffer.from(data);
    const { key, parameters } = look(picture);
    if (parameters) sets.learn(picture);
    if (!started && !(key && sets.known)) continue;
    started = true;
    const mediaMs = timestamp * 1000;
    if (mediaMs <= last) throw new DriverError("CAMERA_FILE_DAMAGED", `time runs backwards at ${timestamp} s`);
    last = mediaMs;
    yield { data: key ? sets.complete(picture) : picture, key, mediaMs, spanMs: duration * 1000 };
  }
  if (!started) throw new DriverError("CAMERA_FILE_NO_KEYFRAME", "no picture of it can be shown without another");
}

async function videoTrackOf(input: Input): Promise<InputVideoTrack | "unreadable" | null> {
  try {
    return await input.getPrimaryVideoTrack();
  } catch {
    // mediabunny says "unsupported format", or fails an assertion on files of a few bytes: either way there is nothing.
    return "unreadable";
  }
}

/**
 * NAL units with lengths in front become NAL units with start codes, in a copy that belongs to the caller.
 *
 * @throws DriverError CAMERA_FILE_DAMAGED when a length reaches past the end.
 */
export function fromLengths(sample: Uint8Array, lengthBytes: number): Buffer {
  const units: Buffer[] = [];
  const bytes = bufferOf(sample);
  let size = 0;
  for (let at = 0; at < bytes.length;) {
    const start = at + lengthBytes;
    const length = start <= bytes.length ? bytes.readUIntBE(at, lengthBytes) : bytes.length;
    if (start + length > bytes.length) throw new DriverError("CAMERA_FILE_DAMAGED", "a picture is cut short");
    units.push(bytes.subarray(start, start + length));
    size += START_CODE_BYTES + length;
    at = start + length;
  }
  const stream = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const unit of units) {
    stream.writeUInt32BE(1, at);
    stream.set(unit, at + START_CODE_BYTES);
    at += START_CODE_BYTES + unit.length;
  }
  return stream;
}

/** Whether the picture is an IDR picture and whether parameter sets come with it. Stops at the first slice. */
function look(picture: Buffer): { key: boolean; parameters: boolean } {
  let parameters = false;
  for (const unit of nalUnits(picture)) {
    const type = nalType(unit[0]!);
    if (type === NAL.sps || type === NAL.pps) parameters = true;
    if (hasSliceHeader(type)) return { key: type === NAL.idrSlice, parameters };
  }
  return { key: false, parameters };
}
