// Reads media as it is sent: piece by piece through one small buffer, and the last piece only if the whole is what was disclosed.
import { createHash, hash, type Hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { AgentError } from "../error.ts";
import type { MediaDisclosure } from "../spool/disclosure.ts";
import type { MediaFile } from "../spool/media-file.ts";
import { partRange } from "./transfer.ts";

const CHUNK_BYTES = 262_144;

/**
 * The whole of the media. Each chunk is valid until the next is asked for.
 *
 * @throws AgentError SPOOL_MEDIA_ALTERED before the last chunk, if the bytes do not hash to what was disclosed.
 */
export const wholeMedia = (file: MediaFile, { id, media }: MediaDisclosure): Generator<Uint8Array> =>
  checked(range(file, 0, media.bytes), id, media.sha256);

/** One part of it, whose hash was taken before: the same promise, with the part's own hash. */
export function mediaPart(
  file: MediaFile,
  { id, media }: MediaDisclosure,
  part: { readonly partBytes: number; readonly n: number; readonly sha256: string },
): Generator<Uint8Array> {
  const { offset, length } = partRange(media.bytes, part.partBytes, part.n);
  return checked(range(file, offset, length), id, part.sha256);
}

/**
 * SHA-256 of every part, in lower-case hex.
 *
 * @throws AgentError SPOOL_MEDIA_ALTERED when the whole does not hash to what was disclosed.
 */
export async function partHashes(
  file: MediaFile,
  { id, media }: MediaDisclosure,
  partBytes: number,
): Promise<string[]> {
  const whole = createHash("sha256");
  const hashes: string[] = [];
  for (let offset = 0; offset < media.bytes; offset += partBytes) {
    const part = createHash("sha256");
    for (const { bytes } of range(file, offset, Math.min(partBytes, media.bytes - offset))) {
      whole.update(bytes);
      part.update(bytes);
      await setImmediate();
    }
    hashes.push(part.digest("hex"));
  }
  if (whole.digest("hex") !== media.sha256) throw altered(id);
  return hashes;
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

function* checked(chunks: Generator<Chunk>, id: string, sha256: string): Generator<Uint8Array> {
  let running: Hash | undefined;
  for (const { bytes, last } of chunks) {
    // What is read at once is hashed at once.
    const found = last && !running ? hash("sha256", bytes) : undefined;
    if (found === undefined) (running ??= createHash("sha256")).update(bytes);
    if (last && (found ?? running!.digest("hex")) !== sha256) throw altered(id);
    yield bytes;
  }
}

function* range(file: MediaFile, offset: number, length: number): Generator<Chunk> {
  const buffer = takeBuffer();
  for (let done = 0; done < length;) {
    const bytesRead = file.read(buffer, Math.min(CHUNK_BYTES, length - done), offset + done);
    if (bytesRead === 0) throw new AgentError("SPOOL_MEDIA_ALTERED", `the media ended after ${offset + done} bytes`);
    done += bytesRead;
    yield { bytes: buffer.subarray(0, bytesRead), last: done === length };
  }
  spare = buffer;
}

/** One buffer is kept: media goes one after the other, and a new one for each would be work for the collector. */
let spare: Buffer | undefined;

/** It comes back only after its last chunk was done with: what a broken socket still holds is not written over. */
function takeBuffer(): Buffer {
  const buffer = spare ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  spare = undefined;
  return buffer;
}

const altered = (id: string): AgentError =>
  new AgentError("SPOOL_MEDIA_ALTERED", `the media of ${id} is not what was disclosed`);
