// What a card does to a ledger's files: pieces missing, overwritten, a write-ahead log that breaks off.
import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { Ledger } from "../../../agent/ledger/ledger.ts";
import { verifyLedger } from "../../../agent/ledger/verify.ts";
import { facts, fill, lively, rig, type Rig } from "./rig.ts";

const reopen = (made: Rig): Ledger => (made.ledger = Ledger.open({ ...made, device: "porch" }));

const DAMAGES: readonly (readonly [name: string, damage: (bytes: Buffer) => Buffer])[] = [
  ["cut in the middle", (bytes) => bytes.subarray(0, bytes.length >> 1)],
  ["cut after its first page", (bytes) => bytes.subarray(0, 4096)],
  ["with a head that is no database's", (bytes) => Buffer.concat([Buffer.alloc(100, 0x5a), bytes.subarray(100)])],
  [
    "with a page of zeros",
    (bytes) => Buffer.concat([bytes.subarray(0, 8192), Buffer.alloc(4096), bytes.subarray(12_288)]),
  ],
  ["with a table that has another name", (bytes) => replaced(bytes, "CREATE TABLE entry", "CREATE TABLE entrz")],
  ["without the row that says whose it is", (bytes) => replaced(bytes, "porch", "\0\0\0\0\0")],
];
const replaced = (bytes: Buffer, from: string, to: string): Buffer =>
  Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");

for (const [name, damage] of DAMAGES)
  test(`a database ${name} closes sharing until the owner says so, and recording goes on`, async () => {
    const made = rig();
    await lively(made);
    made.ledger.close();
    writeFileSync(made.file, damage(readFileSync(made.file)));
    for (const journal of ["-wal", "-shm"]) rmSync(made.file + journal, { force: true });

    const ledger = reopen(made);
    ledger.append("clip.started", "c9", { triggers: ["button"] });
    const { ok } = await ledger.verify();

    expect(ok).toBe(false);
    expect(ledger.faults.length).toBeGreaterThan(0);
    expect(() => ledger.commitDisclosure(facts("d9"))).toThrow("LEDGER_NOT_TRUSTED");
    ledger.close();
    const again = reopen(made);
    await again.verify();
    expect(() => again.commitDisclosure(facts("d9"))).toThrow("LEDGER_NOT_TRUSTED");
    again.accept("cli");
    again.commitDisclosure(facts("d9"));
  });

test("a database that cannot be read is kept beside the new one, and named", async () => {
  const made = rig();
  await lively(made);
  made.ledger.close();
  truncateSync(made.file, 5000);
  const broken = readFileSync(made.file);

  const first = reopen(made);
  expect(first.faults[0]?.text).toContain(`stands aside as ${made.file}.damaged-1`);
  expect(readFileSync(`${made.file}.damaged-1`).equals(broken)).toBe(true);
  first.close();
  writeFileSync(made.file, "not a database, but long enough to be looked at ".repeat(100));
  rmSync(join(dirname(made.keyFile), "ledger.head"));

  const second = reopen(made);
  expect(readdirSync(dirname(made.file)).filter((name) => name.includes("damaged"))).toHaveLength(2);
  second.close();
  expect(reopen(made).faults.map(({ kind }) => kind)).toEqual(["checkpoint changed"]);
});

test("a write-ahead log cut at any byte loses no more than the end, in whole entries, and what is missed is named", async () => {
  const made = rig();
  await lively(made);
  const [head, copy] = [join(dirname(made.keyFile), "ledger.head"), join(made.folder, "copy.db")];
  made.ledger.database.pragma("wal_checkpoint(TRUNCATE)");
  const before = made.ledger.size;
  for (let n = 0; n < 6; n++) fill(made.ledger, 3);
  copyFileSync(made.file, copy);
  const wal = readFileSync(`${made.file}-wal`);
  const own = made.ledger.identity().publicKey;
  made.ledger.close();
  const kept = readFileSync(head);
  const cutAt = (cut: number): Ledger => {
    copyFileSync(copy, made.file);
    rmSync(`${made.file}-shm`, { force: true });
    writeFileSync(`${made.file}-wal`, wal.subarray(0, cut));
    return reopen(made);
  };
  const cuts = Array.from({ length: Math.ceil(wal.length / 1021) }, (_, n) => n * 1021);
  const sizes = new Set<number>();
  for (const cut of [...cuts, wal.length]) {
    rmSync(head, { force: true });
    const ledger = cutAt(cut);
    sizes.add(ledger.size);
    expect((ledger.size - before) % 3, `cut at ${cut}`).toBe(0);
    expect(verifyLedger(ledger.database, { key: own }).faults, `cut at ${cut}`).toEqual([]);
    ledger.close();
  }
  expect([...sizes].sort((a, b) => a - b)).toEqual(Array.from({ length: 7 }, (_, n) => before + 3 * n));
  writeFileSync(head, kept);
  expect(cutAt(0).faults.map(({ kind }) => kind)).toEqual(["tail cut off"]);
});
