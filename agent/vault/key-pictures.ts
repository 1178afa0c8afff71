// The coded key pictures of a clip, as a decoder wants them: Annex B, each with the parameter sets it needs. How they lie
// in an MP4 is ISO/IEC 14496-15 §5.3.
import type { InputVideoTrack } from "mediabunny";
import { readAvcRecord } from "../../drivers/h264/h264.ts";
import { mediabunny } from "../../drivers/mp4/mp4.ts";
import { AgentError } from "../error.ts";
import { openClip, unreadable } from "./clip-file.ts";

/** A key picture that can be decoded alone. */
export interface KeyPicture {
  /** From the first picture of the clip. */
  readonly atMs: number;
  readonly unit: Uint8Array;
}

/**
 * Finds the key pictures of the clip at `path`, lets `choose` pick among their times (milliseconds, ascending) and hands
 * over those, read from the card one by one as they are asked for.
 *
 * @throws AgentError CLIP_UNREADABLE.
 */
export async function* keyPictures(
  path: string,
  choose: (timesMs: readonly number[]) => readonly number[] = (timesMs) => timesMs,
): AsyncGenerator<KeyPicture, void, void> {
  try {
    using input = openClip(path);
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new AgentError("CLIP_UNREADABLE", `${path} holds no picture`);
    const { EncodedPacketSink } = mediabunny();
    const sink = new EncodedPacketSink(track);
    const times = new Map<number, number>();
    const metadataOnly = { metadataOnly: true };
    for (
      let packet = await sink.getFirstKeyPacket(metadataOnly);
      packet;
      packet = await sink.getNextKeyPacket(packet, metadataOnly)
    )
      times.set(Math.round(packet.timestamp * 1000), packet.timestamp);
    const annexB = await annexBWriter(track, path);
    for (const atMs of choose([...times.keys()])) {
      const packet = await sink.getKeyPacket(times.get(atMs)!);
      if (packet) yield { atMs, unit: annexB(packet.data) };
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function annexBWriter(track: InputVideoTrack, path: string): Promise<(sample: Uint8Array) => Uint8Array> {
  const description = (await track.getDecoderConfig())?.description;
  const record = description === undefined ? undefined : readAvcRecord(description as ArrayBuffer | ArrayBufferView);
  if (!record) throw new AgentError("CLIP_UNREADABLE", `${path} is not H.264`);
  const sets = record.parameterSets.flatMap((set) => [START_CODE, set]);
  return (sample) =>
    Buffer.concat([
      ...sets,
      ...nalUnits(Buffer.from(sample.buffer, sample.byteOffset, sample.length), record.lengthBytes),
    ]);
}

const START_CODE = Uint8Array.of(0, 0, 0, 1);

function* nalUnits(sample: Buffer, lengthBytes: number): Generator<Uint8Array, void, void> {
  for (let at = 0; at + lengthBytes <= sample.length;) {
    const length = sample.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    yield START_CODE;
    yield sample.subarray(at, at + length);
    at += length;
  }
}
