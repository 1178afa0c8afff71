// Brings the catalogue and the files of the vault to agree, at every start: what a crash, a damaged card or a person with
// a shell has left. `.part` files are the capture room's, which recovers them before this runs.
import { existsSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { Catalogue } from "./catalogue.ts";
import type { Clip, ClipId } from "./clip.ts";
import { clipFile, clipIdOf, measureClip, timeOf, type VaultFolders } from "./clip-file.ts";
import type { StoredClip } from "./clip-row.ts";
import type { DeletionReason } from "./erasure.ts";
import { hashFile } from "./integrity.ts";

/** One disagreement that was found, and what was done about it. */
export interface Finding {
  /**
   * rebuilt: the catalogue itself was damaged and has been made again. added: a file without a row. missing: a row without a
   * file, now deleted. altered: a file that is not the recorded one, now quarantined. returned: a deleted clip's file that
   * was put back, removed again. unreadable: a file that is no clip, left alone.
   */
  readonly kind: "rebuilt" | "added" | "missing" | "altered" | "returned" | "unreadable";
  /** "" when it is about the catalogue. */
  readonly clip: ClipId;
  /** A lower-case fragment for the log and the ledger. */
  readonly detail: string;
}

/** What the ledger still knows of a clip that the catalogue has lost. */
export interface Remembered {
  readonly sha256: string;
  readonly startedAt: WallTime;
  readonly clockTrusted: boolean;
  readonly triggers: Clip["triggers"];
  readonly zones: Clip["zones"];
  readonly objected: boolean;
}

/** Looks a clip up in the ledger; undefined when there is no entry for it, or it was erased. */
export type Recall = (id: ClipId) => Remembered | undefined;

/**
 * Looks whether a clip that was never announced may be: where masks are configured, whether they are in its pictures.
 * Answers why not, or undefined.
 */
export type Prove = (file: string) => Promise<string | undefined>;

/** Deleted on purpose: a file that comes back under such a row goes again. Any other deletion was a loss. */
const FOR_GOOD: ReadonlySet<string> = new Set<DeletionReason>(["retention", "owner", "erasure", "disk full"]);

/**
 * Opens the catalogue. A damaged one is moved aside (`catalogue.db.damaged-1`, -2…) and replaced by an empty one, which
 * {@link reconcile} then fills from the clips: an alarm, because the owner's pins are lost.
 *
 * @throws AgentError DATABASE_TOO_NEW or DATABASE_UNREADABLE.
 */
export async function openCatalogue(file: string): Promise<{ catalogue: Catalogue; findings: readonly Finding[] }> {
  try {
    return { catalogue: Catalogue.open(file), findings: [] };
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "DATABASE_DAMAGED") throw error;
    let n = 1;
    while (existsSync(`${file}.damaged-${n}`)) n++;
    const aside = `${file}.damaged-${n}`;
    await rename(file, aside);
    // A journal of the old file would be played into the new one.
    for (const journal of ["-wal", "-shm"]) await rm(`${file}${journal}`, { force: true });
    const detail = `the catalogue was damaged: moved to ${aside} and made again from the clips; pins are lost`;
    return { catalogue: Catalogue.open(file), findings: [{ kind: "rebuilt", clip: "", detail }] };
  }
}

/**
 * Compares every row with its file and every file with its row, by name and size (the hash is checked before each use).
 * Reads whole files only to take in new ones. Afterwards, finish interrupted deletions (erasure.ts): what is found missing
 * here is only marked.
 */
export async function reconcile(
  catalogue: Catalogue,
  folders: VaultFolders,
  recall: Recall,
  prove: Prove = async () => undefined,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const names = new Set(await readdir(folders.clips));
  for (const clip of catalogue.list({ states: ["recording", "ready", "quarantined"] })) {
    const finding = await checkRow(catalogue, folders, names, clip);
    if (finding) findings.push(finding);
  }
  for (const name of [...names].sort()) {
    const id = clipIdOf(name);
    const finding = id && (await checkFile(catalogue, folders, id, recall, prove));
    if (finding) findings.push(finding);
  }
  await sweepPictures(catalogue, folders);
  return findings;
}

/** Half-written pictures, and those of clips that are gone: nobody would ever look for them again. */
async function sweepPictures(catalogue: Catalogue, { stills }: VaultFolders): Promise<void> {
  for (const name of await readdir(stills)) {
    const id = name.split(".")[0]!;
    const state = catalogue.find(id)?.state ?? "deleted";
    if (name.endsWith(".tmp") || state === "deleted") await rm(join(stills, name), { force: true });
  }
}

async function checkRow(
  catalogue: Catalogue,
  folders: VaultFolders,
  names: ReadonlySet<string>,
  clip: StoredClip,
): Promise<Finding | undefined> {
  if (!names.has(`${clip.id}.mp4`)) {
    if (names.has(`${clip.id}.mp4.part`)) return undefined;
    catalogue.beginDeletion(clip.id, "unusable");
    return { kind: "missing", clip: clip.id, detail: "its file is gone: somebody removed it, or nothing was recorded" };
  }
  if (clip.state !== "ready") return undefined;
  const { size } = await stat(clipFile(folders, clip.id));
  if (size === clip.bytes) return undefined;
  const detail = `${size} bytes where ${clip.bytes} were recorded`;
  catalogue.setState(clip.id, "quarantined", `CLIP_ALTERED: ${detail}`);
  return { kind: "altered", clip: clip.id, detail };
}

async function checkFile(
  catalogue: Catalogue,
  folders: VaultFolders,
  id: ClipId,
  recall: Recall,
  prove: Prove,
): Promise<Finding | undefined> {
  const row = catalogue.find(id);
  if (row?.state === "ready" || row?.state === "quarantined") return undefined;
  if (row?.state === "deleted") {
    const marked = catalogue.unfinishedDeletions().some((clip) => clip.id === id);
    if (marked) return undefined;
    if (FOR_GOOD.has(row.reason ?? "")) {
      await rm(clipFile(folders, id));
      return {
        kind: "returned",
        clip: id,
        detail: `it was deleted (${row.reason}) and its file came back: removed again`,
      };
    }
    catalogue.forget(id);
  }
  const begun = row?.state === "recording" ? row : undefined;
  const remembered = recall(id);
  const clip = await measured(folders, id, remembered, begun);
  if ("kind" in clip) return clip;
  const doubt = doubtAbout(clip, remembered, begun) ?? (remembered ? undefined : await prove(clipFile(folders, id)));
  const causes = begun ? catalogue.causes(id) : [];
  catalogue.add(doubt ? { ...clip, state: "quarantined" } : clip, causes, doubt ? { reason: doubt } : {});
  return {
    kind: doubt?.startsWith("CLIP_ALTERED") ? "altered" : "added",
    clip: id,
    detail: doubt ?? "its row was made again from its file and what else is known",
  };
}

async function measured(
  folders: VaultFolders,
  id: ClipId,
  remembered: Remembered | undefined,
  begun: StoredClip | undefined,
): Promise<Clip | Finding> {
  const path = clipFile(folders, id);
  try {
    return {
      id,
      state: "ready",
      startedAt: remembered?.startedAt ?? begun?.startedAt ?? timeOf(id),
      clockTrusted: remembered?.clockTrusted ?? begun?.clockTrusted ?? false,
      ...(await measureClip(path)),
      preRollMs: begun?.preRollMs ?? 0,
      ...(await hashFile(path)),
      triggers: remembered?.triggers ?? begun?.triggers ?? [],
      zones: remembered?.zones ?? begun?.zones ?? "unknown",
      pinned: begun?.pinned ?? false,
      objected: (remembered?.objected ?? false) || (begun?.objected ?? false),
    };
  } catch (error) {
    return { kind: "unreadable", clip: id, detail: String(error) };
  }
}

/** A file that nobody can say anything about is kept for the owner and never shared: it may have been objected to. */
function doubtAbout(clip: Clip, remembered: Remembered | undefined, begun: StoredClip | undefined): string | undefined {
  if (remembered) return remembered.sha256 === clip.sha256 ? undefined : "CLIP_ALTERED: not the file the ledger knows";
  return begun ? undefined : "found without a record of why it was made, or of whether anybody objected";
}
