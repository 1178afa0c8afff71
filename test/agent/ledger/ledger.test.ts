// The ledger as the recorder uses it: durable appends, disclosures as one transaction, checkpoints, erasure, restarts.
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { verifyConsistency, verifyInclusion } from "../../../agent/ledger/merkle.ts";
import { openCheckpoint } from "../../../agent/ledger/note.ts";
import { openReceipt } from "../../../agent/ledger/receipt-verify.ts";
import { Ledger } from "../../../agent/ledger/ledger.ts";
import { readSigningKey } from "../../../agent/ledger/signing-key.ts";
import { entryLeafHash } from "../../../agent/ledger/leaf.ts";
import { rfc3339, seconds, days, type WallTime } from "../../../drivers/clock/clock.ts";
import { facts, fill, lively, naiveRoot, rig } from "./rig.ts";

test("an entry comes back as it was written, in order, after a restart too", async () => {
  const made = rig();
  const first = made.ledger.append("agent.started", "", { version: "0.1.0", recovered: ["clip-1"] });
  await made.clock.advance(seconds(5));
  const second = made.ledger.append("clip.started", "clip-1", { triggers: ["button", "pir"] });
  expect(first).toMatchObject({ sequence: 0, type: "agent.started", ref: "" });
  expect(second.sequence).toBe(1);
  const ledger = made.reopen();
  expect(ledger.entries()).toEqual([first, second]);
  expect(ledger.entries({ type: "clip.started" })).toEqual([second]);
  expect(ledger.entries({ ref: "clip-1", after: 0, limit: 1 })).toEqual([second]);
  expect(ledger.entry(1)).toEqual(second);
  expect(ledger.entry(2)).toBeUndefined();
  expect(rfc3339(second.at)).toBe("2026-11-22T12:00:05.000Z");
});

test("the head is the root over the leaves of all entries", async () => {
  const made = rig();
  await lively(made);
  const rows = made.ledger.database
    .prepare<[], { sequence: number; atMs: number; type: string; ref: string; commitment: string }>(
      "select sequence, at_ms as atMs, type, ref, lower(hex(commitment)) as commitment from entry order by sequence",
    )
    .all();
  expect(made.ledger.head()).toEqual({
    size: rows.length,
    root: naiveRoot(rows.map(entryLeafHash)).toString("base64"),
  });
});

test("a disclosure is one leaf of its recipient's tree, one entry, and a receipt that proves both", () => {
  const { ledger, keyFile } = rig();
  const committed = ledger.commitDisclosure(facts("d1"));
  ledger.commitDisclosure(facts("d2", "ben"));
  const second = ledger.commitDisclosure(facts("d3"));
  const key = readSigningKey(keyFile)!.publicKey;

  const claims = openReceipt(second.receipt, key);
  expect(claims).toMatchObject({
    iss: "porch",
    sub: "anna",
    jti: "d3",
    log: { index: 1, size: 2, origin: "doorstep/porch/anna" },
  });
  expect(ledger.recipientHead("anna")).toEqual({ size: 2, root: claims.log.root });
  expect(ledger.recipientHead("ben").size).toBe(1);
  expect(ledger.recipientHead("nobody").size).toBe(0);
  expect(ledger.entry(second.sequence)?.details).toMatchObject({
    recipient: "anna",
    recipient_tree: { size: 2, root: claims.log.root },
  });
  expect(ledger.receiptOf("d1")).toBe(committed.receipt);
  expect(ledger.receiptOf("d9")).toBeUndefined();
  expect(ledger.disclosures({ recipient: "anna" }).map(({ disclosure }) => disclosure)).toEqual(["d1", "d3"]);
});

test("what a recipient is shown does not change when others receive, ask or are filmed", () => {
  const shown = (busy: boolean): unknown => {
    const { ledger, keyFile, folder } = rig();
    const key = join(dirname(keyFile), "ledger.ed25519");
    const visible: unknown[] = [];
    for (const id of ["d1", "d2", "d3"]) {
      if (busy) {
        ledger.commitDisclosure(facts(`ben-${id}`, "ben"));
        ledger.append("request", `r-${id}`, { kind: "disclosure", from: "police", emergency: true, span: "" });
      }
      const { receipt } = ledger.commitDisclosure(facts(id));
      const { log, ...claims } = openReceipt(receipt, readSigningKey(key)!.publicKey);
      const head = openCheckpoint(ledger.recipientCheckpoint("anna")!, readSigningKey(key)!.publicKey);
      visible.push({
        claims,
        index: log.index,
        size: log.size,
        path: log.proof.length,
        origin: log.origin,
        signed: head.size,
      });
    }
    expect(existsSync(folder)).toBe(true);
    return visible;
  };
  expect(shown(true)).toEqual(shown(false));
});

test("whatever the caller writes with a disclosure stands or falls with it", () => {
  const { ledger } = rig();
  ledger.database.exec("create table counter (recipient text primary key, sent integer) strict");
  const count = (): unknown => ledger.database.prepare("select count(*) from counter").pluck().get();
  expect(() =>
    ledger.commitDisclosure(facts("d1"), () => {
      ledger.database.exec("insert into counter values ('anna', 1)");
      throw new RangeError("no room");
    }),
  ).toThrow("no room");
  expect([ledger.size, ledger.recipientHead("anna").size, count(), ledger.receiptOf("d1")]).toEqual([
    0,
    0,
    0,
    undefined,
  ]);
  ledger.commitDisclosure(facts("d1"), ({ receipt, sequence }) => {
    expect([receipt.split(".").length, sequence]).toEqual([3, 0]);
    ledger.database.exec("insert into counter values ('anna', 1)");
  });
  expect([ledger.size, ledger.recipientHead("anna").size, count()]).toEqual([1, 1, 1]);
});

test("a transaction that fails takes back every entry in it, and the next one gets its number", () => {
  const made = rig();
  expect(() =>
    made.ledger.transaction(() => {
      made.ledger.append("alarm", "", { code: "X", detail: "" });
      made.ledger.commitDisclosure(facts("d1"));
      throw new RangeError("changed my mind");
    }),
  ).toThrow("changed my mind");
  expect(made.ledger.append("alarm", "", { code: "Y", detail: "" }).sequence).toBe(0);
  made.ledger.transaction(() => {
    expect(() =>
      made.ledger.transaction(() => {
        made.ledger.commitDisclosure(facts("d1"));
        throw new RangeError("not this part");
      }),
    ).toThrow("not this part");
    made.ledger.append("alarm", "", { code: "Z", detail: "" });
  });
  expect(made.ledger.size).toBe(2);
  expect(made.reopen().faults).toEqual([]);
});

test("a disclosure id can be used once only", () => {
  const { ledger } = rig();
  ledger.commitDisclosure(facts("d1"));
  expect(() => ledger.commitDisclosure(facts("d1", "ben"))).toThrow("LEDGER_DISCLOSED_TWICE");
  expect(ledger.size).toBe(1);
});

test("references that would break a line and details beyond all measure are refused", () => {
  const { ledger } = rig();
  for (const ref of ["a\nb", "x".repeat(201), "\u0000", "\ud800"])
    expect(() => ledger.append("alarm", ref, { code: "X", detail: "" })).toThrow("LEDGER_ENTRY_REFUSED");
  expect(() => ledger.append("alarm", "", { code: "X", detail: "x".repeat(70_000) })).toThrow("LEDGER_ENTRY_REFUSED");
  expect(ledger.size).toBe(0);
});

test("the signing key is made once, for the recorder's eyes only, and used ever after", () => {
  const made = rig();
  const before = readFileSync(made.keyFile, "utf8");
  expect(statSync(made.keyFile).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(made.keyFile)).mode & 0o777).toBe(0o700);
  made.reopen();
  expect(readFileSync(made.keyFile, "utf8")).toBe(before);
  expect(made.ledger.identity().publicKey.raw).toEqual(readSigningKey(made.keyFile)!.publicKey.raw);
});

test("two agents cannot write one ledger", () => {
  const made = rig();
  const { file, keyFile, clock } = made;
  expect(() => Ledger.open({ file, keyFile, clock, device: "porch" })).toThrow("STATE_IN_USE");
  made.ledger.close();
  made.ledger = Ledger.open({ file, keyFile, clock, device: "porch" });
  expect(made.ledger.size).toBe(0);
});

test("a signed head is written now and then by itself, on asking, and not twice for the same tree", () => {
  const { ledger, keyFile } = rig();
  fill(ledger, 600);
  const sizes = (): unknown => ledger.database.prepare("select size from checkpoint order by size").pluck().all();
  expect(sizes()).toEqual([512]);
  const note = ledger.deviceCheckpoint()!;
  expect(ledger.deviceCheckpoint()).toBe(note);
  expect(sizes()).toEqual([600]);
  expect(openCheckpoint(note, readSigningKey(keyFile)!.publicKey, "doorstep/porch")).toMatchObject({ size: 600 });
  for (let n = 0; n < 20; n++) ledger.commitDisclosure(facts(`d${n}`));
  expect(sizes()).toEqual([20, 620]);
  fill(ledger, 3500);
  expect(sizes()).toEqual([20, 4096]);
  ledger.append("alarm", "", { code: "A", detail: "" });
  ledger.deviceCheckpoint();
  expect(sizes()).toEqual([20, 4096, 4121]);
});

test("the newest time never goes back, whatever the clock does, and a clock nobody trusts does not count", async () => {
  const made = rig();
  expect(made.ledger.newestAt()).toBeUndefined();
  made.ledger.append("alarm", "", { code: "A", detail: "" });
  made.clock.step("1970-01-01T00:00:10Z");
  made.ledger.append("alarm", "", { code: "B", detail: "" });
  expect(rfc3339(made.ledger.newestAt()!)).toBe("2026-11-22T12:00:00.000Z");
  made.ledger.close();
  made.ledger = Ledger.open({ ...made, device: "porch", clockTrusted: () => false });
  made.clock.step("2099-01-01T00:00:00Z");
  made.ledger.append("alarm", "", { code: "C", detail: "" });
  expect(rfc3339(made.ledger.newestAt()!)).toBe("2026-11-22T12:00:00.000Z");
  expect(made.ledger.entries().map(({ at }) => rfc3339(at).slice(0, 4))).toEqual(["2026", "1970", "2099"]);
});

test("erasing a clip takes its details and receipts, from the file's bytes too, and says so", () => {
  const made = rig();
  const { ledger } = made;
  const secret = "a-name-that-must-go";
  ledger.append("clip.started", "clip-d1", { triggers: ["button"] });
  ledger.append("alarm", "clip-d1", { code: "X", detail: secret });
  ledger.append("alarm", "clip-other", { code: "X", detail: "stays" });
  ledger.commitDisclosure(facts("d1"));
  ledger.append("delivery", "d1", { recipient: "anna", state: "failed", detail: secret });
  const head = ledger.head();
  const bytes = (): string => readFileSync(made.file, "latin1") + readFileSync(`${made.file}-wal`, "latin1");
  expect(bytes()).toContain(secret);

  expect(ledger.eraseDetails({ why: "erasure", ref: "clip-d1" })).toBe(4);
  expect(ledger.entries().map(({ details }) => details === undefined)).toEqual([true, true, false, true, true, false]);
  expect(ledger.receiptOf("d1")).toBeUndefined();
  expect(ledger.disclosure("d1")).toMatchObject({ recipient: "anna", clip: undefined });
  expect(ledger.entry(5)).toMatchObject({
    type: "details.erased",
    details: {
      why: "erasure",
      count: 4,
      ranges: [
        [0, 1],
        [3, 4],
      ],
    },
  });
  expect(ledger.headAt(5)).toEqual(head);
  expect(bytes()).not.toContain(secret);
  expect(ledger.eraseDetails({ why: "erasure", ref: "clip-d1" })).toBe(0);
  expect(ledger.size).toBe(6);
});

test("retention erases what is older than a day, whatever the clock said in between", async () => {
  const { ledger, clock } = rig();
  for (const [n, at] of ["2026-11-20", "2026-11-21", "1970-01-01", "2026-11-22"].entries()) {
    clock.step(`${at}T12:00:00Z`);
    ledger.append("alarm", "", { code: "X", detail: String(n) });
  }
  await clock.advance(days(1));
  expect(ledger.eraseDetails({ why: "retention", before: Date.parse("2026-11-22T00:00:00Z") as WallTime })).toBe(3);
  expect(ledger.entries().map(({ details }) => details !== undefined)).toEqual([false, false, false, true, true]);
  expect(ledger.eraseDetails({ why: "retention", before: Date.parse("2030-01-01T00:00:00Z") as WallTime })).toBe(1);
  expect(ledger.entry(4)).toMatchObject({ type: "details.erased", details: { count: 3 } });
});

test("a proof asked for in a transaction that fails does not spoil those that come after", () => {
  const { ledger } = rig();
  fill(ledger, 1023);
  expect(() =>
    ledger.transaction(() => {
      ledger.append("alarm", "", { code: "X", detail: "never happened" });
      expect(ledger.inclusion(0, 1024)).toHaveLength(10);
      expect(ledger.head().size).toBe(1024);
      throw new RangeError("after all not");
    }),
  ).toThrow("after all not");
  fill(ledger, 1000);
  const root = Buffer.from(ledger.head().root, "base64");
  const { salt: _, ...leaf } = ledger.leafOf(2000)!;
  const proof = ledger.inclusion(2000, ledger.size).map((hash) => Buffer.from(hash, "base64"));
  expect(verifyInclusion(entryLeafHash(leaf), 2000, 2023, root, proof)).toBe(true);
  const older = ledger.headAt(1024);
  const growth = ledger.consistency(1024, 2023).map((hash) => Buffer.from(hash, "base64"));
  expect(verifyConsistency(1024, Buffer.from(older.root, "base64"), 2023, root, growth)).toBe(true);
});
