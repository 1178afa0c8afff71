// The vault put together: catalogue, pictures, retention, erasure; and what ledger and gate are told when a clip goes.
import type { Config } from "../config/config.ts";
import type { Clock, WallTime } from "../drivers/clock/clock.ts";
import { recover, type SalvagedClip } from "./capture/recovery.ts";
import type { Gate } from "./consent/gate.ts";
import type { AgentError } from "./error.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { PictureKind } from "./spool/disclosure.ts";
import type { StatePaths } from "./state-directory.ts";
import type { Catalogue } from "./vault/catalogue.ts";
import type { ClipId } from "./vault/clip.ts";
import { pictureFiles } from "./vault/clip-file.ts";
import { Erasure, type DeletionReason, type ErasedSpan, type Removed } from "./vault/erasure.ts";
import { openCatalogue, reconcile, type Prove, type Remembered } from "./vault/reconcile.ts";
import { StoryboardQueue, type StoryboardOptions } from "./vault/storyboard-queue.ts";
import { Sweeper } from "./vault/sweeper.ts";

export interface VaultRoomOptions {
  readonly clock: Clock;
  readonly paths: StatePaths;
  readonly ledger: Ledger;
  /** Whether a clip that was never announced may be, as far as masks go. */
  readonly prove: Prove;
  readonly studio: StoryboardOptions["studio"];
  readonly alarm: (code: string, detail: string) => void;
}

/** What depends on the configuration: it comes later than the catalogue, and may never come. */
export interface VaultTerms {
  readonly config: () => Config;
  readonly gate: Gate;
  readonly clockTrusted: () => boolean;
  readonly spoolBytes: () => number;
  /** Told of each clip whose pictures have been made. */
  readonly onPictures: (id: ClipId) => void;
}

export class VaultRoom {
  readonly catalogue: Catalogue;
  readonly #options: VaultRoomOptions;
  readonly #salvaged: readonly SalvagedClip[];
  #erasure: Erasure | undefined;
  #storyboards: StoryboardQueue | undefined;
  #sweeper: Sweeper | undefined;

  private constructor(options: VaultRoomOptions, catalogue: Catalogue, salvaged: readonly SalvagedClip[]) {
    this.#options = options;
    this.catalogue = catalogue;
    this.#salvaged = salvaged;
  }

  /** Finishes what a kill left, and brings files and rows to agree. @throws AgentError DATABASE_…. */
  static async open(options: VaultRoomOptions): Promise<VaultRoom> {
    const { paths, ledger, alarm, prove } = options;
    const { catalogue, findings: opening } = await openCatalogue(paths.catalogue);
    const recovered = await recover(paths.clips);
    for (const one of recovered)
      if (one.outcome === "unusable")
        alarm("CLIP_UNREADABLE", `${one.id}: nothing of it could be saved after the interruption: ${one.detail}`);
    const findings = await reconcile(catalogue, paths, (id) => recallFrom(ledger, id), prove);
    for (const { clip, detail } of findings)
      if (catalogue.find(clip)?.state === "quarantined") ledger.append("clip.quarantined", clip, { why: detail });
    const salvaged = recovered.filter((one) => one.outcome === "salvaged");
    const expected = new Set(salvaged.map(({ id }) => id));
    for (const { kind, clip, detail } of [...opening, ...findings])
      if (!(kind === "added" && expected.has(clip) && catalogue.find(clip)?.state === "ready"))
        alarm(`VAULT_${kind.toUpperCase()}`, clip ? `${clip}: ${detail}` : detail);
    return new VaultRoom(options, catalogue, salvaged);
  }

  /** Clips that were cut short by the last run's end and are whole now. */
  get salvaged(): readonly SalvagedClip[] {
    return this.#salvaged;
  }

  get storyboards(): StoryboardQueue {
    return this.#storyboards!;
  }

  get sweeper(): Sweeper {
    return this.#sweeper!;
  }

  /** Begins to make pictures and to delete, now that there are terms. */
  async settle({ config, gate, clockTrusted, spoolBytes, onPictures }: VaultTerms): Promise<void> {
    const { clock, paths, ledger, studio, alarm } = this.#options;
    const { catalogue } = this;
    this.#storyboards = new StoryboardQueue({
      catalogue,
      folders: paths,
      studio,
      timezone: config().device.timezone,
      onDone: (id, failure) => {
        if (failure) return alarm(failure.code, failure.detail);
        onPictures(id);
        void this.#picturesAreThere(gate, id);
      },
      onFault: (error) => alarm("STORYBOARD_FAILED", String(error)),
    });
    this.#erasure = new Erasure({
      catalogue,
      folders: paths,
      hooks: {
        withdraw: async (id, why) => {
          await this.#storyboards!.release(id);
          await gate.forgetClip(id, why);
        },
        entomb: (removed) => Promise.resolve(entomb(ledger, gate, removed)),
      },
    });
    this.#sweeper = new Sweeper({
      catalogue,
      folders: paths,
      erasure: this.#erasure,
      clock,
      clockTrusted,
      policy: () => config().retention,
      shared: (id) => gate.waits(id) || gate.hadReceived(id).length > 0,
      waiting: (id) => gate.waits(id),
      otherBytes: spoolBytes,
      forgetBefore: async (before) => {
        await gate.forgetBefore(before);
        ledger.eraseDetails({ why: "retention", before });
      },
      onFault: (error) => alarm("SWEEP_FAILED", String(error)),
      onSwept: ({ failed, leapMs }) => {
        if (leapMs !== undefined)
          alarm(
            "CLOCK_LEAPT",
            `by ${Math.round(leapMs / 60_000)} minutes beyond what time explains: nothing is deleted by age for now`,
          );
        for (const { clip, error } of failed) alarm("CLIP_NOT_DELETED", `${clip}: ${(error as AgentError).message}`);
      },
    });
    const { failed } = await this.#erasure.finishInterrupted();
    for (const { clip, error } of failed) alarm("CLIP_NOT_DELETED", `${clip}: ${String(error)}`);
    await this.#storyboards.start();
    await this.#sweeper.start();
  }

  /** @throws AgentError CLIP_NOT_FOUND or CLIP_IN_USE_REFUSED. */
  async remove(id: ClipId, why: DeletionReason): Promise<void> {
    await this.#erasure?.deleteClip(id, why);
  }

  /** Erases every clip of a span of time, and what the ledger says about each: the proof that it was written stands. */
  async eraseSpan(from: WallTime, to: WallTime): Promise<ErasedSpan> {
    return (await this.#erasure?.eraseSpan(from, to)) ?? { removed: [], recording: [], doubtful: [] };
  }

  async close(): Promise<void> {
    await this.#sweeper?.stop();
    await this.#storyboards?.stop();
    this.catalogue.close();
  }

  async #picturesAreThere(gate: Gate, id: ClipId): Promise<void> {
    const clip = this.catalogue.find(id);
    if (clip) await gate.considerPictures(clip);
  }

  /** The picture's path if it has been made: the gate asks before it discloses one. */
  picture(id: ClipId, kind: PictureKind): string | undefined {
    return this.catalogue.pictures(id)?.state === "made" ? pictureFiles(this.#options.paths, id)[kind] : undefined;
  }
}

/**
 * The tombstone: what went, and who had received it. A second one for the same clip is not written. For somebody who asked to be
 * erased, what the ledger said of the clip goes first: the tombstone is what stays.
 */
function entomb(ledger: Ledger, gate: Gate, { clip, why }: Removed): void {
  if (ledger.entries({ type: "clip.deleted", ref: clip, limit: 1 }).length) return;
  const received = gate.hadReceived(clip);
  if (why === "erasure") ledger.eraseDetails({ why: "erasure", ref: clip });
  ledger.append("clip.deleted", clip, { why, had_received: received });
}

function recallFrom(ledger: Ledger, id: ClipId): Remembered | undefined {
  const details = ledger.entries({ type: "clip.ready", ref: id, limit: 1 })[0]?.details;
  return (
    details && {
      sha256: details.sha256,
      startedAt: Date.parse(details.started) as WallTime,
      clockTrusted: details.clock_trusted,
      triggers: details.triggers,
      zones: details.zones,
      objected: details.objected,
    }
  );
}
