// A ledger of version 1, which knew no previews, is opened by this version: its rows stay, and it takes a preview.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase, type Sqlite } from "../../../agent/sqlite.ts";

const SCHEMA = new URL("../../../agent/ledger/", import.meta.url);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As the version before previews made it. */
function versionOne(file: string): Sqlite {
  const now = readFileSync(new URL("schema.sql", SCHEMA), "utf8");
  const db = new Database(file);
  db.exec(
    now
      .replace("user_version = 2", "user_version = 1")
      .replaceAll(", 'preview'", "")
      .replace("(recipient, local_day) where kind <> 'event'", "(recipient, local_day) where kind = 'clip'"),
  );
  return db;
}

const verdict = (kind: string): string =>
  `insert into verdict values ('clip1', 'anna', '${kind}', 'ask', '§4.1 grant', 'asked', '${"a".repeat(64)}', 1, 2)`;
const disclosure = (id: string, kind: string): string =>
  `insert into disclosure values ('${id.padEnd(26, "0")}', '${kind}', 'clip1', 'anna', 'released', '', 1, '2026-11-22', 2, '{}', '[]', null)`;

test("a ledger of version 1 keeps its rows, and takes previews", () => {
  const file = join(folder, "ledger.db");
  const old = versionOne(file);
  for (const row of [verdict("clip"), verdict("still"), disclosure("a", "clip"), disclosure("b", "event")])
    old.exec(row);
  expect(() => old.exec(verdict("preview"))).toThrow(/constraint/);
  old.close();

  const db = openDatabase(file, SCHEMA);

  for (const row of [verdict("preview"), disclosure("c", "preview")]) db.exec(row);
  expect(db.prepare("select kind from verdict order by kind").pluck().all()).toEqual(["clip", "preview", "still"]);
  expect(db.prepare("select kind from disclosure order by kind").pluck().all()).toEqual(["clip", "event", "preview"]);
  expect(() => db.exec(disclosure("d", "preview"))).toThrow(/UNIQUE/);
  db.close();
});

test("what is upgraded is what would have been made", () => {
  versionOne(join(folder, "old.db")).close();
  const shape = (db: Sqlite): unknown[] => {
    const rows = db.prepare<[], { sql: string }>("select sql from sqlite_schema where sql is not null").all();
    db.close();
    return rows
      .map(({ sql }) =>
        sql
          .replace(/--[^\n]*/g, "")
          .replace(/"/g, "")
          .replace(/\s+/g, " "),
      )
      .toSorted();
  };

  const upgraded = shape(openDatabase(join(folder, "old.db"), SCHEMA));

  expect(upgraded).toEqual(shape(openDatabase(join(folder, "new.db"), SCHEMA)));
});
