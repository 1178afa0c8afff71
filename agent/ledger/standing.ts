// Whether a ledger that is being opened is the one its key and its kept head know: noticed at once, without reading it all.
import { AgentError } from "../error.ts";
import type { LedgerFault } from "./fault.ts";
import { openCheckpoint, type TreeHead } from "./note.ts";
import type { PublicKey } from "./public-key.ts";
import type { LedgerReader } from "./reader.ts";

/**
 * The faults that speak against `ledger`: another key, or a history that the head kept beside the key contradicts.
 *
 * @param kept the note in ledger.head, undefined when there is no such file.
 */
export function faultsAtOpening(
  ledger: LedgerReader,
  key: PublicKey | undefined,
  kept: string | undefined,
): LedgerFault[] {
  if (!key) return [{ kind: "key", text: "the signing key is missing, so nothing can be signed or disclosed" }];
  const { publicKey } = ledger.identity();
  if (!publicKey.equals(key))
    return [
      { kind: "key", text: `the ledger was begun with key ${publicKey.fingerprint}, keys/ holds ${key.fingerprint}` },
    ];
  if (kept === undefined)
    return ledger.storedCheckpoint() === undefined
      ? []
      : [
          {
            kind: "history rewritten",
            text: "the head kept beside the signing key is gone: nothing shows that this is the newest ledger",
          },
        ];
  try {
    return faultsAgainstHead(ledger, openCheckpoint(kept, key));
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    if (error.code === "LEDGER_ALTERED") return [{ kind: "tree changed", text: error.message }];
    return [
      { kind: "checkpoint changed", text: `the head kept beside the signing key cannot be trusted (${error.message})` },
    ];
  }
}

/** The faults of a ledger against a head of its device tree that is known to be true. */
export function faultsAgainstHead(ledger: LedgerReader, head: TreeHead): LedgerFault[] {
  const { size } = ledger;
  if (size < head.size) {
    const last = size > 0 ? ledger.entry(size - 1) : undefined;
    const end = last
      ? `it ends with entry ${last.sequence} (${last.type}, ${new Date(last.at).toISOString()})`
      : "it is empty";
    const text = `${head.size - size} entries at the end are missing: ${end}, but a signed head covers ${head.size}; an old copy was restored, or the end was cut off`;
    return [{ kind: "tail cut off", sequence: size, text }];
  }
  const { root } = ledger.headAt(head.size);
  if (root === head.root.toString("base64")) return [];
  const text = `its first ${head.size} entries are not those that were signed: an old copy was restored and written on, or history was rewritten`;
  return [{ kind: "history rewritten", text }];
}
