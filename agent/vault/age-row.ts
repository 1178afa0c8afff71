// How the vault's own clock (age.ts) lies in its one row of the catalogue.
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { Sqlite } from "../sqlite.ts";

/** The vault's own clock as it is stored: see age.ts for what the numbers mean. All in milliseconds. */
export interface AgeRow {
  readonly agedMs: number;
  /** The wall clock, last time it was trusted, and what agedMs was then. */
  readonly anchor?: { readonly wall: WallTime; readonly agedMs: number };
  readonly pendingMs: number;
  /** What agedMs was when the run began that first saw the leap in doubt; only while one is. */
  readonly pendingAfterMs?: number;
  readonly confirmedMs: number;
}

/** Time without power that has come to count. What was recorded after it must not become older by it. */
export interface Absence {
  /** Everything stamped later than this by the vault's clock was recorded after it. */
  readonly afterAgedMs: number;
  readonly spanMs: number;
}

interface Columns {
  readonly aged_ms: number;
  readonly anchor_wall_ms: number | null;
  readonly anchor_aged_ms: number | null;
  readonly pending_span_ms: number;
  readonly pending_after_aged_ms: number | null;
  readonly confirmed_span_ms: number;
}

/** Undefined until it has been stored for the first time. */
export function readAge(db: Sqlite): AgeRow | undefined {
  const row = db.prepare<[], Columns>("select * from vault_age").get();
  if (!row) return undefined;
  const { anchor_wall_ms: wall, anchor_aged_ms: agedMs } = row;
  return {
    agedMs: row.aged_ms,
    pendingMs: row.pending_span_ms,
    ...(row.pending_after_aged_ms === null ? {} : { pendingAfterMs: row.pending_after_aged_ms }),
    confirmedMs: row.confirmed_span_ms,
    ...(wall === null || agedMs === null ? {} : { anchor: { wall: wall as WallTime, agedMs } }),
  };
}

/** Stores it, and what it means for the clips: see Catalogue.saveAge. In a transaction of the caller's. */
export function storeAge(db: Sqlite, age: AgeRow, absences: readonly Absence[], wall: WallTime | undefined): void {
  const aged = Math.round(age.agedMs);
  writeAge(db, age);
  for (const { afterAgedMs, spanMs } of absences)
    db.prepare("update clip set aged_at_ms = aged_at_ms + ? where aged_at_ms > ?").run(
      Math.round(spanMs),
      Math.round(afterAgedMs),
    );
  db.prepare("update clip set aged_at_ms = ? where aged_at_ms is null and recovered = 0 and state <> 'recording'").run(
    aged,
  );
  if (wall !== undefined)
    db.prepare(
      "update clip set aged_at_ms = ? - max(0, ? - started_ms) where aged_at_ms is null and recovered = 1",
    ).run(aged, Math.round(wall));
}

function writeAge(db: Sqlite, { agedMs, anchor, pendingMs, pendingAfterMs, confirmedMs }: AgeRow): void {
  db.prepare("insert or replace into vault_age values (1, ?, ?, ?, ?, ?, ?)").run(
    Math.round(agedMs),
    anchor ? Math.round(anchor.wall) : null,
    anchor ? Math.round(anchor.agedMs) : null,
    Math.round(pendingMs),
    pendingAfterMs === undefined ? null : Math.round(pendingAfterMs),
    Math.round(confirmedMs),
  );
}
