// What the ledger costs, as ratios within one run: an append against a plain durable insert, a million entries against a
// thousand, a full verification against nothing but the hashes it cannot do without.
import { createHash, hash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Ledger } from "../../agent/ledger/ledger.ts";
import type { DisclosureFacts } from "../../agent/ledger/receipt-issue.ts";
import { verifyLedger } from "../../agent/ledger/verify.ts";
import { SystemClock } from "../../drivers/clock/system.ts";

export interface Figure {
  readonly name: string;
  /** Ours divided by the other, medians over alternating rounds. */
  readonly ratio: number;
  /** The ratio wanted, "<= 2.5" or ">= 0.5". */
  readonly wanted: string;
  readonly detail: string;
}

const ZEROS = "0".repeat(64);

const DETAILS = {
  recipient: "anna",
  kind: "clip",
  effect: "ask" as const,
  reasons: [{ rule: "§4.1 ask", text: "clips for anna go out after the owner has approved" }],
};

const factsOf = (id: string): DisclosureFacts => ({
  sub: "anna",
  jti: id,
  clip: { id: `clip-${id}`, sha256: ZEROS, started: "2026-11-22T11:59:50.000Z", duration_s: 14.25 },
  sent: { kind: "clip", type: "video/mp4", encrypted: true, audio: false, bytes: 1_000_000, sha256: ZEROS },
  decision: { effect: "permit", reasons: DETAILS.reasons },
  policy_sha256: ZEROS,
  owner_authorisation: { how: "cli", at: "2026-11-22T12:00:00.000Z" },
  not_after: "2026-11-29T12:00:00.000Z",
});

/** A ledger of `entries` in a folder of its own; decisions, or disclosures with their receipts. */
function filled(folder: string, entries: number, kind: "decisions" | "disclosures" = "decisions"): Ledger {
  const place = join(folder, String(entries));
  const ledger = Ledger.open({
    file: join(place, "ledger.db"),
    keyFile: join(place, "keys", "ledger.ed25519"),
    device: "porch",
    clock: new SystemClock(),
  });
  const batch = 5000;
  for (let from = 0; from < entries; from += batch)
    ledger.transaction(() => {
      for (let n = from; n < Math.min(from + batch, entries); n++) {
        if (kind === "disclosures") ledger.commitDisclosure(factsOf(`d${n}`));
        else ledger.append("decision", `clip-${n}`, DETAILS);
      }
    });
  return ledger;
}

/** Microseconds a call, the median of `rounds` of `calls`, each work taking its turn in every round. */
function mediansOf(rounds: number, calls: number, works: readonly (() => unknown)[]): number[] {
  const times = works.map((): number[] => []);
  for (let round = -2; round < rounds; round++)
    for (const [at, work] of works.entries()) {
      const from = performance.now();
      for (let call = 0; call < calls; call++) work();
      if (round >= 0) times[at]!.push(((performance.now() - from) * 1000) / calls);
    }
  return times.map((of) => of.sort((a, b) => a - b)[of.length >> 1]!);
}

const us = (time: number): string => `${time.toFixed(time < 100 ? 1 : 0)} µs`;

/** A durable append, and a durable disclosure with its receipt and both signed heads, against one plain insert. */
export function appendFigures(folder: string): Figure[] {
  const ledger = filled(folder, 1000);
  const plain = new Database(join(folder, "plain.db"));
  plain.pragma("journal_mode = WAL");
  plain.pragma("synchronous = FULL");
  plain.exec(
    "create table entry (sequence integer primary key, at_ms integer, type text, ref text, details text) strict",
  );
  const insert = plain.prepare("insert into entry (at_ms, type, ref, details) values (?, ?, ?, ?)");
  const text = JSON.stringify(DETAILS);
  let id = 0;
  const [append, disclose, one] = mediansOf(40, 25, [
    () => ledger.append("decision", `clip-${id++}`, DETAILS),
    () => ledger.commitDisclosure(factsOf(`x${id++}`)),
    () => insert.run(1_795_348_800_000, "decision", `clip-${id++}`, text),
  ]) as [number, number, number];
  ledger.close();
  plain.close();
  return [
    {
      name: "ledger: durable append / plain durable insert",
      ratio: append / one,
      wanted: "<= 2.5",
      detail: `${us(append)} against ${us(one)}`,
    },
    {
      name: "ledger: durable disclosure (receipt, two trees, signed heads, head kept apart) / plain durable insert",
      ratio: disclose / one,
      wanted: "(shown)",
      detail: `${us(disclose)} against ${us(one)}`,
    },
  ];
}

/** Append and inclusion proof in a ledger of `entries` against one of a thousand; bytes an entry as well. */
export function growthFigures(small: Ledger, large: Ledger): Figure[] {
  let id = 0;
  const append = (ledger: Ledger) => () => ledger.append("decision", `grow-${id++}`, DETAILS);
  const cheap = (ledger: Ledger) => () =>
    ledger.transaction(() => {
      for (let n = 0; n < 100; n++) append(ledger)();
    });
  const prove = (ledger: Ledger) => () => {
    const { size } = ledger;
    ledger.inclusion((randomBytes(4).readUInt32LE() * 7) % size, size);
  };
  const pairs: [string, string, readonly (() => unknown)[], number, number][] = [
    ["durable append", "<= 1.5", [append(large), append(small)], 40, 25],
    ["append without the disk (100 in a transaction)", "<= 1.5", [cheap(large), cheap(small)], 40, 2],
    ["inclusion proof", "<= 1.5", [prove(large), prove(small)], 60, 200],
    ["append and proof", "<= 1.5", [both(append(large), prove(large)), both(append(small), prove(small))], 40, 25],
  ];
  return pairs.map(([what, wanted, works, rounds, calls]) => {
    const [many, few] = mediansOf(rounds, calls, works) as [number, number];
    const name = `ledger: ${what} at ${large.size.toLocaleString("en-GB")} entries / at 1,000`;
    return { name, ratio: many / few, wanted, detail: `${us(many)} against ${us(few)}` };
  });
}

const both = (first: () => unknown, second: () => unknown) => (): void => {
  first();
  second();
};

/** CPU milliseconds that `work` takes: what a ratio needs on a machine that others use too. */
function cpuOf(work: () => void): number {
  const from = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

/** Full verification against one hash a leaf and one a node, with the usual Hash object and with one-shot hashing. */
export function verifyFigures(ledger: Ledger, disclosures: Ledger): Figure[] {
  const verify = (one: Ledger) => (): void => {
    const verdict = verifyLedger(one.database, { key: one.identity().publicKey });
    if (!verdict.ok) throw new RangeError(`the ledger of the benchmark does not verify: ${verdict.faults[0]?.text}`);
  };
  const { size } = ledger;
  const leaf = Buffer.alloc(150, 1);
  const node = Buffer.alloc(65, 2);
  const hashes = (one: (data: Buffer) => unknown) => (): void => {
    for (let n = 0; n < size; n++) {
      one(leaf);
      one(node);
    }
  };
  const rounds = [0, 1, 2].map(() =>
    [
      verify(ledger),
      hashes((data) => createHash("sha256").update(data).digest()),
      hashes((data) => hash("sha256", data, "hex")),
    ].map(cpuOf),
  );
  const [took, usual, oneShot] = [0, 1, 2].map((of) => rounds.map((round) => round[of]!).sort((a, b) => a - b)[1]!) as [
    number,
    number,
    number,
  ];
  const receipts = cpuOf(verify(disclosures)) / disclosures.size;
  return [
    {
      name: "ledger: speed of a full verification / one createHash() a leaf and a node",
      ratio: usual / took,
      wanted: ">= 0.5",
      detail: `${size.toLocaleString("en-GB")} entries in ${(took / 1000).toFixed(1)} s of CPU; the hashes alone ${(usual / 1000).toFixed(1)} s`,
    },
    {
      name: "ledger: speed of a full verification / one crypto.hash() a leaf and a node",
      ratio: oneShot / took,
      wanted: "(shown)",
      detail: `the hashes alone ${(oneShot / 1000).toFixed(1)} s`,
    },
    {
      name: "ledger: verifying a disclosure with its receipt / verifying any other entry",
      ratio: receipts / (took / size),
      wanted: "(shown)",
      detail: `${us(receipts * 1000)} against ${us((took / size) * 1000)}, two signatures against none`,
    },
  ];
}

/** Where the checkout is, and not in /tmp, which is memory on a Debian of today: a sync there costs nothing. */
function folderOnDisk(): string {
  const results = new URL("../../bench/", import.meta.url).pathname;
  mkdirSync(results, { recursive: true });
  if (statfsSync(results).type === TMPFS) process.stderr.write("ledger: this checkout is in memory: durable is free\n");
  return mkdtempSync(join(results, "ledger-"));
}

/** TMPFS_MAGIC of statfs(2). */
const TMPFS = 0x01021994;

/** Everything above, on a disk, with a ledger of `entries`. Takes a minute or two for a million. */
export function ledgerFigures(entries = 1_000_000): Figure[] {
  const folder = folderOnDisk();
  try {
    const appended = appendFigures(join(folder, "append"));
    const disclosures = filled(join(folder, "disclosures"), 1000, "disclosures");
    const small = filled(folder, 1000);
    const large = filled(folder, entries);
    large.database.pragma("wal_checkpoint(TRUNCATE)");
    const bytes = statSync(join(folder, String(entries), "ledger.db")).size / entries;
    const figures = [...appended, ...growthFigures(small, large), ...verifyFigures(large, disclosures)];
    disclosures.close();
    small.close();
    large.close();
    return [
      ...figures,
      { name: "ledger: bytes on the card an entry", ratio: bytes, wanted: "(shown)", detail: `${entries} entries` },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
