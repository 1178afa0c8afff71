-- From version 1 to 2: a preview is a kind of its own. SQLite cannot change a check, so the two tables that have one are made anew.
alter table verdict rename to old_verdict;
drop index verdict_by_ask_expiry;

create table verdict (
  clip_id        text    not null,
  recipient      text    not null,
  kind           text    not null check (kind in ('clip', 'still', 'preview')),
  effect         text    not null check (effect in ('permit', 'ask', 'deny', 'expired', 'failed')),
  rule           text    not null,
  reason         text    not null,
  clip_sha256    text    not null check (length(clip_sha256) = 64),
  decided_ms     integer not null,
  ask_expires_ms integer check ((effect = 'ask') = (ask_expires_ms is not null)),
  primary key (clip_id, recipient, kind)
) strict, without rowid;

insert into verdict select * from old_verdict;
drop table old_verdict;

create index verdict_by_ask_expiry on verdict (ask_expires_ms) where ask_expires_ms is not null;

alter table disclosure rename to old_disclosure;
drop index disclosure_once;
drop index disclosure_by_day;
drop index disclosure_open;
drop index disclosure_stopping;

create table disclosure (
  disclosure_id text    primary key check (length(disclosure_id) = 26),
  kind          text    not null check (kind in ('clip', 'still', 'preview', 'event')),
  clip_id       text    not null,
  recipient     text    not null,
  state         text    not null check (state in ('committed', 'held', 'released', 'accepted', 'confirmed', 'unconfirmed',
                                                  'failed', 'expired', 'withdrawn', 'not_released')),
  detail        text    not null default '',
  committed_ms  integer not null,
  local_day     text,
  not_after_ms  integer not null,
  document      text    not null,
  duties        text    not null,
  stopping      text    check (stopping in ('held', 'withdrawn', 'quiet')),
  check (kind = 'event' or clip_id <> '')
) strict;

insert into disclosure select * from old_disclosure;
drop table old_disclosure;

create unique index disclosure_once on disclosure (clip_id, recipient, kind)
  where kind <> 'event' and state in ('committed', 'held', 'released', 'accepted', 'confirmed');
create index disclosure_by_day on disclosure (recipient, local_day) where kind <> 'event';
create index disclosure_open on disclosure (state) where state in ('committed', 'held', 'released', 'accepted');
create index disclosure_stopping on disclosure (stopping) where stopping is not null;

pragma user_version = 2;
