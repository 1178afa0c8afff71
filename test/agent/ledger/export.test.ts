// The export and other ways of looking at a ledger from outside: files, copies, damaged files, the report.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { AgentError } from "../../../agent/error.ts";
import { exportLines } from "../../../agent/ledger/export.ts";
import { verifyFile } from "../../../agent/ledger/ledger-file.ts";
import { parsePublicKey } from "../../../agent/ledger/public-key.ts";
import { ledgerReport } from "../../../agent/ledger/report.ts";
import { reportHtml, reportText } from "../../../agent/ledger/report-page.ts";
import type { Verdict } from "../../../agent/ledger/verify.ts";
import { hours, seconds } from "../../../drivers/clock/clock.ts";
import { facts, lively, rig, temporaryFolder, type Rig } from "./rig.ts";
import vectors from "../../vectors/ledger.json" with { type: "json" };

const key = parsePublicKey(vectors.key.base64);

function verifyText(text: string): Verdict {
  const file = join(temporaryFolder(), "ledger.jsonl");
  writeFileSync(file, text);
  return verifyFile(file, { key });
}

const exported = `${vectors.export.lines.join("\n")}\n`;

test("the export of the vectors verifies with the key alone", () => {
  expect(verifyText(exported)).toMatchObject({
    ok: true,
    entries: 9,
    erased: 2,
    disclosures: 3,
    receipts: 2,
    signed: 9,
    faults: [],
  });
});

interface Alteration {
  readonly name: string;
  readonly find?: string;
  readonly replace?: string;
  readonly remove?: string;
  readonly cut?: number;
  readonly kind: string;
  readonly sequence: number | null;
}

test.each(vectors.alterations as Alteration[])(
  "an altered export: $name",
  ({ find, replace, remove, cut, kind, sequence }) => {
    const { lines } = vectors.export;
    const altered = find
      ? exported.replace(find, replace!)
      : `${(remove ? lines.filter((line) => !line.includes(remove)) : lines.slice(0, -cut!)).join("\n")}\n`;
    expect(altered).not.toBe(exported);
    const [fault] = verifyText(altered).faults;
    expect(fault?.kind).toBe(kind);
    expect(fault?.sequence ?? null).toBe(sequence);
  },
);

test("two entries that change places in an export are named, wherever they stand", () => {
  const { lines } = vectors.export;
  const entries = lines.filter((line) => line.startsWith('{"entry"')).length;
  for (let at = 1; at < entries; at++) {
    const swapped = lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!);
    expect(verifyText(`${swapped.join("\n")}\n`).faults).toMatchObject([
      { kind: "file changed", text: `entry ${at - 1} stands after entry ${at}` },
    ]);
  }
});

test("no single character of an export can be changed unnoticed", () => {
  const silent: number[] = [];
  for (let at = 0; at < exported.length; at += 31) {
    const code = exported.charCodeAt(at);
    const altered = exported.slice(0, at) + String.fromCharCode(code ^ 1) + exported.slice(at + 1);
    try {
      if (verifyText(altered).ok) silent.push(at);
    } catch (error) {
      expect(error).toBeInstanceOf(AgentError);
    }
  }
  expect(silent.map((at) => exported.slice(at - 10, at + 10))).toEqual([]);
}, 120_000);

test("what is not an export at all is refused in one sentence", () => {
  for (const text of ["", "\n", "hello\n", "{}\n", '{"doorstep_ledger":2}\n', "[]\n"])
    expect(() => verifyText(text), text).toThrow("LEDGER_EXPORT_MALFORMED");
  expect(() => verifyFile(join(temporaryFolder(), "nothing"), { key })).toThrow("DATABASE_UNREADABLE");
  expect(() => verifyFile(temporaryFolder(), { key })).toThrow("DATABASE_UNREADABLE");
});

test("a ledger and its export lead to the same verdict, erased entries and all", async () => {
  const made = rig();
  await lively(made);
  const own = made.ledger.identity().publicKey;
  made.ledger.deviceCheckpoint();
  const file = join(made.folder, "ledger.jsonl");
  writeFileSync(file, Array.from(exportLines(made.ledger.database), (line) => `${line}\n`).join(""));
  made.ledger.close();
  expect(verifyFile(file, { key: own })).toEqual(verifyFile(made.file, { key: own }));
  expect(verifyFile(file, { key: own })).toMatchObject({ ok: true, entries: 16, erased: 5 });
});

test("a ledger in use can be verified by another process, and a copy on a read-only stick leaves nothing beside it", async () => {
  const made = rig();
  await lively(made);
  const own = made.ledger.identity().publicKey;
  expect(verifyFile(made.file, { key: own })).toMatchObject({ ok: true, entries: 16 });
  made.ledger.append("alarm", "", { code: "STILL", detail: "writing" });
  expect(verifyFile(made.file, { key: own })).toMatchObject({ ok: true, entries: 17 });
  made.ledger.close();
  const stick = join(made.folder, "stick");
  mkdirSync(stick);
  copyFileSync(made.file, join(stick, "ledger.db"));
  chmodSync(stick, 0o500);
  expect(verifyFile(join(stick, "ledger.db"), { key: own })).toMatchObject({ ok: true, entries: 17 });
  expect(readdirSync(stick)).toEqual(["ledger.db"]);
  chmodSync(stick, 0o700);
});

/** Everything the ledger's own tables say. */
function dump(bytes: Buffer): string {
  const db = new Database(bytes);
  try {
    const tables = ["identity", "tree", "entry", "detail", "node", "recipient_leaf", "checkpoint"];
    return JSON.stringify(tables.map((table) => db.prepare(`select * from ${table}`).raw().all()));
  } finally {
    db.close();
  }
}

test("any bit of the database file flipped is an error, a fault, or changes nothing that the ledger says", async () => {
  const made = rig();
  await lively(made);
  const own = made.ledger.identity().publicKey;
  made.ledger.close();
  const whole = readFileSync(made.file).fill(1, 18, 20);
  const before = dump(whole);
  const file = join(made.folder, "flipped.db");
  let detected = 0;
  const flips = 700;
  for (let n = 0; n < flips; n++) {
    const bit = Math.floor((n * whole.length * 8) / flips) + (n % 8);
    const flipped = Buffer.from(whole);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(file, flipped);
    try {
      if (!verifyFile(file, { key: own }).ok) detected++;
      else expect(dump(flipped), `bit ${bit}`).toBe(before);
    } catch (error) {
      expect(error, `bit ${bit}`).toBeInstanceOf(AgentError);
      detected++;
    }
  }
  expect(detected).toBeGreaterThan(flips / 20);
}, 120_000);

const WRITER = `
import { Ledger } from ${JSON.stringify(new URL("../../../agent/ledger/ledger.ts", import.meta.url).href)};
const [file, keyFile] = process.argv.slice(1);
const clock = { wall: () => 1795348800000, uptime: () => 0, sleep: () => new Promise(() => {}) };
const ledger = Ledger.open({ file, keyFile, device: "porch", clock });
const facts = ${JSON.stringify(facts("ID"))};
for (let n = ledger.size; ; n++) {
  if (n % 5 === 0) ledger.commitDisclosure({ ...facts, jti: "d" + n });
  else ledger.append("alarm", "", { code: "X", detail: String(n) });
  process.stdout.write(ledger.size + "\\n");
}`;

/** Writes as fast as it can in another process and is killed after `acknowledged` entries; returns the last it reported. */
async function killedWriter(made: Rig, acknowledged: number): Promise<number> {
  const writer = spawn(process.execPath, ["--input-type=module", "-e", WRITER, made.file, made.keyFile], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  writer.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (said.split("\n").length > acknowledged) writer.kill("SIGKILL");
  });
  await once(writer, "close");
  return Number(said.split("\n").at(-2));
}

test("a writer killed at any moment loses nothing it had acknowledged, and leaves a ledger that verifies", async () => {
  const made = rig();
  made.ledger.close();
  for (const acknowledged of [1, 40, 7, 120, 300]) {
    const last = await killedWriter(made, acknowledged);
    const ledger = made.reopen();
    expect(ledger.faults).toEqual([]);
    expect(ledger.size).toBeGreaterThanOrEqual(last);
    const own = ledger.identity().publicKey;
    ledger.close();
    expect(verifyFile(made.file, { key: own }).faults).toEqual([]);
  }
}, 60_000);

test("the report tells what was recorded, shared, asked and changed, and escapes what strangers wrote", async () => {
  const made = rig();
  const { ledger, clock } = made;
  ledger.append("agent.started", "", { version: "0.1.0", recovered: [] });
  ledger.append("camera.opened", "", { source: "simulated" });
  await clock.advance(hours(2));
  ledger.append("camera.closed", "", { why: "privacy switch" });
  ledger.append("camera.opened", "", { source: "simulated" });
  await clock.advance(hours(1));
  ledger.append("alarm", "", { code: "X", detail: "last words before the power failed" });
  await clock.advance(hours(5));
  ledger.append("agent.started", "", { version: "0.1.0", recovered: [] });
  await lively(made);
  ledger.commitDisclosure(facts("d4", "ben"));
  for (const id of ["d2", "d4"]) ledger.append("delivery", id, { recipient: "ben", state: "withdrawn", detail: "" });
  ledger.commitDisclosure(facts("d5", "court"));
  ledger.append("export", "clip-d5", { recipient: "court", sha256: "00" });
  ledger.append("delivery", "d5", { recipient: "court", state: "unconfirmed", detail: "handed over as a file" });
  const ready = { sha256: "00", bytes: 1, duration_s: 1, started: "", clock_trusted: true, triggers: [] } as const;
  for (const id of ["c1", "c2"])
    ledger.append("clip.ready", id, { ...ready, zones: [], audio: false, objected: false });
  ledger.append("clip.deleted", "c1", { why: "owner", had_received: [] });
  const ring = { recipient: "carl", kind: "event", clip: "", sent_sha256: "", sent_bytes: 59 };
  ledger.append("disclosure", "e1", ring);
  ledger.append("request", "r1", { kind: "disclosure", from: "<b>police</b>", emergency: true, span: "yesterday" });
  ledger.append("request", "r2", { kind: "access", from: "a neighbour", emergency: false, span: "monday" });
  ledger.append("request.answered", "r2", { answer: "handed over two pictures" });
  ledger.append("policy.changed", "", { digest: "0", tightened: [], widened: ["recipient.ben.clips: never to ask"] });
  await clock.advance(seconds(1));

  const report = ledgerReport(ledger);
  expect(report).toMatchObject({ device: "porch", camera_s: 3 * 3600, microphone_s: 0, erased_entries: 5 });
  expect(
    report.recipients.map(({ recipient, disclosures, events }) => [
      recipient,
      disclosures.map(({ disclosure, state, left, receipt }) => [disclosure, state, left, receipt]),
      events,
    ]),
  ).toEqual([
    [
      "anna",
      [
        ["d1", "erased", false, false],
        ["d3", "confirmed", true, true],
      ],
      0,
    ],
    [
      "ben",
      [
        ["d2", "withdrawn", true, true],
        ["d4", "withdrawn", false, true],
      ],
      0,
    ],
    ["carl", [], 1],
    ["court", [["d5", "handed over", true, true]], 0],
  ]);
  expect(report.requests.map(({ from, answer }) => [from, answer])).toEqual([
    ["<b>police</b>", undefined],
    ["a neighbour", "handed over two pictures"],
  ]);
  const text = reportText(report);
  expect(text).toContain('disclosure, from <b>police</b>, said to be an "emergency": not answered');
  expect(text).toContain("Shared with carl: clips and stills 0, small messages 1\n  no clip and no still\n");
  expect(text).toMatch(/, sent, and withdrawn afterwards, receipt d2\n.*, withdrawn before it was sent, receipt d4\n/);
  expect(text).toMatch(/, handed over as a file, receipt d5\n/);
  expect(text).toMatch(/clip c\S+, [\d,]+ bytes, sent, and confirmed to have arrived, receipt d3/);
  expect(text).toContain("clips recorded: 2; still kept: 1; deleted: 2 (1 erased, 1 by the owner)");
  expect(text).toContain("camera open for 3.0 hours, microphone for 0.0 hours");
  expect(text).toContain("+ recipient.ben.clips: never to ask");
  const html = reportHtml(report);
  expect(html).toContain("&#60;b&#62;police");
  expect(html).not.toContain("<b>police");
});

test("an empty ledger has a report too", () => {
  expect(reportText(ledgerReport(rig().ledger))).toContain("Nothing has been written down yet.");
});
