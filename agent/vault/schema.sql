-- The catalogue: what the vault knows of each clip. Facts only: what was decided about a clip, and who had it, is in the
-- ledger's database. Everything here but the marks an owner or a visitor set (pinned, objected) can be had again from the
-- clips, which is what happens when this file is damaged (reconcile.ts).
-- Instants are wall-clock milliseconds since 1970-01-01T00:00Z and end in _ms; spans end in _ms too and say "span".
-- Readings of the vault's own clock, which no change of the wall clock moves, say "aged" (docs/design/retention-and-time.md).
pragma user_version = 1;

-- One row per recording. Written by the capture room: the file under vault/clips is durable first and the row second, so
-- that a crash leaves a file without a row (added at start) and never a row that promises what is not there.
-- A deleted clip keeps its row, without what it said about people, so that "where is it?" has an answer.
create table clip (
  -- Order of arrival, never reused. "Oldest" means lowest here: the wall clock may have been wrong.
  sequence       integer primary key autoincrement,
  -- Lower-case ULID; the file is <clip_id>.mp4.
  clip_id        text    not null unique check (length(clip_id) = 26 and clip_id not glob '*[^0-9a-z]*'),
  state          text    not null check (state in ('recording', 'ready', 'quarantined', 'deleted')),
  -- Why it is quarantined or deleted, in words for the owner. Null otherwise.
  reason         text    check ((state in ('quarantined', 'deleted')) = (reason is not null)),
  -- When the first picture, pre-roll included, was captured. May lie in the future if the clock was wrong.
  started_ms     integer not null check (started_ms >= 0),
  -- 1 if the wall clock could be trusted then. 0 also for a row that was made again from its file.
  clock_trusted  integer not null check (clock_trusted in (0, 1)),
  -- Length of the recording. 0 while it runs.
  span_ms        integer not null check (span_ms >= 0),
  -- How much of it is from before the trigger.
  pre_roll_ms    integer not null check (pre_roll_ms >= 0),
  size_bytes     integer not null check (size_bytes >= 0),
  -- Lower-case hex of the whole file. Empty while it is being recorded.
  sha256         text    not null check (sha256 = '' or (length(sha256) = 64 and sha256 not glob '*[^0-9a-f]*')),
  width          integer not null check (width >= 0),
  height         integer not null check (height >= 0),
  has_audio      integer not null check (has_audio in (0, 1)),
  -- JSON array of names from config/trigger.ts, in the order they happened.
  triggers       text    not null check (json_type(triggers) = 'array'),
  -- JSON array of zone names; null when motion was not analysed.
  zones          text    check (json_type(zones) = 'array'),
  -- Set by the owner: neither age nor size deletes it.
  pinned         integer not null default 0 check (pinned in (0, 1)),
  -- Set by a visitor, never unset: never goes out automatically, and goes early.
  objected       integer not null default 0 check (objected in (0, 1)),
  -- 1 if this row was made again from the file: then triggers, zones and marks are what the ledger knew, or nothing.
  recovered      integer not null default 0 check (recovered in (0, 1)),
  -- Reading of the vault's own clock when the clip came. Null until the first sweep after that.
  aged_at_ms     integer,
  -- Reading of the same clock when it was deleted. Null while the clip is there.
  deleted_aged_ms integer check (deleted_aged_ms is null or state = 'deleted'),
  -- 1 once the files are gone and the tombstone is in the ledger. 0 in a deleted row means a crash came between: the
  -- deletion is finished at the next start.
  erased         integer not null default 0 check (erased in (0, 1) and (erased = 0 or state = 'deleted')),
  check (state = 'recording' or state = 'deleted' or (size_bytes > 0 and sha256 <> ''))
) strict;

-- For `erase --from --to` and for the page's days, which are counted without touching a row.
create index clip_by_start on clip (started_ms, state);

-- Why a clip exists: each trigger and each stretch of movement in a zone, as the capture room saw it. Gone with the clip.
create table cause (
  clip_id   text    not null references clip (clip_id) on delete cascade,
  kind      text    not null check (kind in ('trigger', 'zone')),
  -- A trigger's name (config/trigger.ts) or the zone's.
  name      text    not null check (name <> ''),
  -- From the first picture of the clip.
  offset_ms integer not null check (offset_ms >= 0),
  -- How long it lasted; 0 for what has no length, like a press.
  span_ms   integer not null check (span_ms >= 0),
  -- Largest share of the zone that moved, 0–1. Null for triggers.
  strength  real    check (strength between 0 and 1)
) strict;

create index cause_by_clip on cause (clip_id);

-- The storyboard, still and preview of a clip. Written by the storyboard queue after the files under vault/stills are
-- durable. No row: not tried yet.
create table picture_set (
  clip_id          text    primary key references clip (clip_id) on delete cascade,
  -- again: failed in an earlier run of the agent, and is tried once more in this one.
  state            text    not null check (state in ('made', 'failed', 'again')),
  -- Why it failed, beginning with the error's code. Null when made.
  reason           text    check ((state = 'made') = (reason is null)),
  -- Tries so far; after the third nobody tries again.
  attempts         integer not null check (attempts >= 0),
  storyboard_bytes integer not null default 0 check (storyboard_bytes >= 0),
  still_bytes      integer not null default 0 check (still_bytes >= 0),
  preview_bytes    integer not null default 0 check (preview_bytes >= 0),
  -- JSON array: the loudest moment of each second, 0–1. Null when the clip has no sound, or it could not be measured.
  loudness         text    check (json_type(loudness) = 'array')
) strict;

-- The vault's own clock, in one row (age.ts). Written when a clip comes or goes, when the agent stops, and once a day.
create table vault_age (
  only_row          integer primary key check (only_row = 1),
  -- Time that has passed for the vault since its catalogue was made.
  aged_ms           integer not null check (aged_ms >= 0),
  -- Wall clock, last time it was trusted, and what aged_ms was then. Null: never.
  anchor_wall_ms    integer check (anchor_wall_ms >= 0),
  anchor_aged_ms    integer,
  -- A leap of the wall clock that might have been time spent without power, and for how long the clock has stood by it.
  pending_span_ms   integer not null check (pending_span_ms >= 0),
  -- What aged_ms was when the run began that first saw that leap: clips stamped later came after it. Null: nothing in doubt.
  pending_after_aged_ms integer check (pending_after_aged_ms >= 0),
  confirmed_span_ms integer not null check (confirmed_span_ms >= 0)
) strict;
