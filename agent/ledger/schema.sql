-- Schema version 2 of ledger/ledger.db. What the rows mean to others: docs/spec/ledger.md. Times are wall-clock milliseconds
-- since 1970-01-01T00:00Z and end in _ms. Rows of the ledger's own tables are only ever added, with two exceptions that
-- are named below (erasure, thinning); every addition happens in one transaction with everything that belongs to it.
pragma user_version = 2;

-- One row, written on the first start. Another device name or key than here means: another ledger.
create table identity (
  only_row   integer primary key check (only_row = 1),
  -- The device's name on the first start. Renaming the device later does not rename its tree.
  device     text not null,
  -- Ed25519, 32 raw bytes. For the owner's convenience: who verifies brings the key along.
  public_key blob not null check (length(public_key) = 32)
) strict;

-- Merkle trees (RFC 6962). Tree 0 is the device's own, never published; every recipient has one, made with the first
-- disclosure to it.
create table tree (
  tree_id    integer primary key check (tree_id >= 0),
  -- First line of its checkpoints: doorstep/DEVICE or doorstep/DEVICE/RECIPIENT.
  origin     text not null unique,
  -- Null for the device tree.
  recipient  text check ((recipient is null) = (tree_id = 0))
) strict;

-- One row per entry (promise 8). The leaf is made of sequence, at_ms, type, ref and commitment, so none of them can change.
create table entry (
  -- Position in the device tree: 0, 1, 2 … without gaps.
  sequence   integer primary key check (sequence >= 0),
  -- What the clock said, right or wrong.
  at_ms      integer not null,
  -- The newest at_ms so far that was written while the clock was trusted, this row included; never decreases. The clock is
  -- not trusted behind it, and retention counts by it.
  newest_ms  integer not null,
  -- A key of EntryDetails in entry.ts.
  type       text    not null check (type <> ''),
  -- What it is about: a clip, disclosure or request id, or ''.
  ref        text    not null,
  -- SHA-256(salt || canonical JSON of the details): stands for the details once they are erased.
  commitment blob    not null check (length(commitment) = 32)
) strict;

create index entry_by_ref on entry (ref, sequence) where ref <> '';

-- What opens a commitment: 16 bytes of salt, then the details as canonical JSON in UTF-8. Exception one to "only added":
-- erasure deletes the row, and an entry of type details.erased says which and why.
--   select sequence, cast(substr(opening, 17) as text) from detail;
create table detail (
  sequence   integer primary key check (sequence >= 0),
  opening    blob not null check (length(opening) > 16)
) strict;

-- The hashes of all full subtrees, in the order in which they became complete (a subtree right after its right child), so
-- that an append touches the end of the table only. Subtree `index` of level `level` is at position
--   sum over i >= 0 of floor(n / 2^i), plus level, where n is the subtree's last leaf when counted from 0
-- (tree-position.ts). The root of any size and every proof is made of at most log2(size) + 1 of them.
create table node (
  tree_id    integer not null,
  position   integer not null check (position >= 0),
  hash       blob    not null check (length(hash) = 32),
  primary key (tree_id, position)
) strict, without rowid;

-- One row per media disclosure: its leaf in the recipient's tree. Erasure empties clip and receipt.
create table recipient_leaf (
  -- The disclosure's id: also the ref of its entry, and its directory in the spool.
  disclosure_id text    primary key,
  tree_id       integer not null references tree,
  -- Position in the recipient's tree.
  leaf_index    integer not null check (leaf_index >= 0),
  -- The entry of type disclosure in the device tree that was written with it.
  sequence      integer not null unique,
  -- SHA-256(salt || canonical JSON of the receipt's claims without log).
  commitment    blob    not null check (length(commitment) = 32),
  -- Clip id, so that erasing a clip finds the receipts about it.
  clip_id       text,
  -- The compact JWS, byte for byte as it was sent.
  receipt       text,
  check ((clip_id is null) = (receipt is null)),
  unique (tree_id, leaf_index)
) strict;

create index recipient_leaf_by_clip on recipient_leaf (clip_id) where clip_id is not null;

-- Signed heads. Written with every disclosure (both trees), every 256 entries, and when asked for. Exception two to "only
-- added": of the checkpoints of one tree between two multiples of 4096 (the upper one included) only the newest is kept.
create table checkpoint (
  tree_id    integer not null references tree,
  -- Leaves the head covers.
  size       integer not null check (size >= 0),
  -- C2SP signed note, verbatim.
  note       text    not null,
  primary key (tree_id, size)
) strict, without rowid;

-- ===================================================================================================================
-- Consent (agent/consent): what was decided, answered, released and asked for. These tables share this file so that a
-- disclosure, its entry, its receipt and its count are one transaction (docs/spec/consent.md §9.3). Rows come and go as a
-- clip does. Nothing above reads or writes them.
-- ===================================================================================================================

-- The last decision about one clip (or a picture of it) for one recipient. `permit` is a debt: if no disclosure follows, because
-- the power failed in between, the gate pays it at the next start.
create table verdict (
  clip_id        text    not null,
  recipient      text    not null,
  kind           text    not null check (kind in ('clip', 'still', 'preview')),
  -- expired: asked, and not answered in time. failed: permitted, and could not be made; nothing left.
  effect         text    not null check (effect in ('permit', 'ask', 'deny', 'expired', 'failed')),
  -- Section of docs/spec/consent.md. Never null: no rule, no decision.
  rule           text    not null,
  reason         text    not null,
  -- What was judged. Other bytes under the same name are another clip.
  clip_sha256    text    not null check (length(clip_sha256) = 64),
  decided_ms     integer not null,
  -- Until when the question is open. Only a question has one.
  ask_expires_ms integer check ((effect = 'ask') = (ask_expires_ms is not null)),
  primary key (clip_id, recipient, kind)
) strict, without rowid;

create index verdict_by_ask_expiry on verdict (ask_expires_ms) where ask_expires_ms is not null;

-- Clips that every recipient of their day was decided for. A clip without a row here was cut short by a crash, and is
-- considered at the next start; one with a row never is again, whoever is added to the configuration later.
create table considered (
  clip_id text    primary key,
  at_ms   integer not null
) strict, without rowid;

-- The owner's last answer for one clip and one recipient. Good for these bytes only.
create table answer (
  clip_id     text    not null,
  recipient   text    not null,
  answer      text    not null check (answer in ('approved', 'denied', 'withdrawn')),
  via         text    not null check (via in ('page', 'cli', 'mqtt_signed', 'home_assistant')),
  clip_sha256 text    not null check (length(clip_sha256) = 64),
  at_ms       integer not null,
  primary key (clip_id, recipient)
) strict, without rowid;

-- One row per thing that was committed to leave. The row is written before anything stands in spool/out/new, so a crash
-- leaves a row without a directory (decided again at start) and never a directory nobody can account for.
create table disclosure (
  disclosure_id text    primary key check (length(disclosure_id) = 26),
  kind          text    not null check (kind in ('clip', 'still', 'preview', 'event')),
  -- The clip it shows; '' for an event that shows none.
  clip_id       text    not null,
  recipient     text    not null,
  -- committed: not known to stand in new/. held: permitted once, not now; waits in tmp/. released: stands in new/.
  -- accepted: the broker has it, and may be sent it again. The others are ends.
  state         text    not null check (state in ('committed', 'held', 'released', 'accepted', 'confirmed', 'unconfirmed',
                                                  'failed', 'expired', 'withdrawn', 'not_released')),
  detail        text    not null default '',
  committed_ms  integer not null,
  -- The local date it counts for. Null when there was no telling.
  local_day     text,
  -- Only ever lowered: the document keeps what it was committed with.
  not_after_ms  integer not null,
  -- disclosure.json, or the event's file. The receipt is in recipient_leaf.
  document      text    not null,
  -- The obligations its bytes were made by (JSON list, without not_after): a later policy may ask for more. '[]' for an event.
  duties        text    not null,
  -- Set while the publisher has been told to stop and has not said how much it had sent: what to do then.
  stopping      text    check (stopping in ('held', 'withdrawn', 'quiet')),
  check (kind = 'event' or clip_id <> '')
) strict;

-- Nothing twice: one clip is on its way to one recipient once, or has arrived. What nobody confirmed may be sent again.
create unique index disclosure_once on disclosure (clip_id, recipient, kind)
  where kind <> 'event' and state in ('committed', 'held', 'released', 'accepted', 'confirmed');
-- The count of max_per_day.
create index disclosure_by_day on disclosure (recipient, local_day) where kind <> 'event';
-- What has not reached its end.
create index disclosure_open on disclosure (state) where state in ('committed', 'held', 'released', 'accepted');
create index disclosure_stopping on disclosure (stopping) where stopping is not null;

-- Sharing paused: for everybody ('') or for one recipient.
create table pause (
  scope text    primary key,
  by    text    not null,
  at_ms integer not null
) strict, without rowid;

-- Messages that may stand at the broker, retained, or on a display (the latest preview), and must be emptied when their recipient may no longer have them.
create table retained (
  recipient text not null,
  -- Below doorstep/{device}/{recipient}/.
  topic     text not null,
  -- SHA-256 of what stands there, so that the same thing is not said twice.
  sha256    text not null,
  primary key (recipient, topic)
) strict, without rowid;

-- What third parties asked for (docs/spec/consent.md §10). Everything here was written by strangers, or by the owner about
-- them; control and format characters are gone. Nothing in it decides anything.
create table request (
  request_id  text    primary key check (length(request_id) = 26),
  received_ms integer not null,
  -- mqtt: left by somebody. owner: a letter, a caller, written down.
  source      text    not null check (source in ('mqtt', 'owner')),
  kind        text    not null check (kind in ('disclosure', 'access', 'erasure', 'objection')),
  requester   text    not null,
  why         text    not null,
  contact     text    not null,
  legal_basis text    not null,
  span_from_ms integer,
  span_to_ms   integer,
  -- Shown to the owner, and that is all.
  emergency   integer not null check (emergency in (0, 1)),
  due_ms      integer,
  state       text    not null check (state in ('open', 'answered', 'refused')),
  answer      text    not null default '',
  answered_ms integer
) strict;

create index request_by_time on request (received_ms);

-- Requesters the owner does not want to hear of, by the form their name takes when it is compared.
create table muted (
  requester text    primary key,
  at_ms     integer not null
) strict, without rowid;

-- Signed answers already taken, so that none is taken twice.
create table taken_answer (
  jti        text    primary key,
  expires_ms integer not null
) strict, without rowid;
