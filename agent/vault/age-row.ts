// How the vault's own clock (age.ts) lies in its one row of the catalogue.
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { Sqlite } from "../sqlite.ts";

/** The vault's own clock as it is stored: see age.ts for what the numbers mean. All in milliseconds. */
export interface AgeRow {
  readonly agedMs: number;
  /** The wall clock, last time it was trusted, and what agedMs was then. */
  readonly anchor?: { readonly wall: WallTime; readonly agedMs: number };
  readonly pendingMs: number;
  readonly confirmedMs: number;
}

interface Columns {
  readonly aged_ms: number;
  readonly anchor_wall_ms: number | null;
  readonly anchor_aged_ms: number | null;
  readonly pending_span_ms: number;
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
    confirmedMs: row.confirmed_span_ms,
    ...(wall === null || agedMs === null ? {} : { anchor: { wall: wall as WallTime, agedMs } }),
  };
}

/** Stores it in place of what was there. */
export function writeAge(db: Sqlite, { agedMs, anchor, pendingMs, confirmedMs }: AgeRow): void {
  db.prepare("insert or replace into vault_age values (1, ?, ?, ?, ?, ?)").run(
    Math.round(agedMs),
    anchor ? Math.round(anchor.wall) : null,
    anchor ? Math.round(anchor.agedMs) : null,
    Math.round(pendingMs),
    Math.round(confirmedMs),
  );
}
