// What the `ledger` commands answer, to a terminal and to the page alike: words to print, the JSON for --json, and the exit code.
import { rfc3339 } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { Entry, EntryType } from "./entry.ts";
import { verifyFile } from "./ledger-file.ts";
import { entryLeaf } from "./leaf.ts";
import { openCheckpoint } from "./note.ts";
import { parsePublicKey, type PublicKey } from "./public-key.ts";
import type { Ledger } from "./ledger.ts";
import type { LedgerReader } from "./reader.ts";
import { ledgerReport } from "./report.ts";
import { reportHtml, reportText } from "./report-page.ts";
import { formatTlogProof } from "./tlog-proof.ts";
import type { Verdict } from "./verify.ts";
import { qr } from "../qr.ts";
import { entryWords } from "./entry-words.ts";

export interface Outcome {
  /** For people; ends in a newline. */
  readonly text: string;
  /** For --json: one object. */
  readonly json: Readonly<Record<string, unknown>>;
  /** 0 done, 1 the answer is no. */
  readonly exitCode: 0 | 1;
}

/** Which entries `ledger list` shows. */
export interface ListQuery {
  /** At most this many, 50 by default: the newest, unless `after` says where to begin. */
  readonly limit?: number;
  readonly after?: number;
  readonly type?: EntryType;
  readonly ref?: string;
}

/** `ledger list`: one line an entry, oldest first. */
export function ledgerList(ledger: LedgerReader, query: ListQuery = {}): Outcome {
  const { limit = 50, type, ref } = query;
  const filter = { ...(type ? { type } : {}), ...(ref ? { ref } : {}) };
  const after = query.after ?? (type || ref ? -1 : ledger.size - limit - 1);
  const entries = ledger.entries({ after, limit, ...filter });
  const lines = entries.map(entryLine);
  return {
    text: lines.length ? `${lines.join("\n")}\n` : "no entries\n",
    json: {
      entries: entries.map(({ sequence, at, type, ref, details }) => ({
        sequence,
        at: rfc3339(at),
        type,
        ref,
        details: details ?? null,
      })),
      size: ledger.size,
    },
    exitCode: 0,
  };
}

const entryLine = (entry: Entry): string => {
  const { sequence, at, type, ref } = entry;
  return `${String(sequence).padStart(7)}  ${rfc3339(at)}  ${type.padEnd(18)} ${[ref, entryWords(entry)].filter(Boolean).join("  ")}`;
};

/** `ledger verify`, whoever did the verifying: the agent on its own ledger, or {@link ledgerVerifyFile}. */
export function ledgerVerdict(verdict: Verdict): Outcome {
  const { ok, entries, erased, disclosures, receipts, checkpoints, signed, head, faults } = verdict;
  const unsigned = entries - signed;
  const lines = ok
    ? [
        `verified: ${entries} entries, ${disclosures} disclosures, ${receipts} receipts, ${checkpoints} signed heads`,
        ...(erased ? [`erased: the details of ${erased} entries; the proof that they were written stands`] : []),
        ...(unsigned ? [`not covered by a signed head yet, but whole: the last ${unsigned}`] : []),
        `head: ${head.size} ${head.root}`,
      ]
    : ["NOT verified:", ...faults.map(({ text }) => `  ${text}`)];
  return { text: `${lines.join("\n")}\n`, json: { ...verdict }, exitCode: ok ? 0 : 1 };
}

/**
 * `ledger verify FILE --key KEY [--head NOTE]`: a ledger.db or an export, offline.
 *
 * @param keyText the public key in any of its forms, from the command line or a file.
 * @param headText a checkpoint of the device that was kept elsewhere, if there is one.
 * @throws AgentError LEDGER_KEY_MALFORMED, CHECKPOINT_…, DATABASE_… or LEDGER_EXPORT_MALFORMED.
 */
export function ledgerVerifyFile(file: string, keyText: string, headText?: string): Outcome {
  const key = parsePublicKey(keyText);
  const known = headText === undefined ? [] : [openCheckpoint(headText, key)];
  return ledgerVerdict(verifyFile(file, { key, known }));
}

/**
 * `ledger key`: every form of the public key, and on a terminal a QR code of the verifier key for a telephone. What it prints
 * can be kept as a file and given to `ledger verify --key` or `receive --trust` as it is.
 */
export async function ledgerKey(key: PublicKey, device: string, terminal: boolean): Promise<Outcome> {
  const noteKey = key.noteKey(`doorstep/${device}`);
  const code = terminal ? await qr(noteKey) : undefined;
  const text = [
    `# key of the doorbell "${device}"; compare the fingerprint over another channel`,
    `fingerprint  ${key.fingerprint}`,
    `key          ${key.base64}`,
    `verifier     ${noteKey}`,
    "",
    key.pem,
    ...(code ? [code] : []),
  ];
  const json = { device, key: key.base64, note_key: noteKey, fingerprint: key.fingerprint, pem: key.pem };
  return { text: text.join("\n"), json, exitCode: 0 };
}

/**
 * `ledger prove NUMBER`: a tlog-proof that an entry is in the device's log, with what opens its details.
 *
 * @param checkpoint a signed head that covers the entry: the agent signs a new one, a file has only those it holds.
 * @throws AgentError LEDGER_NOT_FOUND for an entry that is not there or that the head does not cover.
 */
export function ledgerProve(ledger: LedgerReader, sequence: number, checkpoint: string | undefined): Outcome {
  const entry = ledger.entry(sequence);
  const stored = ledger.leafOf(sequence);
  if (!entry || !stored) throw new AgentError("LEDGER_NOT_FOUND", `entry ${sequence}; the last is ${ledger.size - 1}`);
  const head = checkpoint === undefined ? undefined : openCheckpoint(checkpoint, ledger.identity().publicKey);
  if (checkpoint === undefined || !head || head.size <= sequence)
    throw new AgentError(
      "LEDGER_NOT_FOUND",
      `a signed head that covers entry ${sequence}; the newest covers ${head?.size ?? 0}`,
    );
  const path = ledger.inclusion(sequence, head.size).map((hash) => Buffer.from(hash, "base64"));
  const leaf = entryLeaf(stored);
  const proof = formatTlogProof({ leaf, index: sequence, path, checkpoint });
  const { salt } = stored;
  const json = {
    entry: { ...entry, at: rfc3339(entry.at), details: entry.details ?? null },
    leaf,
    salt: salt ?? null,
    proof,
  };
  return { text: proof, json, exitCode: 0 };
}

/** `ledger report`: `html` is the same page for a browser or a printer. */
export function ledgerReportPage(ledger: LedgerReader): Outcome & { readonly html: string } {
  const report = ledgerReport(ledger);
  return { text: reportText(report), html: reportHtml(report), json: { ...report }, exitCode: 0 };
}

/**
 * `ledger accept`: the owner has read the faults and opens sharing again. Written down and signed.
 *
 * @throws AgentError LEDGER_NOT_TRUSTED while the signing key is missing or another.
 */
export function ledgerAccept(ledger: Ledger, by: string): Outcome {
  const faults = ledger.faults.map(({ text }) => text);
  ledger.accept(by);
  const text = faults.length
    ? ["accepted, and written down:", ...faults.map((fault) => `  ${fault}`)]
    : ["nothing to accept: nothing speaks against the ledger"];
  return { text: `${text.join("\n")}\n`, json: { accepted: faults }, exitCode: 0 };
}
