// Opening databases: versions, upgrades and damage.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../agent/sqlite.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function schema(version: number, body: string, upgrades: Readonly<Record<string, string>> = {}): URL {
  const at = join(folder, `schema-${version}`);
  mkdirSync(join(at, "upgrades"), { recursive: true });
  writeFileSync(join(at, "schema.sql"), `pragma user_version = ${version};\n${body}`);
  for (const [name, text] of Object.entries(upgrades)) writeFileSync(join(at, "upgrades", `${name}.sql`), text);
  return pathToFileURL(`${at}/`);
}

test("a database of an older version is upgraded step by step, its rows kept", () => {
  const file = join(folder, "a.db");
  const first = openDatabase(file, schema(1, "create table t (a integer) strict;"));
  first.exec("insert into t values (7)");
  first.close();

  const upgraded = openDatabase(
    file,
    schema(3, "", {
      "1-to-2": "alter table t add column b integer; pragma user_version = 2;",
      "2-to-3": "update t set b = a * 2; pragma user_version = 3;",
    }),
  );

  expect(upgraded.prepare("select * from t").all()).toEqual([{ a: 7, b: 14 }]);
  expect(upgraded.pragma("user_version", { simple: true })).toBe(3);
  upgraded.close();
});

test("an upgrade that fails half-way leaves the database as it was", () => {
  const file = join(folder, "a.db");
  openDatabase(file, schema(1, "create table t (a integer) strict;")).close();

  const opening = () =>
    openDatabase(file, schema(2, "", { "1-to-2": "create table u (x integer); insert into nowhere values (1);" }));

  expect(opening).toThrow(expect.objectContaining({ code: "DATABASE_UNREADABLE" }));
  const db = openDatabase(file, schema(1, ""));
  expect(db.prepare("select name from sqlite_schema where type = 'table'").pluck().all()).toEqual(["t"]);
  db.close();
});

test.each([
  [
    "a database of a newer version is refused",
    "DATABASE_TOO_NEW",
    (file: string) => openDatabase(file, schema(9, "create table t (a integer);")).close(),
  ],
  [
    "a file that is no database is named damaged",
    "DATABASE_DAMAGED",
    (file: string) => writeFileSync(file, "not a database ".repeat(1000)),
  ],
  ["a directory in the database's place is unreadable", "DATABASE_UNREADABLE", (file: string) => mkdirSync(file)],
])("%s", (_name, code, prepare) => {
  const file = join(folder, "a.db");
  prepare(file);

  expect(() => openDatabase(file, schema(1, "create table t (a integer);"))).toThrow(expect.objectContaining({ code }));
});
