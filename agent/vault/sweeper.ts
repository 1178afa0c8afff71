// Carries out retention: looks at the clocks every hour and after each clip, deletes what has to go, and makes room on a
// full card. Writes nothing while nothing happens, but for one row a day.
import type { Clock, Uptime, WallTime } from "../../drivers/clock/clock.ts";
import { days, hours } from "../../drivers/clock/clock.ts";
import type { Service } from "../lifecycle.ts";
import { type Age, observed, proven, resumed } from "./age.ts";
import { databaseIsFull, freeBytes } from "./card.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ClipId } from "./clip.ts";
import type { VaultFolders } from "./clip-file.ts";
import type { DeletionReason, Erasure, Removed } from "./erasure.ts";
import { type Deletion, plan, type RetentionFacts, type RetentionPolicy, roomFor } from "./retention.ts";

/** What retention works on, and whom it asks. */
export interface SweeperOptions {
  readonly catalogue: Catalogue;
  readonly folders: VaultFolders;
  readonly erasure: Erasure;
  readonly clock: Clock;
  readonly clockTrusted: () => boolean;
  /** Asked at each sweep, so that a new configuration applies. */
  readonly policy: () => RetentionPolicy & { readonly ledgerMs: number };
  /** As {@link RetentionFacts} has them. */
  readonly shared: RetentionFacts["shared"];
  readonly waiting: RetentionFacts["waiting"];
  /** Bytes in the spool. */
  readonly otherBytes: () => number;
  /** Once a day, while the wall clock has proved itself: what the ledger keeps of the time before goes (`retention.ledger`). */
  readonly forgetBefore?: (before: WallTime) => Promise<void>;
  /** Kept free for the databases. Default 32 MiB. */
  readonly reserveBytes?: number;
  /** Told after each sweep that did or found anything. */
  readonly onSwept?: (swept: Swept) => void;
  /** Told when a sweep could not be made at all: then clips stay longer than they should, which is an alarm. */
  readonly onFault?: (error: unknown) => void;
}

/** A clip that went, and the key of `[retention]` that spoke. */
export interface SweptClip extends Removed {
  readonly rule: Deletion["rule"];
}

/** What one sweep did. */
export interface Swept {
  readonly removed: readonly SweptClip[];
  /** Clips that should have gone and could not be deleted; they are tried again with the next sweep. */
  readonly failed: readonly { readonly clip: ClipId; readonly error: unknown }[];
  /** How far the wall clock leapt, beyond what time explains: an alarm, because deletion by age then waits. */
  readonly leapMs?: number;
}

/** What {@link Sweeper.makeRoom} achieved. */
export interface Room extends Swept {
  /** False: deleting would not help, and recording has to stop. */
  readonly enough: boolean;
  readonly freeBytes: number;
}

const RESERVE_BYTES = 32 * 1024 * 1024;
const INTERVAL = hours(1);
const SAVED_AT_LEAST_EVERY = days(1);
const FORGETTING_EVERY = days(1);

/** One per recorder, started after reconcile. */
export class Sweeper implements Service {
  readonly name = "retention";
  readonly #options: SweeperOptions;
  readonly #stopping = new AbortController();
  #age: Age = resumed();
  #read = 0 as Uptime;
  #saved = 0 as Uptime;
  #forgot: Uptime | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { catalogue, clock } = this.#options;
    this.#age = resumed(catalogue.age());
    this.#read = this.#saved = clock.uptime();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#work;
    this.#look();
    this.#save();
  }

  /** Deletes what has to go now. */
  sweep(): Promise<Swept> {
    return this.#alone(async () => {
      const { catalogue, erasure, policy, shared, waiting, otherBytes, onSwept } = this.#options;
      const leapMs = this.#look();
      await erasure.finishInterrupted();
      const clips = catalogue.retained();
      if (clips.some((clip) => clip.agedAtMs === undefined)) this.#save();
      const facts = { agedMs: this.#age.agedMs, shared, waiting, otherBytes: otherBytes() };
      const swept = await this.#delete(plan(catalogue.retained(), policy(), facts), "retention");
      const forgotten = catalogue.forgetDeleted(this.#age.agedMs - policy().ledgerMs);
      if (swept.removed.length || forgotten) this.#save();
      await this.#forget();
      const told = { ...swept, ...(leapMs === undefined ? {} : { leapMs }) };
      if (swept.removed.length || swept.failed.length || leapMs !== undefined) onSwept?.(told);
      return told;
    });
  }

  /**
   * Deletes until `bytes` can be written and the reserve is still there: oldest unshared clips first, then the oldest, and none
   * that is on its way to somebody. Deletes nothing if that would not be enough.
   */
  makeRoom(bytes: number): Promise<Room> {
    return this.#alone(async () => {
      const { catalogue, folders, shared, waiting, reserveBytes = RESERVE_BYTES, onSwept } = this.#options;
      const wanted = bytes + reserveBytes;
      const removed: SweptClip[] = [];
      const failed: Swept["failed"][number][] = [];
      let free = freeBytes(folders.clips);
      const passed = new Set<ClipId>();
      while (free < wanted) {
        const candidates = catalogue.retained().filter(({ id }) => !passed.has(id));
        const deletions = roomFor(candidates, wanted - free, { shared, waiting });
        // Where all of it together is not enough, something else fills the card, and nothing is given up for it.
        if (deletions.reduce((sum, deletion) => sum + deletion.bytes, 0) < wanted - free) break;
        const swept = await this.#delete(deletions, "disk full");
        removed.push(...swept.removed);
        failed.push(...swept.failed);
        for (const { clip } of swept.failed) passed.add(clip);
        free = freeBytes(folders.clips);
      }
      const swept = { removed, failed };
      if (removed.length || failed.length) onSwept?.(swept);
      return { ...swept, freeBytes: free, enough: free >= wanted };
    });
  }

  /** By the wall clock, because the ledger's entries are dated by it: so only by one that nothing speaks against. */
  async #forget(): Promise<void> {
    const { clock, clockTrusted, forgetBefore, policy } = this.#options;
    const now = clock.uptime();
    if (!forgetBefore || !clockTrusted() || !proven(this.#age)) return;
    if (this.#forgot !== undefined && now - this.#forgot < FORGETTING_EVERY) return;
    this.#forgot = now;
    await forgetBefore((clock.wall() - policy().ledgerMs) as WallTime);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.sweep().catch((error: unknown) => this.#options.onFault?.(error));
      await this.#options.clock.sleep(INTERVAL, signal).catch(() => {});
    }
  }

  /** Reads the clocks. Stored at once only when something changed that a restart would not find out by itself. */
  #look(): number | undefined {
    const { clock, clockTrusted } = this.#options;
    const now = clock.uptime();
    const before = this.#age;
    const wall = clockTrusted() ? { wall: clock.wall() } : {};
    const age = observed(before, { elapsedMs: now - this.#read, ...wall });
    // Clips are kept as young as they are in the same transaction: where that has no room, the absence does not count yet.
    if (age.absences.length > 0 && !this.#save(age, now)) return undefined;
    this.#age = { ...age, absences: [] };
    this.#read = now;
    const turned = before.anchored !== age.anchored || before.pendingMs !== age.pendingMs;
    if (turned || now - this.#saved >= SAVED_AT_LEAST_EVERY) this.#save();
    return age.leapMs;
  }

  /** False on a full card, where deleting comes first; the next sweep stores it. */
  #save(age = this.#age, read = this.#read): boolean {
    try {
      this.#options.catalogue.saveAge(age, age.absences, proven(age) ? age.anchor?.wall : undefined);
      this.#saved = read;
      return true;
    } catch (error) {
      if (!databaseIsFull(error)) throw error;
      return false;
    }
  }

  async #delete(deletions: readonly Deletion[], why: DeletionReason): Promise<Swept> {
    const removed: SweptClip[] = [];
    const failed: Swept["failed"][number][] = [];
    for (const { id, rule } of deletions)
      try {
        removed.push({ ...(await this.#options.erasure.deleteClip(id, why)), rule });
      } catch (error) {
        failed.push({ clip: id, error });
      }
    return { removed, failed };
  }

  /** One at a time: two deletions at once would each count on the other's clips. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(work);
    this.#work = mine.catch(() => {});
    return mine;
  }
}
