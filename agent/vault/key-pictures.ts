// The coded key pictures of a clip, as a decoder wants them: Annex B, each with the parameter sets it needs. How they lie
// in an MP4 is ISO/IEC 14496-15 §5.3.
import type { InputVideoTrack } from "mediabunny";
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

/** AVCDecoderConfigurationRecord: five bytes of profile and lengths, then counted SPS and counted PPS. */
async function annexBWriter(track: InputVideoTrack, path: string): Promise<(sample: Uint8Array) => Uint8Array> {
  const description = (await track.getDecoderConfig())?.description;
  if (!(description instanceof Uint8Array) || description[0] !== 1)
    throw new AgentError("CLIP_UNREADABLE", `${path} is not H.264`);
  const record = Buffer.from(description);
  const lengthBytes = (record.readUInt8(4) % 4) + 1;
  const sets: Uint8Array[] = [];
  let at = 5;
  for (const counts of [0x1f, 0xff]) {
    // Only the low five bits of the first count are a count.
    let left = record.readUInt8(at++) % (counts + 1);
    for (; left > 0; left--) {
      const length = record.readUInt16BE(at);
      sets.push(START_CODE, record.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return (sample) =>
    Buffer.concat([...sets, ...nalUnits(Buffer.from(sample.buffer, sample.byteOffset, sample.length), lengthBytes)]);
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
