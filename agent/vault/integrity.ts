// Whether a clip's file is still the one that was recorded. Asked before every use, because a card can be written elsewhere.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { AgentError } from "../error.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ClipId } from "./clip.ts";
import { clipFile, type VaultFolders } from "./clip-file.ts";
import type { StoredClip } from "./clip-row.ts";

const CHUNK_BYTES = 256 * 1024;

/**
 * SHA-256 of a file in lower-case hex, and its length, read once from end to end through one small buffer. A symbolic link
 * is not followed: a clip is a file of ours.
 *
 * @throws the operating system's own error (ENOENT, ELOOP, EIO…).
 */
export async function hashFile(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash("sha256");
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, bytes);
      if (!bytesRead) return { sha256: hash.digest("hex"), bytes };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/**
 * The path of a clip's file, after its hash has been found to be the recorded one. Otherwise the clip is quarantined: it
 * stays for the owner to look at and never leaves.
 *
 * @throws AgentError CLIP_NOT_FOUND, CLIP_MISSING or CLIP_ALTERED.
 */
export async function verifyClip(catalogue: Catalogue, folders: VaultFolders, id: ClipId): Promise<string> {
  const clip = catalogue.get(id);
  if (clip.state === "deleted" || clip.state === "recording")
    throw new AgentError("CLIP_NOT_FOUND", `${id} is ${clip.state === "deleted" ? "deleted" : "still being recorded"}`);
  const path = clipFile(folders, id);
  const fault = await faultIn(path, clip);
  if (!fault) return path;
  if (clip.state === "ready") catalogue.setState(id, "quarantined", fault.message);
  throw fault;
}

async function faultIn(path: string, clip: StoredClip): Promise<AgentError | undefined> {
  try {
    const { sha256, bytes } = await hashFile(path);
    if (sha256 === clip.sha256) return undefined;
    return new AgentError("CLIP_ALTERED", `${clip.id}: ${bytes} bytes of ${clip.bytes}, and another hash`);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return missing
      ? new AgentError("CLIP_MISSING", clip.id, error)
      : new AgentError("CLIP_ALTERED", `${clip.id} cannot be read: ${String(error)}`, error);
  }
}
