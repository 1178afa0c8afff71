// Pieces of clips that are not whole yet, one file each, so that a restart goes on where it stopped: FOLDER/CLIP/LEAF-SHA256.
import { createHash, type Hash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AgentError } from "../error.ts";
import type { Candidate, Piece } from "./collect.ts";

const NAME = /^(data|part|manifest|receipt)-([0-9a-f]{64})$/;
const CLIP = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Lower-case hex of the SHA-256 of `payload`. */
export const sha256Hex = (payload: Uint8Array): string => createHash("sha256").update(payload).digest("hex");

/**
 * The folder of one receiver. Nothing is fsynced: a piece that a power cut tears no longer hashes to its name, is dropped at
 * the next start, and is asked for again.
 */
export class PieceStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws what the file system says: a full disk, most likely. */
  async put(piece: Piece, payload: Uint8Array): Promise<void> {
    const folder = join(this.folder, piece.clip);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const beside = join(folder, "incoming");
    const handle = await open(beside, "w", 0o600);
    try {
      await handle.writeFile(payload);
    } finally {
      await handle.close();
    }
    await rename(beside, this.#path(piece));
  }

  async drop(pieces: readonly Piece[]): Promise<void> {
    for (const piece of pieces) await rm(this.#path(piece), { force: true });
  }

  async forget(clip: string): Promise<void> {
    await rm(join(this.folder, clip), { recursive: true, force: true });
  }

  /** Everything that survived, one payload in memory at a time; removes what did not. Manifest and receipt come last. */
  async *load(): AsyncGenerator<{ piece: Piece; payload: Uint8Array }> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const clip of await readdir(this.folder)) {
      if (!CLIP.test(clip)) {
        await rm(join(this.folder, clip), { recursive: true, force: true });
        continue;
      }
      const names = await readdir(join(this.folder, clip));
      for (const name of names.sort((a, b) => rank(a) - rank(b))) {
        const path = join(this.folder, clip, name);
        const [, leaf, sha256] = NAME.exec(name) ?? [];
        const payload = leaf ? await readFile(path) : Buffer.alloc(0);
        if (leaf && sha256 && sha256Hex(payload) === sha256)
          yield { piece: { clip, leaf: leaf as Piece["leaf"], sha256 }, payload };
        else await rm(path, { recursive: true, force: true });
      }
    }
  }

  /**
   * Puts a whole clip's pieces into one file below {@link folder}, fsynced, and returns its path.
   *
   * @throws AgentError PARTS_ALTERED when the whole does not hash to what the manifest says; no file is left then.
   */
  async assemble({ clip, manifest, pieces }: Candidate): Promise<string> {
    const whole = join(this.folder, clip, "assembled");
    const digest = createHash("sha256");
    const output = await open(whole, "w", 0o600);
    let bytes = 0;
    try {
      for (const piece of pieces) bytes += await append(this.#path(piece), digest, (block) => output.writeFile(block));
      await output.sync();
    } finally {
      await output.close();
    }
    if (bytes === manifest.media.bytes && digest.digest("hex") === manifest.media.sha256) return whole;
    await unlink(whole);
    throw new AgentError("PARTS_ALTERED", `the parts of clip ${clip} do not make up what its manifest says`);
  }

  /** Puts a picture into a file below {@link folder}, fsynced, and returns its path. One at a time. */
  async lay(picture: Uint8Array): Promise<string> {
    const path = join(this.folder, "picture", "whole");
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, picture, { mode: 0o600, flush: true });
    return path;
  }

  #path({ clip, leaf, sha256 }: Piece): string {
    return join(this.folder, clip, `${leaf}-${sha256}`);
  }
}

const rank = (name: string): number => (name.startsWith("manifest") ? 2 : name.startsWith("receipt") ? 1 : 0);

async function append(path: string, digest: Hash, write: (block: Uint8Array) => Promise<void>): Promise<number> {
  const input = await open(path, "r");
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let bytes = 0;
  try {
    for (;;) {
      const { bytesRead } = await input.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return bytes;
      const block = buffer.subarray(0, bytesRead);
      digest.update(block);
      bytes += bytesRead;
      await write(block);
    }
  } finally {
    await input.close();
  }
}
