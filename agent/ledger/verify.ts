// Full verification of a ledger with nothing but the device's public key: every entry, hash, signed head and receipt recomputed,
// the first change named. At once, or in the background a few milliseconds at a time. docs/spec/ledger.md §8.
import Database from "better-sqlite3";
import type { Sqlite } from "../sqlite.ts";
import type { LedgerFault } from "./fault.ts";
import { Findings } from "./findings.ts";
import type { TreeHead } from "./note.ts";
import type { PublicKey } from "./public-key.ts";
import { LedgerReader, type Head } from "./reader.ts";
import { faultsAgainstHead } from "./standing.ts";
import { DEVICE_TREE, TreeStore } from "./tree-store.ts";
import { checkCheckpoints, checkFrame, checkUnlisted } from "./verify-checkpoints.ts";
import { EntryCheck } from "./verify-entries.ts";
import { RecipientCheck } from "./verify-recipients.ts";

export interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  /** Entries whose details were erased, all of them on record. */
  readonly erased: number;
  readonly disclosures: number;
  /** Receipts still kept, and verified. */
  readonly receipts: number;
  readonly checkpoints: number;
  /** Entries the newest signed head covers; those after it are whole, but only their hashes say so. */
  readonly signed: number;
  readonly head: Head;
  /** The first changed entry first. */
  readonly faults: readonly LedgerFault[];
}

/** What a verification is held against. */
export interface VerifyOptions {
  readonly key: PublicKey;
  /** Heads of the device tree that are known to be true: the one kept beside the key, or written down elsewhere. */
  readonly known?: readonly TreeHead[];
}

/** Entries walked, of how many. */
export interface VerifyProgress {
  readonly done: number;
  readonly total: number;
}

/** Verifies at once, blocking. */
export function verifyLedger(db: Sqlite, options: VerifyOptions): Verdict {
  const steps = verification(db, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Verifies a ledger that is in use, letting everything else run after every few hundred entries. What is appended or erased
 * meanwhile is taken into account.
 *
 * @throws whatever `signal` was aborted with.
 */
export async function verifyInBackground(
  db: Sqlite,
  options: VerifyOptions,
  progress?: (progress: VerifyProgress) => void,
  signal?: AbortSignal,
): Promise<Verdict> {
  const steps = verification(db, options);
  for (;;) {
    signal?.throwIfAborted();
    const step = steps.next();
    if (step.done) return step.value;
    progress?.(step.value);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function* verification(db: Sqlite, options: VerifyOptions): Generator<VerifyProgress, Verdict> {
  const findings = new Findings();
  try {
    return yield* walk(db, options, findings);
  } catch (error) {
    // A page that cannot be read is a finding like any other; so is a row no program of ours would write.
    if (!(error instanceof Database.SqliteError) && !(error instanceof TypeError)) throw error;
    findings.other("file changed", `the database cannot be read any further (${error.message})`);
    return { ...NOTHING, faults: findings.faults };
  }
}

const NOTHING = {
  ok: false,
  entries: 0,
  erased: 0,
  disclosures: 0,
  receipts: 0,
  checkpoints: 0,
  signed: 0,
  head: { size: 0, root: "" },
};

function* walk(db: Sqlite, { key, known = [] }: VerifyOptions, findings: Findings): Generator<VerifyProgress, Verdict> {
  const entries = new EntryCheck(db, findings);
  while (entries.step()) yield { done: entries.size, total: Math.max(entries.began, entries.size) };

  const checks = new Map<number, RecipientCheck>();
  const trees = new TreeStore(db);
  const recipients = (): RecipientCheck[] => {
    for (const tree of trees.all())
      if (tree.id !== DEVICE_TREE && !checks.has(tree.id))
        checks.set(tree.id, new RecipientCheck(db, tree, key, findings));
    return [...checks.values()];
  };
  for (const check of recipients()) while (check.step()) yield { done: entries.size, total: entries.size };

  // From here on nothing else runs in between, so that what was written meanwhile is seen whole.
  entries.finish();
  for (const check of recipients()) {
    check.finish();
    for (const sequence of check.withoutReceipt.filter((gone) => !entries.isErased(gone)))
      findings.other(
        "receipt missing",
        `the receipt of the disclosure at entry ${sequence} is gone, though no erasure was written down`,
        sequence,
      );
  }
  const checkpoints = trees
    .all()
    .map((tree) => ({ tree, ...checkCheckpoints(db, tree, (checks.get(tree.id) ?? entries).tree, key, findings) }));
  checkFrame(db, trees.all(), key, findings);
  checkUnlisted(db, findings);
  const reader = new LedgerReader(db);
  for (const head of known) findings.add(faultsAgainstHead(reader, head));

  const { faults } = findings;
  const sum = (count: (check: RecipientCheck) => number): number =>
    recipients().reduce((n, check) => n + count(check), 0);
  return {
    ok: faults.length === 0,
    entries: entries.size,
    erased: entries.erased(),
    disclosures: sum((check) => check.size),
    receipts: sum((check) => check.receipts),
    checkpoints: checkpoints.reduce((n, { count }) => n + count, 0),
    signed: checkpoints.find(({ tree }) => tree.id === DEVICE_TREE)?.signed ?? 0,
    head: faults.length === 0 ? reader.head() : { size: entries.size, root: "" },
    faults,
  };
}
