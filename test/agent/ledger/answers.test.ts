// The `ledger` commands: what they print, what --json carries, and which exit code says no.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  ledgerAccept,
  ledgerKey,
  ledgerList,
  ledgerProve,
  ledgerReportPage,
  ledgerVerdict,
  ledgerVerifyFile,
} from "../../../agent/ledger/answers.ts";
import { exportLines } from "../../../agent/ledger/export.ts";
import { leafHash } from "../../../agent/ledger/merkle.ts";
import { parsePublicKey } from "../../../agent/ledger/public-key.ts";
import { openTlogProof, parseTlogProof } from "../../../agent/ledger/tlog-proof.ts";
import { fill, lively, rig } from "./rig.ts";

test("ledger list shows the newest entries, one a line, and erased ones as such", async () => {
  const made = rig();
  await lively(made);
  fill(made.ledger, 60);
  const { text, json, exitCode } = ledgerList(made.ledger, { limit: 5 });
  expect(text.split("\n")).toHaveLength(6);
  expect(text).toMatch(/^ {5}71 {2}2026-11-22T12:00:42.000Z {2}alarm {14}FILL: 55$/m);
  expect(json).toMatchObject({
    size: 76,
    entries: [{ sequence: 71 }, {}, {}, {}, { sequence: 75, type: "alarm", ref: "" }],
  });
  expect(exitCode).toBe(0);
  expect(ledgerList(made.ledger, { after: 0, limit: 1 }).text).toContain("clip.started       clip-d1  (erased)");
  expect(ledgerList(made.ledger, { type: "disclosure" }).json).toMatchObject({ entries: [{}, {}, {}] });
  expect(ledgerList(made.ledger, { ref: "nothing" }).text).toBe("no entries\n");
});

test("ledger key prints every form of the key, and each can be given back to verify or trust", async () => {
  const { ledger } = rig();
  const { publicKey, device } = ledger.identity();
  const { text, json } = await ledgerKey(publicKey, device, false);
  expect(parsePublicKey(text).base64).toBe(publicKey.base64);
  for (const form of ["key", "note_key", "pem"])
    expect(parsePublicKey(String(json[form])).base64).toBe(publicKey.base64);
  expect(text).toContain(publicKey.fingerprint);
  expect(text).not.toContain("█");
  expect((await ledgerKey(publicKey, device, true)).text).toContain("█");
});

test("ledger verify says no with an exit code, and names the entry", async () => {
  const made = rig();
  await lively(made);
  const { publicKey } = made.ledger.identity();
  const good = ledgerVerdict(await made.ledger.verify());
  expect(good).toMatchObject({ exitCode: 0, json: { ok: true, entries: 16 } });
  expect(good.text).toContain("verified: 16 entries, 3 disclosures, 2 receipts");
  expect(good.text).toContain("erased: the details of 5 entries; the proof that they were written stands");
  expect(good.text).toContain("not covered by a signed head yet, but whole: the last 4");
  made.ledger.database.exec("update entry set ref = 'clip-d4' where sequence = 6");
  made.ledger.close();
  const bad = ledgerVerifyFile(made.file, publicKey.pem);
  expect(bad.exitCode).toBe(1);
  expect(bad.text).toMatch(
    /^NOT verified:\n {2}entry 6 \(answer, 2026-11-22T12:00:28.000Z, clip-d4\): its time, type, reference/,
  );
});

test("ledger export and verify go together, with a head kept elsewhere as a witness", async () => {
  const made = rig();
  await lively(made);
  const { publicKey } = made.ledger.identity();
  const export_ = (): string => {
    let text = "";
    for (const line of exportLines(made.ledger.database)) text += `${line}\n`;
    const file = join(made.folder, "ledger.jsonl");
    writeFileSync(file, text);
    return file;
  };
  const early = export_();
  expect(ledgerVerifyFile(early, publicKey.base64).exitCode).toBe(0);
  fill(made.ledger, 3);
  const head = made.ledger.deviceCheckpoint()!;
  const late = ledgerVerifyFile(early, publicKey.base64, head);
  expect(late).toMatchObject({ exitCode: 1 });
  expect(late.text).toContain("3 entries at the end are missing");
  expect(ledgerVerifyFile(export_(), publicKey.base64, head).exitCode).toBe(0);
});

test("ledger prove hands out one entry with its details and a proof, and nothing of the others", async () => {
  const made = rig();
  await lively(made);
  const { publicKey } = made.ledger.identity();
  const { text, json } = ledgerProve(made.ledger, 6, made.ledger.deviceCheckpoint());
  const proof = parseTlogProof(text);
  expect(openTlogProof(proof, leafHash(proof.leaf!), publicKey).size).toBe(16);
  expect(json).toMatchObject({
    entry: { sequence: 6, type: "answer" },
    leaf: proof.leaf,
    salt: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect(ledgerProve(made.ledger, 2, made.ledger.deviceCheckpoint()).json).toMatchObject({
    entry: { details: null },
    salt: null,
  });
  expect(() => ledgerProve(made.ledger, 99, made.ledger.deviceCheckpoint())).toThrow("LEDGER_NOT_FOUND");
  fill(made.ledger, 1);
  expect(() => ledgerProve(made.ledger, 16, made.ledger.storedCheckpoint())).toThrow("LEDGER_NOT_FOUND");
});

test("ledger report is the same page as text, as HTML and as facts", async () => {
  const made = rig();
  await lively(made);
  const { text, html, json } = ledgerReportPage(made.ledger);
  expect(text).toContain("Shared with anna: clips and stills 2, small messages 0");
  expect(html).toContain("<h2>Shared with anna: clips and stills 2, small messages 0</h2>");
  expect(json).toMatchObject({ device: "porch", entries: 16 });
});

test("ledger accept tells what was accepted, and that there was nothing when there was nothing", async () => {
  const made = rig();
  await lively(made);
  expect(ledgerAccept(made.ledger, "cli").text).toContain("nothing to accept");
  made.ledger.database.exec("update entry set ref = 'clip-d4' where sequence = 6");
  await made.ledger.verify();
  expect(ledgerAccept(made.ledger, "cli").text).toMatch(/^accepted, and written down:\n {2}entry 6/);
  expect(made.ledger.entries({ type: "ledger.accepted" })[0]?.details?.by).toBe("cli");
});
