// Files that are whole or not there, whenever the power fails.
import { renameSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes what was created, renamed or removed in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes `file` beside its place, syncs it and moves it there: readers see the old bytes or all of the new ones. `wanted` is
 * asked in the instant of the move: false leaves what is there, which may be newer by then.
 */
export async function writeDurably(
  file: string,
  data: string | Uint8Array,
  wanted: () => boolean = () => true,
): Promise<void> {
  const beside = `${file}.tmp`;
  try {
    const handle = await open(beside, "w", 0o600);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!wanted()) return await rm(beside, { force: true });
    renameSync(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}
