// What a kill or a power cut left behind, made into finished clips: nothing recorded is lost, nothing half is announced.
import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../durable.ts";
import type { ClipId } from "../vault/clip.ts";
import { measureClip } from "../vault/clip-file.ts";
import type { WrittenClip } from "./clip-writer.ts";
import { wholeExtent } from "./fragments.ts";
import { PART_SUFFIX } from "./part-file.ts";

/** A clip that is finished after all. */
export interface SalvagedClip extends Omit<WrittenClip, "startedAtUptime"> {
  readonly outcome: "salvaged";
  readonly id: ClipId;
  /** How much was cut off because it was not whole. */
  readonly lostBytes: number;
}

/** Nothing in it could be played; it has been removed. */
export interface UnusableClip {
  readonly outcome: "unusable";
  readonly id: ClipId;
  /** Why, as a lower-case fragment. */
  readonly detail: string;
}

export type Recovered = SalvagedClip | UnusableClip;

const PART_NAME = new RegExp(`^([0-9a-z]{26})\\.mp4\\${PART_SUFFIX}$`);
const HASH_CHUNK_BYTES = 1 << 18;

/**
 * Finishes every clip that was being written when the agent ended: up to its last whole fragment, fsynced, hashed and
 * renamed, or removed when it has none. To be called before a new clip is begun. Calling it again finds nothing to do,
 * also when it was itself killed half-way.
 *
 * A clip that cannot be read or renamed (a failing card) stays as it is and is reported as unusable, for the next start.
 */
export async function recover(directory: string): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  const names = (await readdir(directory)).toSorted();
  for (const name of names) {
    const id = PART_NAME.exec(name)?.[1];
    if (id === undefined) continue;
    try {
      recovered.push(await salvage(directory, id));
    } catch (error) {
      recovered.push({ outcome: "unusable", id, detail: error instanceof Error ? error.message : String(error) });
    }
  }
  return recovered;
}

async function salvage(directory: string, id: ClipId): Promise<Recovered> {
  const file = join(directory, `${id}.mp4`);
  const part = file + PART_SUFFIX;
  const handle = await open(part, "r+");
  let lostBytes: number;
  let bytes: number;
  let sha256: string;
  try {
    const { size } = await handle.stat();
    const { wholeBytes } = await wholeExtent((offset, length) => readAt(handle, offset, length), size);
    bytes = wholeBytes;
    lostBytes = size - wholeBytes;
    if (lostBytes > 0) await handle.truncate(wholeBytes);
    await handle.sync();
    sha256 = await hash(handle);
  } finally {
    await handle.close();
  }
  // What cannot be read has no picture to show.
  const facts = bytes > 0 ? await measureClip(part).catch(() => undefined) : undefined;
  if (!facts) {
    await rm(part);
    await syncFolder(directory);
    return { outcome: "unusable", id, detail: `no whole fragment in ${bytes + lostBytes} bytes` };
  }
  await rename(part, file);
  await syncFolder(directory);
  return { outcome: "salvaged", id, file, bytes, sha256, ...facts, lostBytes };
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function hash(handle: FileHandle): Promise<string> {
  const digest = createHash("sha256");
  const chunk = new Uint8Array(HASH_CHUNK_BYTES);
  for (let offset = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
    if (bytesRead === 0) return digest.digest("hex");
    digest.update(chunk.subarray(0, bytesRead));
    offset += bytesRead;
  }
}
