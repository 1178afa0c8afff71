// Every way of altering a ledger that we could think of is detected, and the first changed entry is named.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Ledger } from "../../../agent/ledger/ledger.ts";
import { entryLeafHash } from "../../../agent/ledger/leaf.ts";
import { openCheckpoint } from "../../../agent/ledger/note.ts";
import type { PublicKey } from "../../../agent/ledger/public-key.ts";
import { readSigningKey } from "../../../agent/ledger/signing-key.ts";
import { TreeStore } from "../../../agent/ledger/tree-store.ts";
import { verifyInBackground, verifyLedger, type Verdict } from "../../../agent/ledger/verify.ts";
import type { Sqlite } from "../../../agent/sqlite.ts";
import { seconds } from "../../../drivers/clock/clock.ts";
import { facts, fill, lively, rig, type Rig } from "./rig.ts";

/** The lively ledger of rig.ts, closed, as one file's bytes. */
let whole: Buffer;
let key: PublicKey;

const cleanUps: (() => void)[] = [];
afterAll(() => cleanUps.reverse().forEach((clean) => clean()));

beforeAll(async () => {
  const made = rig((clean) => cleanUps.push(clean));
  await lively(made);
  key = readSigningKey(made.keyFile)!.publicKey;
  whole = closedBytes(made);
});

function closedBytes(made: Rig): Buffer {
  made.ledger.close();
  const bytes = readFileSync(made.file);
  // "This file has a write-ahead log" is all that these two bytes say; without one it can be opened from memory.
  bytes.fill(1, 18, 20);
  return bytes;
}

/** Verifies a copy of the lively ledger after `change`; checks of the schema do not stand in the forger's way. */
function verdictAfter(change: (db: Sqlite) => void, bytes = whole): Verdict {
  const db = new Database(bytes);
  try {
    db.pragma("ignore_check_constraints = ON");
    db.pragma("foreign_keys = OFF");
    db.transaction(() => change(db))();
    return verifyLedger(db, { key });
  } finally {
    db.close();
  }
}

const firstFault = (verdict: Verdict): string => verdict.faults[0]?.text ?? "nothing";

test("a ledger that nobody touched is verified whole, erasures included", () => {
  expect(verdictAfter(() => {})).toMatchObject({
    ok: true,
    entries: 16,
    erased: 5,
    disclosures: 3,
    receipts: 2,
    signed: 16,
    faults: [],
  });
});

test("another device's key verifies nothing", () => {
  const other = readSigningKey(rig().keyFile)!.publicKey;
  const db = new Database(whole);
  const kinds = new Set(verifyLedger(db, { key: other }).faults.map(({ kind }) => kind));
  db.close();
  expect(kinds).toEqual(new Set(["key", "checkpoint changed", "receipt changed"]));
});

interface Column {
  readonly table: string;
  readonly column: string;
  readonly rowid: string;
}

const COLUMNS: readonly Column[] = [
  ...["sequence", "at_ms", "newest_ms", "type", "ref", "commitment"].map((column) => ({
    table: "entry",
    column,
    rowid: "sequence",
  })),
  ...["sequence", "opening"].map((column) => ({ table: "detail", column, rowid: "sequence" })),
  ...["tree_id", "position", "hash"].map((column) => ({ table: "node", column, rowid: "tree_id || '.' || position" })),
  ...["disclosure_id", "tree_id", "leaf_index", "sequence", "commitment", "clip_id", "receipt"].map((column) => ({
    table: "recipient_leaf",
    column,
    rowid: "disclosure_id",
  })),
  ...["tree_id", "size", "note"].map((column) => ({ table: "checkpoint", column, rowid: "tree_id || '.' || size" })),
  ...["tree_id", "origin", "recipient"].map((column) => ({ table: "tree", column, rowid: "tree_id" })),
  ...["device", "public_key"].map((column) => ({ table: "identity", column, rowid: "1" })),
];

/** The values a single slip or a forger would leave behind in place of `value`. */
function altered(value: unknown): unknown[] {
  if (typeof value === "number") return [value + 1, value + 1000];
  if (typeof value === "string")
    return [0, Math.floor(value.length / 2), value.length - 1].map((at) => {
      const code = value.charCodeAt(at);
      return value.slice(0, at) + String.fromCharCode(code ^ 1) + value.slice(at + 1);
    });
  if (Buffer.isBuffer(value))
    return [0, value.length >> 1, value.length - 1].map((at) => {
      const copy = Buffer.from(value);
      copy[at]! ^= 1 << (at % 8);
      return copy;
    });
  return ["something"];
}

test.each(COLUMNS)("column $column of table $table, altered in any row, is detected", ({ table, column, rowid }) => {
  const db = new Database(whole);
  const rows = db
    .prepare<[], { id: string | number; value: unknown; at: number | null }>(
      `select ${rowid} as id, ${column} as value, ${["entry", "detail", "recipient_leaf"].includes(table) ? "sequence" : "null"} as at from ${table}`,
    )
    .all();
  db.close();
  expect(rows.length).toBeGreaterThan(0);
  for (const { id, value, at } of rows) {
    for (const other of altered(value)) {
      let refused = false;
      const verdict = verdictAfter((db) => {
        try {
          db.prepare(`update ${table} set ${column} = ? where ${rowid} = ?`).run(other, id);
        } catch (error) {
          // Two rows cannot have one key: this alteration cannot be made.
          if (!(error instanceof Error) || !/UNIQUE/.test(error.message)) throw error;
          refused = true;
        }
      });
      if (refused) continue;
      const what = `${table}.${column} of ${id}: ${String(other)}`;
      expect(verdict.ok, what).toBe(false);
      const named = verdict.faults.map(({ sequence }) => sequence);
      if (table === "entry" || (table === "detail" && column === "opening")) expect(named[0], what).toBe(at);
      else if (table === "detail") expect(named, what).toContain(at);
    }
  }
});

test("an altered hash of the tree names the first entry it covers, once", () => {
  const db = new Database(whole);
  const positions = db.prepare<[], number>("select position from node where tree_id = 0").pluck().all();
  db.close();
  for (const position of positions) {
    const verdict = verdictAfter((db) =>
      db.prepare("update node set hash = zeroblob(32) where tree_id = 0 and position = ?").run(position),
    );
    expect(verdict.faults.filter(({ kind }) => kind === "tree changed").length, String(position)).toBe(1);
  }
});

test("two hashes of the tree cut apart anew are a change, though together they are the same bytes", () => {
  const verdict = verdictAfter((db) => {
    const read = db.prepare<[number], Buffer>("select hash from node where tree_id = 0 and position = ?").pluck();
    const put = db.prepare<[Buffer, number]>("update node set hash = ? where tree_id = 0 and position = ?");
    const both = Buffer.concat([read.get(3)!, read.get(4)!]);
    put.run(both.subarray(0, 20), 3);
    put.run(both.subarray(20), 4);
  });
  expect(verdict.faults.map(({ kind }) => kind)).toContain("tree changed");
});

test("of a long ledger, one entry taken out is one fault, wherever it stood", () => {
  const made = rig((clean) => cleanUps.push(clean));
  fill(made.ledger, 1100);
  const bytes = closedBytes(made);
  const own = readSigningKey(made.keyFile)!.publicKey;
  for (const sequence of [0, 1, 511, 512, 700, 1023, 1024, 1099]) {
    const db = new Database(bytes);
    db.prepare("delete from entry where sequence = ?").run(sequence);
    db.prepare("delete from detail where sequence = ?").run(sequence);
    const { faults } = verifyLedger(db, { key: own });
    db.close();
    expect(faults.map(({ kind, sequence: at }) => [kind, at])).toEqual([["entry missing", sequence]]);
  }
});

const copyRow = (db: Sqlite, from: number, to: number): void => {
  db.prepare(
    "insert or replace into entry select ?, at_ms, newest_ms, type, ref, commitment from entry where sequence = ?",
  ).run(to, from);
  db.prepare("delete from detail where sequence = ?").run(to);
  db.prepare("insert into detail select ?, opening from detail where sequence = ?").run(to, from);
};

test("two entries that changed places are both named", () => {
  const verdict = verdictAfter((db) => {
    copyRow(db, 6, 900);
    copyRow(db, 11, 6);
    copyRow(db, 900, 11);
    db.exec("delete from entry where sequence = 900; delete from detail where sequence = 900");
  });
  expect(verdict.faults.filter(({ kind }) => kind === "entries swapped").map(({ sequence }) => sequence)).toEqual([
    6, 11,
  ]);
  expect(firstFault(verdict)).toMatch(/^entry 6 \(disclosure, .*, d3\): it stood at 11 and was moved here$/);
});

test("an entry that was taken out is named, whether or not the others were moved up", () => {
  const gap = verdictAfter((db) =>
    db.exec("delete from entry where sequence = 7; delete from detail where sequence = 7"),
  );
  expect(firstFault(gap)).toMatch(/^entry 7 is missing, after .* \(answer\): its hash is in the tree/);
  const closed = verdictAfter((db) => {
    for (let sequence = 8; sequence < 16; sequence++) copyRow(db, sequence, sequence - 1);
    db.exec("delete from entry where sequence = 15; delete from detail where sequence = 15");
  });
  expect(closed.faults[0]).toMatchObject({ kind: "entry missing", sequence: 7 });
});

test("an entry that was put in is named, in the middle or at the end", () => {
  const middle = verdictAfter((db) => {
    for (let sequence = 15; sequence >= 7; sequence--) copyRow(db, sequence, sequence + 1);
    copyRow(db, 0, 7);
  });
  expect(middle.faults[0]).toMatchObject({ kind: "entry inserted", sequence: 7, type: "agent.started" });
  const end = verdictAfter((db) => copyRow(db, 0, 16));
  expect(end.faults[0]).toMatchObject({ kind: "entry inserted", sequence: 16 });
});

test("details that were deleted without an erasure on record are missed", () => {
  const verdict = verdictAfter((db) => db.exec("delete from detail where sequence = 6"));
  expect(firstFault(verdict)).toMatch(
    /^entry 6 \(answer, .*\): its details are gone, though no erasure was written down$/,
  );
});

test("a receipt that was deleted without an erasure on record is missed", () => {
  const verdict = verdictAfter((db) =>
    db.exec("update recipient_leaf set receipt = null, clip_id = null where disclosure_id = 'd2'"),
  );
  expect(firstFault(verdict)).toContain("the receipt of the disclosure at entry 7 is gone");
});

/** Rebuilds the device tree from the rows, as somebody would who knows how it works but has not the key. */
function rebuild(db: Sqlite): void {
  db.exec("delete from node where tree_id = 0");
  const trees = new TreeStore(db);
  const rows = db
    .prepare<[], { sequence: number; atMs: number; type: string; ref: string; commitment: string }>(
      "select sequence, at_ms as atMs, type, ref, lower(hex(commitment)) as commitment from entry order by sequence",
    )
    .all();
  for (const row of rows) trees.append(0, row.sequence, entryLeafHash(row));
}

test("history rewritten with every hash made to fit still contradicts what was signed", () => {
  const verdict = verdictAfter((db) => {
    db.exec("update entry set type = 'alarm' where sequence = 6");
    rebuild(db);
  });
  expect(verdict.faults[0]).toMatchObject({ kind: "history rewritten", sequence: 0 });
  expect(firstFault(verdict)).toContain("history was rewritten between entry 0 (agent.started");
});

test("an end cut off with every hash made to fit is missed as long as one signed head is left", () => {
  const verdict = verdictAfter((db) => {
    db.exec("delete from entry where sequence >= 15; delete from detail where sequence >= 15");
    rebuild(db);
  });
  expect(verdict.faults[0]).toMatchObject({ kind: "tail cut off", sequence: 15 });
});

test("with the checkpoints cut off as well, a head kept elsewhere still tells", () => {
  const db = new Database(whole);
  const note = db
    .prepare<[], string>("select note from checkpoint where tree_id = 0 order by size desc")
    .pluck()
    .get()!;
  db.exec("delete from entry where sequence >= 15; delete from detail where sequence >= 15");
  db.exec("delete from checkpoint where tree_id = 0");
  rebuild(db);
  const known = [openCheckpoint(note, key)];
  expect(verifyLedger(db, { key })).toMatchObject({ ok: true, entries: 15, signed: 0 });
  expect(verifyLedger(db, { key, known }).faults.map(({ kind }) => kind)).toContain("tail cut off");
  db.close();
});

test("an old copy put back is noticed at once: recording goes on, sharing does not, until the owner says so", async () => {
  const made = rig();
  await lively(made);
  made.ledger.close();
  const old = readFileSync(made.file);
  made.reopen = () => (made.ledger = Ledger.open({ ...made, device: "porch" }));
  made.reopen();
  for (const id of ["d5", "d6", "d7"]) made.ledger.commitDisclosure(facts(id));
  made.ledger.close();
  writeFileSync(made.file, old);
  rmSync(`${made.file}-wal`, { force: true });

  const ledger = made.reopen();
  expect(ledger.faults[0]?.text).toMatch(/^\d+ entries at the end are missing: it ends with entry 15 \(agent.stopped/);
  expect(() => ledger.commitDisclosure(facts("d8"))).toThrow("LEDGER_NOT_TRUSTED");
  ledger.append("alarm", "", { code: "A", detail: "written on" });
  expect((await ledger.verify()).ok).toBe(false);
  expect(ledger.faults).toHaveLength(1);
  fill(ledger, 300);
  ledger.close();

  const again = made.reopen();
  expect(again.faults[0]?.kind).toBe("history rewritten");
  again.accept("cli");
  expect(again.faults).toEqual([]);
  again.commitDisclosure(facts("d8"));
  expect(again.entries({ type: "ledger.accepted" })).toHaveLength(1);
  again.close();
  expect(made.reopen().faults).toEqual([]);
  expect(verifyLedger(made.ledger.database, { key: made.ledger.identity().publicKey }).ok).toBe(true);
});

test("a ledger that was removed while its key stayed is not silently begun anew", () => {
  const made = rig();
  fill(made.ledger, 300);
  made.ledger.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(made.file + suffix, { force: true });
  made.ledger = Ledger.open({ ...made, device: "porch" });
  expect(made.ledger.faults[0]).toMatchObject({ kind: "tail cut off", sequence: 0 });
});

test("a missing or exchanged signing key and a missing kept head close sharing, not recording", () => {
  const made = rig();
  made.ledger.commitDisclosure(facts("d1"));
  made.ledger.close();
  const open = (): Ledger => (made.ledger = Ledger.open({ ...made, device: "porch" }));
  const head = join(made.folder, "keys", "ledger.head");
  const kept = readFileSync(head);

  rmSync(head);
  expect(open().faults[0]?.text).toContain("the head kept beside the signing key is gone");
  made.ledger.close();
  writeFileSync(head, kept.toString().replace("1\n", "0\n"));
  expect(open().faults[0]?.kind).toBe("checkpoint changed");
  made.ledger.close();
  writeFileSync(head, kept);

  const saved = readFileSync(made.keyFile);
  copyFileSync(rig().keyFile, made.keyFile);
  expect(open().faults[0]?.kind).toBe("key");
  made.ledger.close();
  rmSync(made.keyFile);
  expect(open().faults[0]?.text).toContain("the signing key is missing");
  expect(() => made.ledger.commitDisclosure(facts("d2"))).toThrow("LEDGER_NOT_TRUSTED");
  expect(() => made.ledger.accept("cli")).toThrow("LEDGER_NOT_TRUSTED");
  made.ledger.append("alarm", "", { code: "X", detail: "" });
  made.ledger.close();
  writeFileSync(made.keyFile, saved);
  expect(open().faults).toEqual([]);
});

test("a verification in the background lets the ledger be used, and takes what is written and erased meanwhile into account", async () => {
  const made = rig();
  fill(made.ledger, 2000, (n) => `r${n % 10}`);
  let seen = 0;
  const verdict = await verifyInBackground(
    made.ledger.database,
    { key: made.ledger.identity().publicKey },
    ({ done, total }) => {
      expect(done).toBeLessThanOrEqual(total);
      if (seen++ > 2) return;
      made.ledger.commitDisclosure(facts(`d${seen}`));
      made.ledger.eraseDetails({ why: "erasure", ref: `r${seen}` });
      made.ledger.eraseDetails({ why: "erasure", ref: `clip-d${seen}` });
    },
  );
  expect(seen).toBeGreaterThanOrEqual(4);
  expect(verdict).toMatchObject({ ok: true, faults: [], disclosures: 3, receipts: 0, erased: 603 });
});

test("faults that the owner has accepted do not close sharing again, new ones do", async () => {
  const made = rig();
  await lively(made);
  made.ledger.database.exec("update entry set at_ms = at_ms + 1 where sequence = 3");
  const verify = (): Verdict => verifyLedger(made.ledger.database, { key: made.ledger.identity().publicKey });
  made.ledger.distrust(verify().faults);
  expect(() => made.ledger.commitDisclosure(facts("d8"))).toThrow("LEDGER_NOT_TRUSTED: entry 3 (disclosure");
  made.ledger.accept("page");
  await made.clock.advance(seconds(1));
  made.ledger.distrust(verify().faults);
  expect(made.ledger.faults).toEqual([]);
  made.ledger.database.exec("update entry set at_ms = at_ms + 1 where sequence = 6");
  made.ledger.distrust(verify().faults);
  expect(made.ledger.faults.map(({ sequence }) => sequence)).toEqual([6]);
});

test("verifying in the background closes sharing by itself when it finds something", async () => {
  const made = rig();
  await lively(made);
  made.ledger.deviceCheckpoint();
  expect(await made.ledger.verify()).toMatchObject({ ok: true, faults: [] });
  made.ledger.database.exec("update detail set opening = cast(opening || 'x' as blob) where sequence = 6");
  expect(await made.ledger.verify()).toMatchObject({ ok: false, faults: [{ kind: "details changed", sequence: 6 }] });
  expect(() => made.ledger.commitDisclosure(facts("d8"))).toThrow("LEDGER_NOT_TRUSTED: entry 6 (answer");
  const stop = new AbortController();
  stop.abort(new RangeError("stopping"));
  await expect(made.ledger.verify(undefined, stop.signal)).rejects.toThrow("stopping");
});
