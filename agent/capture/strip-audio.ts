// A copy of a clip without its sound: taken apart and put together again, never encoded again (promise 6).
import { open } from "node:fs/promises";
import type { Input } from "mediabunny";
import { mediabunny } from "../../drivers/mp4/mp4.ts";
import { AgentError } from "../error.ts";
import { fragmentedMp4 } from "./fragmented-mp4.ts";
import { PartFile, type WrittenFile } from "./part-file.ts";

/** How much of the source is kept in memory at most. */
const CACHE_BYTES = 1 << 20;

/**
 * Writes the pictures of `source` to `destination`, bit for bit, and leaves everything else out. When this resolves the
 * file is whole and durable; until then it has another name. Memory stays flat whatever the size.
 *
 * @throws AgentError CLIP_UNREADABLE when the source cannot be taken apart, CLIP_NOT_WRITTEN when the copy cannot be
 * written; nothing is left at `destination` then.
 */
export async function stripAudio(source: string, destination: string): Promise<WrittenFile> {
  const { ALL_FORMATS, FilePathSource, Input } = mediabunny();
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(source, { maxCacheSize: CACHE_BYTES }) });
  const part = new PartFile(destination);
  try {
    return await remux(input, source, part);
  } catch (error) {
    await part.abandon("remove");
    throw error instanceof AgentError ? error : new AgentError("CLIP_NOT_WRITTEN", destination, error);
  } finally {
    input.dispose();
  }
}

async function remux(input: Input, name: string, part: PartFile): Promise<WrittenFile> {
  const readable = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw new AgentError("CLIP_UNREADABLE", name, error);
    });
  // Opened by ourselves first: the error of a missing file says more than the parser's.
  await readable(open(name, "r").then((handle) => handle.close()));
  const track = await readable(input.getPrimaryVideoTrack());
  const decoderConfig = await readable(track?.getDecoderConfig() ?? Promise.resolve(null));
  if (!track || !decoderConfig) throw new AgentError("CLIP_UNREADABLE", `${name}: there are no pictures in it`);

  await part.open();
  const { output, failure } = fragmentedMp4(part);
  const { EncodedPacketSink, EncodedVideoPacketSource } = mediabunny();
  const video = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(video);
  await output.start();
  const packets = new EncodedPacketSink(track).packets();
  for (let next = await readable(packets.next()); !next.done; next = await readable(packets.next())) {
    await video.add(next.value, { decoderConfig });
    if (failure() !== undefined) throw new AgentError("CLIP_NOT_WRITTEN", part.partPath, failure());
  }
  await output.finalize();
  if (failure() !== undefined) throw new AgentError("CLIP_NOT_WRITTEN", part.partPath, failure());
  return await part.finish();
}
