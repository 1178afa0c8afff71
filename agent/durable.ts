// Files that are whole or not there, whenever the power fails.
import { open, rename, rm } from "node:fs/promises";
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

/** Writes `file` beside its place, syncs it and moves it there: readers see the old bytes or all of the new ones. */
export async function writeDurably(file: string, data: string | Uint8Array): Promise<void> {
  const beside = `${file}.tmp`;
  try {
    const handle = await open(beside, "w", 0o600);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}
