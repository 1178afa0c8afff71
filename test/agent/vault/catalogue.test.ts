// The clip catalogue: what goes in comes out, by page, day and state.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../agent/sqlite.ts";
import { Catalogue } from "../../../agent/vault/catalogue.ts";
import type { Cause, Clip } from "../../../agent/vault/clip.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { clipFacts, DAY_MS, emptyVault, NOON, temporaryFolder } from "./vault-rig.ts";

test("a clip comes out of the catalogue as it went in, also after the power was off", () => {
  const { catalogue, file } = emptyVault();
  const clip = clipFacts({ triggers: ["button", "pir"], zones: ["path", 'neighbour\'s "wall"'], hasAudio: true });

  catalogue.add(clip);
  catalogue.close();

  expect(Catalogue.open(file).get(clip.id)).toEqual({ ...clip, sequence: 1, recovered: false });
});

test("why a clip exists is kept with it, in the order in which it happened", () => {
  const { catalogue } = emptyVault();
  const clip = clipFacts();
  const causes: Cause[] = [
    { kind: "trigger", name: "pir", offsetMs: 5000, spanMs: 0 },
    { kind: "zone", name: "path", offsetMs: 5200, spanMs: 1800, strength: 0.25 },
    { kind: "trigger", name: "button", offsetMs: 9000, spanMs: 0 },
  ];

  catalogue.add(clip, causes.toReversed());

  expect(catalogue.causes(clip.id)).toEqual(causes);
});

test("a recording that is finished keeps the objection a visitor made while it ran", () => {
  const { catalogue } = emptyVault();
  const clip = clipFacts();
  catalogue.add({ ...clip, state: "recording", bytes: 0, sha256: "", durationMs: 0 });
  catalogue.markObjected(clip.id);

  catalogue.add(clip);

  expect(catalogue.get(clip.id)).toMatchObject({ state: "ready", objected: true, bytes: 1000 });
});

test("a finished clip cannot be announced a second time", () => {
  const { catalogue } = emptyVault();
  const clip = clipFacts();
  catalogue.add(clip);

  expect(() => catalogue.add({ ...clip, sha256: "0".repeat(64) })).toThrow(/^CLIP_ALREADY_CATALOGUED/);
  expect(catalogue.get(clip.id).sha256).toBe(clip.sha256);
});

test("clips are counted by the span of time in which they began, however many there are", () => {
  const { catalogue } = emptyVault();
  for (const minute of [0, 1, 14, 15, 31])
    catalogue.add(clipFacts({ startedAt: (NOON + minute * 60_000) as WallTime }));

  expect(catalogue.tally({ states: ["ready"] }, 900_000)).toEqual([
    { at: NOON + 1_800_000, count: 1 },
    { at: NOON + 900_000, count: 1 },
    { at: NOON, count: 3 },
  ]);
});

test("clips are listed newest first, by page, by day and by state", () => {
  const { catalogue } = emptyVault();
  const clips = Array.from({ length: 10 }, (_, day) => clipFacts({ startedAt: (NOON + day * DAY_MS) as WallTime }));
  for (const clip of clips) catalogue.add(clip);
  catalogue.setState(clips[4]!.id, "quarantined", "mask not proven");
  const ids = (list: readonly Clip[]): readonly number[] => list.map(({ id }) => clips.findIndex((c) => c.id === id));

  const first = catalogue.list({ limit: 3 });
  expect(ids(first)).toEqual([9, 8, 7]);
  expect(ids(catalogue.list({ limit: 3, before: first.at(-1)!.id }))).toEqual([6, 5, 4]);
  expect(ids(catalogue.list({ states: ["quarantined"] }))).toEqual([4]);
  const midnight = (NOON + 1.5 * DAY_MS) as WallTime;
  expect(ids(catalogue.list({ from: midnight, to: (midnight + DAY_MS) as WallTime }))).toEqual([2]);
});

test("a span that begins in the middle of a clip still finds it, one that begins at its end does not", () => {
  const { catalogue } = emptyVault();
  const clip = clipFacts({ startedAt: NOON, durationMs: 8000 });
  catalogue.add(clip);
  const found = (from: number, to: number): number => catalogue.byTime(from as WallTime, to as WallTime).length;

  expect(found(NOON + 7999, NOON + DAY_MS)).toBe(1);
  expect(found(NOON + 8000, NOON + DAY_MS)).toBe(0);
  expect(found(NOON - DAY_MS, NOON + 1)).toBe(1);
  expect(found(NOON - DAY_MS, NOON)).toBe(0);
});

test("the vault's size counts pictures and quarantined clips, and nothing that was deleted", () => {
  const { catalogue } = emptyVault();
  const [kept, strange, gone] = [clipFacts({ bytes: 500 }), clipFacts({ bytes: 70 }), clipFacts({ bytes: 9 })];
  for (const clip of [kept, strange, gone]) catalogue.add(clip);
  catalogue.setPictures(kept.id, { state: "made", storyboardBytes: 20, stillBytes: 3, previewBytes: 1 });
  catalogue.setState(strange.id, "quarantined", "altered");
  catalogue.beginDeletion(gone.id, "owner");

  expect(catalogue.bytes()).toEqual({ count: 2, bytes: 594 });
});

test("a deleted clip keeps its row but not what the row said about people", () => {
  const { catalogue } = emptyVault();
  const clip = clipFacts({ triggers: ["button"], zones: ["path"] });
  catalogue.add(clip, [{ kind: "zone", name: "path", offsetMs: 0, spanMs: 10, strength: 1 }]);

  expect(catalogue.beginDeletion(clip.id, "owner")).toBe(true);
  expect(catalogue.unfinishedDeletions().map(({ id }) => id)).toEqual([clip.id]);
  catalogue.finishDeletion(clip.id);

  expect(catalogue.get(clip.id)).toMatchObject({ state: "deleted", reason: "owner", triggers: [], zones: "unknown" });
  expect(catalogue.causes(clip.id)).toEqual([]);
  expect(catalogue.unfinishedDeletions()).toEqual([]);
  expect(catalogue.beginDeletion(clip.id, "owner")).toBe(false);
});

test("what is not there cannot be pinned, objected to or moved, and says so", () => {
  const { catalogue } = emptyVault();

  expect(() => catalogue.pin("nothing", true)).toThrow(/^CLIP_NOT_FOUND/);
  expect(() => catalogue.markObjected("nothing")).toThrow(/^CLIP_NOT_FOUND/);
  expect(() => catalogue.setState("nothing", "ready")).toThrow(/^CLIP_NOT_FOUND/);
  expect(() => catalogue.get("nothing")).toThrow(/^CLIP_NOT_FOUND/);
});

for (const [what, fault] of [
  ["an id with a path in it", { id: "../../../etc/passwd.........." }],
  ["a ready clip without a hash", { sha256: "" }],
  ["a negative length", { durationMs: -1 }],
  ["an empty ready clip", { bytes: 0 }],
] as const)
  test(`the database itself refuses ${what}`, () => {
    const { catalogue } = emptyVault();
    expect(() => catalogue.add(clipFacts(fault))).toThrow(/CHECK constraint failed/);
  });

test("clips of an older version's catalogue are there after an upgrade, and an unfinished one changes nothing", () => {
  const old = emptyVault();
  const clip = clipFacts();
  old.catalogue.add(clip);
  old.catalogue.close();
  const next = temporaryFolder();
  mkdirSync(join(next, "upgrades"));
  const schema = readFileSync(new URL("../../../agent/vault/schema.sql", import.meta.url), "utf8");
  writeFileSync(join(next, "schema.sql"), schema.replace("user_version = 1", "user_version = 3"));
  const step = (text: string, from: number): void =>
    writeFileSync(join(next, "upgrades", `${from}-to-${from + 1}.sql`), text);
  step("alter table clip add column mood text not null default 'calm'; pragma user_version = 2;", 1);
  step("alter table clip add column weather text; select nonsense; pragma user_version = 3;", 2);
  const folder = new URL(`file://${next}/`);
  const copy = join(next, "catalogue.db");
  copyFileSync(old.file, copy);

  expect(() => openDatabase(copy, folder)).toThrow(/^DATABASE_UNREADABLE/);
  step("alter table clip add column weather text; pragma user_version = 3;", 2);
  const db = openDatabase(copy, folder);

  expect(db.prepare("select clip_id, mood, weather from clip").all()).toEqual([
    { clip_id: clip.id, mood: "calm", weather: null },
  ]);
  expect(db.pragma("user_version", { simple: true })).toBe(3);
  db.close();
  expect(() => Catalogue.open(copy)).toThrow(/^DATABASE_TOO_NEW/);
});
