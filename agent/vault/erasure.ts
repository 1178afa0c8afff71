// Deletes clips so that a power cut at any instant leaves either the whole clip or, after the next start, nothing of it.
//
// The order, and what a crash leaves after each step (finishInterrupted does the rest at the next start):
//   1. the row says "deleted"   the files are there and nobody is given them: steps 2 to 5
//   2. hooks.withdraw           nothing of it can leave any more: all steps again, withdraw is idempotent
//   3. the files are unlinked   as before: what is gone is passed over
//   4. hooks.entomb             the ledger has the tombstone: it is not written a second time
//   5. the row says "erased"    done
import { lstat, rm } from "node:fs/promises";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { syncFolder } from "../durable.ts";
import { AgentError } from "../error.ts";
import type { EntryDetails } from "../ledger/entry.ts";
import { databaseIsFull } from "./card.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ClipId } from "./clip.ts";
import { clipFile, pictureFiles, type VaultFolders } from "./clip-file.ts";
import type { StoredClip } from "./clip-row.ts";

export type DeletionReason = EntryDetails["clip.deleted"]["why"];

/** What has been deleted. */
export interface Removed {
  readonly clip: ClipId;
  readonly why: DeletionReason;
  readonly startedAt: WallTime;
  readonly durationMs: number;
  /** Freed on the card, pictures included. 0 when somebody had removed the files before. */
  readonly bytes: number;
  readonly files: readonly string[];
}

/** What the rest of the recorder does when a clip goes. Each may be called again for the same clip after a crash. */
export interface ErasureHooks {
  /** Stop making pictures of it; take back what is in the spool; tell recipients. Idempotent. */
  withdraw(clip: ClipId, why: DeletionReason): Promise<void>;
  /** Write the tombstone into the ledger, unless it is there already. */
  entomb(removed: Removed): Promise<void>;
}

/** The steps above by name, for tests that stop at each. */
export type ErasureStep = "marked" | "withdrawn" | "unlinked" | "entombed" | "erased";

/** What erasure works on. */
export interface ErasureOptions {
  readonly catalogue: Catalogue;
  readonly folders: VaultFolders;
  readonly hooks: ErasureHooks;
  /** Called after each step. What it throws stops there, as a crash would. */
  readonly onStep?: (step: ErasureStep, clip: ClipId) => void;
}

/** The only way in which a clip goes. One deletion at a time. */
export class Erasure {
  readonly #options: ErasureOptions;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: ErasureOptions) {
    this.#options = options;
  }

  /**
   * Deletes one clip for good. When it resolves, the files are gone from the card and the ledger says so.
   *
   * @throws AgentError CLIP_NOT_FOUND if there is none or it is deleted already; CLIP_IN_USE while it is being recorded.
   */
  deleteClip(id: ClipId, why: DeletionReason): Promise<Removed> {
    return this.#alone(async () => {
      const { catalogue, onStep } = this.#options;
      const clip = catalogue.get(id);
      if (clip.state === "deleted") throw new AgentError("CLIP_NOT_FOUND", `${id} is deleted already`);
      if (clip.state === "recording") throw new AgentError("CLIP_IN_USE_REFUSED", `${id} is being recorded`);
      const early = await this.#mark(id, why);
      onStep?.("marked", id);
      return this.#finish(clip, why, early);
    });
  }

  /**
   * Deletes every clip of which any moment lies in from ≤ t < to, pinned ones too: somebody asked not to be kept. Clips of
   * that time which could not be deleted, and those whose time is in doubt because the clock was not set, are named.
   */
  async eraseSpan(from: WallTime, to: WallTime): Promise<ErasedSpan> {
    const { catalogue } = this.#options;
    const removed: Removed[] = [];
    const recording: ClipId[] = [];
    for (const { id, state } of catalogue.byTime(from, to)) {
      if (state === "recording") recording.push(id);
      else removed.push(await this.deleteClip(id, "erasure"));
    }
    const left = catalogue.list({ states: ["ready", "quarantined"] });
    return { removed, recording, doubtful: left.filter(({ clockTrusted }) => !clockTrusted).map(({ id }) => id) };
  }

  /** At start, after reconcile, and before each sweep: deletes the rest of what a crash or a failure left half deleted. */
  finishInterrupted(): Promise<Finished> {
    return this.#alone(async () => {
      const removed: Removed[] = [];
      const failed: Finished["failed"][number][] = [];
      for (const clip of this.#options.catalogue.unfinishedDeletions())
        try {
          removed.push(await this.#finish(clip, (clip.reason ?? "unusable") as DeletionReason, []));
        } catch (error) {
          failed.push({ clip: clip.id, error });
        }
      return { removed, failed };
    });
  }

  /** One at a time, so that nobody finishes what somebody else is about to. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(work);
    this.#work = mine.catch(() => {});
    return mine;
  }

  /** On a full card the database itself has no room to say so: then pictures go first, and the clip if they were not enough. */
  async #mark(id: ClipId, why: DeletionReason): Promise<readonly Unlinked[]> {
    const { catalogue, folders } = this.#options;
    const early: Unlinked[] = [];
    for (const files of [[], Object.values(pictureFiles(folders, id)), [clipFile(folders, id)]]) {
      early.push(...(await this.#unlink(files)));
      try {
        catalogue.beginDeletion(id, why);
        return early;
      } catch (error) {
        if (!databaseIsFull(error)) throw error;
      }
    }
    catalogue.beginDeletion(id, why);
    return early;
  }

  async #finish(clip: StoredClip, why: DeletionReason, early: readonly Unlinked[]): Promise<Removed> {
    const { catalogue, hooks, onStep } = this.#options;
    await hooks.withdraw(clip.id, why);
    onStep?.("withdrawn", clip.id);
    const { folders } = this.#options;
    // Pictures first: a picture without its clip would be found by nobody, a clip without its pictures is whole.
    const all = [...Object.values(pictureFiles(folders, clip.id)), clipFile(folders, clip.id)];
    const files = [...early, ...(await this.#unlink(all))];
    onStep?.("unlinked", clip.id);
    const removed = {
      clip: clip.id,
      why,
      startedAt: clip.startedAt,
      durationMs: clip.durationMs,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      files: files.map(({ file }) => file),
    };
    await hooks.entomb(removed);
    onStep?.("entombed", clip.id);
    catalogue.finishDeletion(clip.id);
    onStep?.("erased", clip.id);
    return removed;
  }

  async #unlink(files: readonly string[]): Promise<readonly Unlinked[]> {
    const { clips, stills } = this.#options.folders;
    const unlinked: Unlinked[] = [];
    for (const file of files) {
      const bytes = await sizeOf(file);
      if (bytes === undefined) continue;
      await rm(file);
      unlinked.push({ file, bytes });
    }
    if (unlinked.length) for (const folder of [stills, clips]) await syncFolder(folder);
    return unlinked;
  }
}

/** Undefined: there is none. A link is not followed: it is removed like the file it stands for. */
const sizeOf = (file: string): Promise<number | undefined> =>
  lstat(file).then(
    ({ size }) => size,
    () => undefined,
  );

interface Unlinked {
  readonly file: string;
  readonly bytes: number;
}

/** What {@link Erasure.finishInterrupted} did; what failed is tried again the next time. */
export interface Finished {
  readonly removed: readonly Removed[];
  readonly failed: readonly { readonly clip: ClipId; readonly error: unknown }[];
}

/** What {@link Erasure.eraseSpan} did, and what it left for the owner to decide. */
export interface ErasedSpan {
  readonly removed: readonly Removed[];
  /** Still being recorded: erase again when they are finished. */
  readonly recording: readonly ClipId[];
  /** Recorded while the clock was not set: they may be of that time or of any other. */
  readonly doubtful: readonly ClipId[];
}
