// The catalogue of clips: one row each, facts only. Who may have a clip, and who had it, is the ledger's business.
import type { WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { Prepared } from "../prepared.ts";
import { openDatabase, type Sqlite } from "../sqlite.ts";
import { type Absence, type AgeRow, readAge, storeAge } from "./age-row.ts";
import type { Cause, Clip, ClipId } from "./clip.ts";
import { conditionOf, type ClipFilter } from "./clip-filter.ts";
import type { RetainedClip } from "./retention.ts";
import { fromRow, toRow, type ClipRow, type StoredClip } from "./clip-row.ts";

/** What became of a clip's storyboard, still and preview. */
export type PictureSet =
  | {
      readonly state: "made";
      readonly storyboardBytes: number;
      readonly stillBytes: number;
      readonly previewBytes: number;
      /** The loudest moment of each second, 0–1; absent without sound, or when it could not be measured. */
      readonly loudness?: readonly number[];
    }
  | { readonly state: "failed"; readonly reason: string; readonly attempts: number };

interface PictureRow {
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly storyboard_bytes: number;
  readonly still_bytes: number;
  readonly preview_bytes: number;
  readonly loudness: string | null;
}

const NO_PICTURES = { storyboardBytes: 0, stillBytes: 0, previewBytes: 0, loudness: undefined };

/** How often making pictures of one clip is tried. */
const PICTURE_ATTEMPTS = 3;

/** One connection to vault/catalogue.db. Everything is synchronous, and takes well below a millisecond a clip. */
export class Catalogue {
  readonly #db: Sqlite;
  readonly #often: Prepared;

  constructor(db: Sqlite) {
    this.#db = db;
    this.#often = new Prepared(db);
  }

  /**
   * Opens the catalogue, making an empty one where there is none. {@link openCatalogue} also mends a damaged one.
   *
   * @throws AgentError DATABASE_DAMAGED, DATABASE_TOO_NEW or DATABASE_UNREADABLE.
   */
  static open(file: string): Catalogue {
    const db = openDatabase(file, new URL("./", import.meta.url));
    // A person who asked to be erased does not linger in free pages.
    db.pragma("secure_delete = ON");
    return new Catalogue(db);
  }

  close(): void {
    try {
      this.#db.pragma("optimize");
    } catch {
      // It writes, and the card may be full: it only makes the next queries quicker.
    } finally {
      this.#db.close();
    }
  }

  /**
   * Takes in a clip whose file is durable, or one that is still "recording"; adding that one again as "ready" finishes it.
   * A mark once set (pinned, objected) stays set. `recovered` says that the row is made from the file alone.
   *
   * @throws AgentError CLIP_ALREADY_CATALOGUED for a finished clip that is there already.
   */
  add(clip: Clip, causes: readonly Cause[] = [], recovered?: { readonly reason?: string }): void {
    const values = { ...toRow(clip), recovered: recovered ? 1 : 0, reason: recovered?.reason ?? null };
    this.#db.transaction(() => {
      const { changes } = this.#db
        .prepare(
          `insert into clip (clip_id, state, reason, started_ms, clock_trusted, span_ms, pre_roll_ms, size_bytes, sha256,
             width, height, has_audio, triggers, zones, pinned, objected, recovered)
           values (@clip_id, @state, @reason, @started_ms, @clock_trusted, @span_ms, @pre_roll_ms, @size_bytes, @sha256,
             @width, @height, @has_audio, @triggers, @zones, @pinned, @objected, @recovered)
           on conflict (clip_id) do update set state = @state, reason = @reason, started_ms = @started_ms,
             clock_trusted = @clock_trusted, span_ms = @span_ms, pre_roll_ms = @pre_roll_ms, size_bytes = @size_bytes,
             sha256 = @sha256, width = @width, height = @height, has_audio = @has_audio, triggers = @triggers,
             zones = @zones, pinned = max(pinned, @pinned), objected = max(objected, @objected), recovered = @recovered
           where state = 'recording'`,
        )
        .run(values);
      if (!changes) throw new AgentError("CLIP_ALREADY_CATALOGUED", clip.id);
      this.#db.prepare("delete from cause where clip_id = ?").run(clip.id);
      const insert = this.#db.prepare(
        "insert into cause (clip_id, kind, name, offset_ms, span_ms, strength) values (?, ?, ?, ?, ?, ?)",
      );
      for (const { kind, name, offsetMs, spanMs, strength } of causes)
        insert.run(clip.id, kind, name, Math.round(offsetMs), Math.round(spanMs), strength ?? null);
    })();
  }

  /** The clip, deleted or not; undefined when there never was one. */
  find(id: ClipId): StoredClip | undefined {
    const row = this.#often.prepare<[string], ClipRow>("select * from clip where clip_id = ?").get(id);
    return row && fromRow(row);
  }

  /** @throws AgentError CLIP_NOT_FOUND. */
  get(id: ClipId): StoredClip {
    const clip = this.find(id);
    if (!clip) throw new AgentError("CLIP_NOT_FOUND", `no clip ${id}`);
    return clip;
  }

  list(filter: ClipFilter = {}): readonly StoredClip[] {
    const { where, values } = conditionOf(filter);
    const sql = `select * from clip where ${where} order by clip_id desc limit ? offset ?`;
    return this.#db
      .prepare<(string | number)[], ClipRow>(sql)
      .all(...values, filter.limit ?? -1, filter.offset ?? 0)
      .map(fromRow);
  }

  /** How many clips began in each `spanMs`, newest first: instants are multiples of it. */
  tally(filter: ClipFilter, spanMs: number): readonly { readonly at: WallTime; readonly count: number }[] {
    const { where, values } = conditionOf(filter);
    return this.#db
      .prepare<(string | number)[], { at: WallTime; count: number }>(
        // A number of JavaScript's is bound as a float: without the cast nothing would be rounded, and every clip be a group.
        `select started_ms - started_ms % cast(? as integer) as at, count(*) as count from clip
         where ${where} group by at order by at desc`,
      )
      .all(spanMs, ...values);
  }

  /** Every clip that is still there and overlaps from ≤ t < to, oldest first; those being recorded included. */
  byTime(from: WallTime, to: WallTime): readonly StoredClip[] {
    return this.list({ from, to, states: ["recording", "ready", "quarantined"] }).toReversed();
  }

  /** Why the clip exists, in order. */
  causes(id: ClipId): readonly Cause[] {
    return this.#often
      .prepare<
        [string],
        { kind: Cause["kind"]; name: string; offset_ms: number; span_ms: number; strength: number | null }
      >("select kind, name, offset_ms, span_ms, strength from cause where clip_id = ? order by offset_ms, rowid")
      .all(id)
      .map(({ kind, name, offset_ms, span_ms, strength }) => ({
        kind,
        name,
        offsetMs: offset_ms,
        spanMs: span_ms,
        ...(strength === null ? {} : { strength }),
      }));
  }

  /**
   * Moves a clip between "ready" and "quarantined"; deleting is erasure's (erasure.ts). `reason` is kept with a quarantine.
   *
   * @throws AgentError CLIP_NOT_FOUND if there is none, or it is being recorded or deleted.
   */
  setState(id: ClipId, state: "ready" | "quarantined", reason = "set aside"): void {
    const { changes } = this.#db
      .prepare("update clip set state = ?, reason = ? where clip_id = ? and state in ('ready', 'quarantined')")
      .run(state, state === "ready" ? null : reason, id);
    if (!changes) throw new AgentError("CLIP_NOT_FOUND", `no finished clip ${id}`);
  }

  /** @throws AgentError CLIP_NOT_FOUND. */
  pin(id: ClipId, pinned: boolean): void {
    this.#mark("update clip set pinned = ? where clip_id = ? and state <> 'deleted'", id, pinned ? 1 : 0);
  }

  /**
   * A visitor held the objection input. Nothing takes it back.
   *
   * @throws AgentError CLIP_NOT_FOUND.
   */
  markObjected(id: ClipId): void {
    this.#mark("update clip set objected = ? where clip_id = ? and state <> 'deleted'", id, 1);
  }

  #mark(sql: string, id: ClipId, value: number): void {
    if (!this.#db.prepare(sql).run(value, id).changes) throw new AgentError("CLIP_NOT_FOUND", `no clip ${id}`);
  }

  /** What the finished clips and their pictures take on the card. */
  bytes(): { readonly count: number; readonly bytes: number } {
    return this.#db
      .prepare<[], { count: number; bytes: number }>(
        `select count(*) as count, coalesce(sum(size_bytes + coalesce(storyboard_bytes + still_bytes + preview_bytes, 0)), 0) as bytes
         from clip left join picture_set using (clip_id) where clip.state in ('ready', 'quarantined')`,
      )
      .get()!;
  }

  /** What retention looks at, oldest first. */
  retained(): readonly RetainedClip[] {
    return this.#db
      .prepare<
        [],
        Pick<ClipRow, "clip_id" | "state" | "sequence" | "pinned" | "objected" | "aged_at_ms"> & { bytes: number }
      >(
        `select clip_id, clip.state, sequence, pinned, objected, aged_at_ms,
           size_bytes + coalesce(storyboard_bytes + still_bytes + preview_bytes, 0) as bytes
         from clip left join picture_set using (clip_id) where clip.state <> 'deleted' order by sequence`,
      )
      .all()
      .map((row) => ({
        id: row.clip_id,
        state: row.state,
        sequence: row.sequence,
        bytes: row.bytes,
        pinned: row.pinned === 1,
        objected: row.objected === 1,
        ...(row.aged_at_ms === null ? {} : { agedAtMs: row.aged_at_ms }),
      }));
  }

  /** Undefined: not tried yet. */
  pictures(id: ClipId): PictureSet | undefined {
    const row = this.#often.prepare<[string], PictureRow>("select * from picture_set where clip_id = ?").get(id);
    if (!row) return undefined;
    if (row.state !== "made") return { state: "failed", reason: row.reason ?? "", attempts: row.attempts };
    return {
      state: "made",
      storyboardBytes: row.storyboard_bytes,
      stillBytes: row.still_bytes,
      previewBytes: row.preview_bytes,
      ...(row.loudness === null ? {} : { loudness: JSON.parse(row.loudness) as number[] }),
    };
  }

  /** Keeps what became of a clip's pictures; a clip that has been deleted meanwhile is passed over. */
  setPictures(id: ClipId, set: PictureSet): void {
    const { storyboardBytes, stillBytes, previewBytes, loudness } = set.state === "made" ? set : NO_PICTURES;
    const [reason, attempts] = set.state === "made" ? [null, 0] : [set.reason, set.attempts];
    this.#db
      .prepare(
        `insert or replace into picture_set
         select clip_id, ?, ?, ?, ?, ?, ?, ? from clip where clip_id = ? and state in ('ready', 'quarantined')`,
      )
      .run(
        set.state,
        reason,
        attempts,
        storyboardBytes,
        stillBytes,
        previewBytes,
        loudness ? JSON.stringify(loudness.map((peak) => Number(peak.toFixed(2)))) : null,
        id,
      );
  }

  /** The newest ready clip that wants pictures. */
  wantingPictures(): StoredClip | undefined {
    const row = this.#db
      .prepare<[], ClipRow>(
        `select clip.* from clip left join picture_set using (clip_id)
         where clip.state = 'ready' and (picture_set.state is null or picture_set.state = 'again')
         order by sequence desc limit 1`,
      )
      .get();
    return row && fromRow(row);
  }

  /** Gives pictures that failed in an earlier run another try, unless they have had three. */
  retryPictures(): void {
    this.#db
      .prepare("update picture_set set state = 'again' where state = 'failed' and attempts < ?")
      .run(PICTURE_ATTEMPTS);
  }

  /**
   * Says that the clip is to go: from here on it is nobody's to see, and its deletion is finished even after a power cut.
   * False if there is none, or it is already deleted. Whoever calls makes sure that it is not being recorded.
   */
  beginDeletion(id: ClipId, reason: string): boolean {
    return (
      this.#db
        .prepare(
          `update clip set state = 'deleted', reason = ?, deleted_aged_ms = coalesce((select aged_ms from vault_age), 0)
           where clip_id = ? and state <> 'deleted'`,
        )
        .run(reason, id).changes === 1
    );
  }

  /** Says that the files are gone and the tombstone stands; forgets what the row said about people. */
  finishDeletion(id: ClipId): void {
    this.#db.transaction(() => {
      this.#db.prepare("delete from cause where clip_id = ?").run(id);
      this.#db.prepare("delete from picture_set where clip_id = ?").run(id);
      this.#db
        .prepare("update clip set erased = 1, triggers = '[]', zones = null where clip_id = ? and state = 'deleted'")
        .run(id);
    })();
    // What was overwritten stays readable in the journal until that is emptied.
    this.#db.pragma("wal_checkpoint(TRUNCATE)");
  }

  /** Drops the row of a recording that came to nothing. */
  discard(id: ClipId): void {
    this.#db.prepare("delete from clip where clip_id = ? and state = 'recording'").run(id);
  }

  /** Drops a deleted clip's row, so that its file, put back by somebody, can be taken in again. */
  forget(id: ClipId): void {
    this.#db.prepare("delete from clip where clip_id = ? and state = 'deleted'").run(id);
  }

  /** Clips whose deletion a crash interrupted, oldest first. */
  unfinishedDeletions(): readonly StoredClip[] {
    return this.#db
      .prepare<[], ClipRow>("select * from clip where state = 'deleted' and erased = 0 order by sequence")
      .all()
      .map(fromRow);
  }

  /** Drops the rows of clips deleted at or before this reading of the vault's own clock, and says how many. */
  forgetDeleted(agedMs: number): number {
    return this.#db.prepare("delete from clip where erased = 1 and deleted_aged_ms <= ?").run(agedMs).changes;
  }

  /** The vault's own clock as it was last stored. */
  age(): AgeRow | undefined {
    return readAge(this.#db);
  }

  /**
   * Stores the vault's own clock, keeps clips that came after `absences` as young as they are, and stamps those that came since
   * the last time. A recovered clip is stamped only once `wall` is
   * given, which says that the wall clock has proved itself: then its start counts as its age.
   */
  saveAge(age: AgeRow, absences: readonly Absence[] = [], wall?: WallTime): void {
    this.#db.transaction(() => storeAge(this.#db, age, absences, wall))();
  }
}
