// Makes the pictures of clips one at a time, newest first, and only while nothing is being recorded. What is still to do is
// in the catalogue, so a restart goes on where the last run stopped, and the queue itself holds nothing.
import { mkdir, rm, stat } from "node:fs/promises";
import type { LoudnessMeter } from "../../drivers/loudness/loudness.ts";
import { DriverError } from "../../drivers/error.ts";
import { AgentError } from "../error.ts";
import type { Service } from "../lifecycle.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Clip, ClipId } from "./clip.ts";
import { clipFile, pictureFiles, type VaultFolders } from "./clip-file.ts";
import { writeDurably } from "../durable.ts";
import type { SheetFacts } from "./sheet.ts";
import type { PictureBytes } from "./storyboard.ts";

/** What the queue works with. */
export interface StoryboardOptions {
  readonly catalogue: Catalogue;
  readonly folders: VaultFolders;
  /** Makes the pictures of {@link keysToShow}: {@link makePictures}, here or in a process of its own. Throws as they do. */
  readonly studio: (path: string, facts: SheetFacts, signal: AbortSignal) => Promise<PictureBytes>;
  /** Absent: nobody sees how loud a clip is. */
  readonly loudness?: LoudnessMeter;
  /** IANA name, for the times on the sheet. */
  readonly timezone: string;
  /** Told once per clip when its pictures are there, or why not. The clip itself is safe either way. */
  readonly onDone?: (id: ClipId, failure?: AgentError | DriverError) => void;
  /** Told when the queue itself cannot go on: the catalogue or the card fails. */
  readonly onFault?: (error: unknown) => void;
}

/** What ends the work on a clip without counting as a failure. */
class Yielded extends Error {
  override readonly name = "Yielded";
}

/** One per recorder. Tell it when a recording begins and ends, and when there is a new clip. */
export class StoryboardQueue implements Service {
  readonly name = "storyboards";
  readonly #options: StoryboardOptions;
  #recording = false;
  #stopped = true;
  #job: { readonly stop: AbortController; readonly clip: ClipId } | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: StoryboardOptions) {
    this.#options = options;
  }

  /** Takes up what the last run left. */
  async start(): Promise<void> {
    await mkdir(this.#options.folders.stills, { recursive: true, mode: 0o700 });
    this.#options.catalogue.retryPictures();
    this.#stopped = false;
    this.wake();
  }

  /** Drops the clip it is working on, to be made at the next start, and waits until nothing of it is left running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#job?.stop.abort(new Yielded());
    await this.#loop;
  }

  /** There may be a new clip. */
  wake(): void {
    this.#loop = this.#loop.then(() => this.#work()).catch((error: unknown) => this.#options.onFault?.(error));
  }

  /** A recording runs: work on an older clip is dropped at once, and taken up again from its beginning. */
  setRecording(recording: boolean): void {
    this.#recording = recording;
    if (recording) this.#job?.stop.abort(new Yielded());
    else this.wake();
  }

  /** Nobody may make pictures of this clip any more; resolves when nobody does. For whoever deletes it. */
  async release(id: ClipId): Promise<void> {
    if (this.#job?.clip !== id) return;
    this.#job.stop.abort(new Yielded());
    await this.#loop;
    this.wake();
  }

  /** Resolves when there is nothing left to do for now. */
  async idle(): Promise<void> {
    await this.#loop;
  }

  async #work(): Promise<void> {
    const { catalogue, onDone } = this.#options;
    while (!this.#stopped && !this.#recording) {
      const clip = catalogue.wantingPictures();
      if (!clip) return;
      const stop = new AbortController();
      this.#job = { stop, clip: clip.id };
      try {
        await this.#make(clip, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        const failure = named(error, clip.id);
        await removePictures(this.#options.folders, clip.id);
        const before = catalogue.pictures(clip.id);
        const attempts = before?.state === "failed" ? before.attempts : 0;
        // A decoder that is not installed is not the clip's fault.
        const counted = failure.code === "PICTURE_DECODER_MISSING" ? 0 : 1;
        catalogue.setPictures(clip.id, { state: "failed", reason: failure.message, attempts: attempts + counted });
        onDone?.(clip.id, failure);
        continue;
      } finally {
        this.#job = undefined;
      }
      onDone?.(clip.id);
    }
  }

  async #make(clip: Clip, signal: AbortSignal): Promise<void> {
    const { catalogue, folders, studio, timezone } = this.#options;
    const path = clipFile(folders, clip.id);
    const heard = await this.#listen(clip, path, signal);
    const facts = { clip, causes: catalogue.causes(clip.id), timezone, ...heard };
    const { storyboard, still, preview } = await studio(path, facts, signal);
    const files = pictureFiles(folders, clip.id);
    for (const [file, data] of [
      [files.storyboard, storyboard],
      [files.still, still],
      [files.preview, preview],
    ] as const) {
      signal.throwIfAborted();
      await writeDurably(file, data);
    }
    signal.throwIfAborted();
    catalogue.setPictures(clip.id, {
      state: "made",
      storyboardBytes: storyboard.length,
      stillBytes: still.length,
      previewBytes: preview.length,
      ...heard,
    });
  }

  /** A clip that cannot be measured has a storyboard all the same. */
  async #listen(clip: Clip, path: string, signal: AbortSignal): Promise<{ readonly loudness?: readonly number[] }> {
    const { loudness: meter } = this.#options;
    if (!clip.hasAudio || !meter) return {};
    try {
      return { loudness: await meter.peaks(path, signal) };
    } catch (error) {
      if (error instanceof DriverError) return {};
      throw error;
    }
  }
}

/** Removes whatever pictures of the clip there are, and says which. */
export async function removePictures(folders: VaultFolders, id: ClipId): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const file of Object.values(pictureFiles(folders, id))) {
    const there = await stat(file).then(
      () => true,
      () => false,
    );
    if (!there) continue;
    await rm(file, { force: true });
    removed.push(file);
  }
  return removed;
}

function named(error: unknown, id: ClipId): AgentError | DriverError {
  if (error instanceof AgentError || error instanceof DriverError) return error;
  return new AgentError("STORYBOARD_FAILED", `${id}: ${String(error)}`, error);
}
