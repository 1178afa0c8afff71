-- Schema version 1 of ledger/ledger.db. What the rows mean to others: docs/spec/ledger.md. Times are wall-clock milliseconds
-- since 1970-01-01T00:00Z and end in _ms. Rows of the ledger's own tables are only ever added, with two exceptions that
-- are named below (erasure, thinning); every addition happens in one transaction with everything that belongs to it.
pragma user_version = 1;

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
-- added": of the checkpoints of one tree within one multiple of 256 only the newest is kept.
create table checkpoint (
  tree_id    integer not null references tree,
  -- Leaves the head covers.
  size       integer not null check (size >= 0),
  -- C2SP signed note, verbatim.
  note       text    not null,
  primary key (tree_id, size)
) strict, without rowid;

-- ===================================================================================================================
-- The consent room's own tables follow (agent/consent): answers, asks, disclosures, day counters. They share this file so
-- that a decision and its entry are one transaction. Nothing above reads or writes them.
-- ===================================================================================================================
