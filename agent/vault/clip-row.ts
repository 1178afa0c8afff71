// How a clip lies in a row of the catalogue (schema.sql), and comes out again. Pure.
import type { Trigger } from "../../config/trigger.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { Clip, ClipState } from "./clip.ts";

/** A clip with what only the vault knows of it. */
export interface StoredClip extends Clip {
  /** Order of arrival: lower is older, whatever the wall clock said. */
  readonly sequence: number;
  /** Why it is quarantined or deleted. */
  readonly reason?: string;
  /** The row was made again from the file, because the catalogue had lost it. */
  readonly recovered: boolean;
  /** Reading of the vault's own clock when it came, in milliseconds (age.ts); undefined until the first sweep after that. */
  readonly agedAtMs?: number;
}

/** The columns of `clip`, as SQLite gives and takes them. */
export interface ClipRow {
  readonly sequence: number;
  readonly clip_id: string;
  readonly state: ClipState;
  readonly reason: string | null;
  readonly started_ms: number;
  readonly clock_trusted: number;
  readonly span_ms: number;
  readonly pre_roll_ms: number;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly has_audio: number;
  readonly triggers: string;
  readonly zones: string | null;
  readonly pinned: number;
  readonly objected: number;
  readonly recovered: number;
  readonly aged_at_ms: number | null;
}

/** A row as the rest of the program sees it. */
export function fromRow(row: ClipRow): StoredClip {
  return {
    id: row.clip_id,
    state: row.state,
    startedAt: row.started_ms as WallTime,
    clockTrusted: row.clock_trusted === 1,
    durationMs: row.span_ms,
    preRollMs: row.pre_roll_ms,
    bytes: row.size_bytes,
    sha256: row.sha256,
    width: row.width,
    height: row.height,
    hasAudio: row.has_audio === 1,
    triggers: JSON.parse(row.triggers) as Trigger[],
    zones: row.zones === null ? "unknown" : (JSON.parse(row.zones) as string[]),
    pinned: row.pinned === 1,
    objected: row.objected === 1,
    sequence: row.sequence,
    recovered: row.recovered === 1,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.aged_at_ms === null ? {} : { agedAtMs: row.aged_at_ms }),
  };
}

/** What an insert binds: everything but what the vault adds itself. */
export function toRow(clip: Clip): Omit<ClipRow, "sequence" | "aged_at_ms" | "reason" | "recovered"> {
  return {
    clip_id: clip.id,
    state: clip.state,
    started_ms: Math.round(clip.startedAt),
    clock_trusted: clip.clockTrusted ? 1 : 0,
    span_ms: Math.round(clip.durationMs),
    pre_roll_ms: Math.round(clip.preRollMs),
    size_bytes: clip.bytes,
    sha256: clip.sha256,
    width: clip.width,
    height: clip.height,
    has_audio: clip.hasAudio ? 1 : 0,
    triggers: JSON.stringify(clip.triggers),
    zones: clip.zones === "unknown" ? null : JSON.stringify(clip.zones),
    pinned: clip.pinned ? 1 : 0,
    objected: clip.objected ? 1 : 0,
  };
}
