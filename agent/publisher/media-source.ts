// Reads media as it is sent: piece by piece through two small buffers, and the last piece only if the whole is what was disclosed.
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { AgentError } from "../error.ts";
import type { MediaDisclosure } from "../spool/disclosure.ts";
import { partRange } from "./transfer.ts";

const CHUNK_BYTES = 262_144;

/**
 * The whole of the media. Each chunk is valid until the next but one is asked for.
 *
 * @throws AgentError SPOOL_MEDIA_ALTERED before the last chunk, if the bytes do not hash to what was disclosed.
 */
export async function* wholeMedia(file: FileHandle, { id, media }: MediaDisclosure): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of range(file, 0, media.bytes)) {
    hash.update(chunk.bytes);
    if (chunk.last && hash.digest("hex") !== media.sha256) throw altered(id);
    yield chunk.bytes;
  }
}

/** One part of it, whose hash was taken before: the same promise, with the part's own hash. */
export async function* mediaPart(
  file: FileHandle,
  { id, media }: MediaDisclosure,
  part: { readonly partBytes: number; readonly n: number; readonly sha256: string },
): AsyncGenerator<Uint8Array> {
  const { offset, length } = partRange(media.bytes, part.partBytes, part.n);
  const hash = createHash("sha256");
  for await (const chunk of range(file, offset, length)) {
    hash.update(chunk.bytes);
    if (chunk.last && hash.digest("hex") !== part.sha256) throw altered(id);
    yield chunk.bytes;
  }
}

/**
 * SHA-256 of every part, in lower-case hex.
 *
 * @throws AgentError SPOOL_MEDIA_ALTERED when the whole does not hash to what was disclosed.
 */
export async function partHashes(
  file: FileHandle,
  { id, media }: MediaDisclosure,
  partBytes: number,
): Promise<string[]> {
  const whole = createHash("sha256");
  const hashes: string[] = [];
  for (let offset = 0; offset < media.bytes; offset += partBytes) {
    const part = createHash("sha256");
    for await (const { bytes } of range(file, offset, Math.min(partBytes, media.bytes - offset))) {
      whole.update(bytes);
      part.update(bytes);
    }
    hashes.push(part.digest("hex"));
  }
  if (whole.digest("hex") !== media.sha256) throw altered(id);
  return hashes;
}

async function* range(
  file: FileHandle,
  offset: number,
  length: number,
): AsyncGenerator<{ bytes: Uint8Array; last: boolean }> {
  const size = Math.min(CHUNK_BYTES, length);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  for (let done = 0, turn = 0; done < length; turn ^= 1) {
    const buffer = buffers[turn]!;
    const { bytesRead } = await file.read(buffer, 0, Math.min(size, length - done), offset + done);
    if (bytesRead === 0) throw new AgentError("SPOOL_MEDIA_ALTERED", `the media ended after ${offset + done} bytes`);
    done += bytesRead;
    yield { bytes: buffer.subarray(0, bytesRead), last: done === length };
  }
}

const altered = (id: string): AgentError =>
  new AgentError("SPOOL_MEDIA_ALTERED", `the media of ${id} is not what was disclosed`);
