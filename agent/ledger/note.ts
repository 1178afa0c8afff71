// C2SP signed notes and the checkpoints written in them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint). docs/spec/ledger.md §5.
import { AgentError } from "../error.ts";
import type { PublicKey } from "./public-key.ts";

/** The head of one tree: what a checkpoint states. */
export interface TreeHead {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
}

/** Signs with the device's key; see signing-key.ts. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(data: Buffer): Buffer;
}

/** No note of ours is longer: a few hundred bytes, and room for the signatures of witnesses. */
const NOTE_BYTES = 65_536;

/** The signed note of a head; the key's name is the origin, as tlog-checkpoint advises. Equal heads give equal bytes. */
export function signCheckpoint(head: TreeHead, signer: Signer): string {
  const text = checkpointText(head);
  const signature = Buffer.concat([signer.publicKey.noteKeyId(head.origin), signer.sign(Buffer.from(text))]);
  return `${text}\n— ${head.origin} ${signature.toString("base64")}\n`;
}

const checkpointText = ({ origin, size, root }: TreeHead): string => `${origin}\n${size}\n${root.toString("base64")}\n`;

/**
 * The head a checkpoint states, once its signature by `key` under the checkpoint's own origin has been verified. Other
 * signature lines (witnesses, later keys) are ignored, as the specification demands.
 *
 * @param origin when given, the only origin that is accepted.
 * @throws AgentError CHECKPOINT_MALFORMED or CHECKPOINT_SIGNATURE_WRONG.
 */
export function openCheckpoint(note: string, key: PublicKey, origin?: string): TreeHead {
  const { text, head } = parseCheckpoint(note);
  if (origin !== undefined && head.origin !== origin)
    throw new AgentError("CHECKPOINT_SIGNATURE_WRONG", `it speaks of ${head.origin}, not of ${origin}`);
  verifyNote(note, text, key, head.origin);
  return head;
}

/**
 * The text of a note that `key` signed under `name`.
 *
 * @throws AgentError CHECKPOINT_MALFORMED or CHECKPOINT_SIGNATURE_WRONG.
 */
export function openNote(note: string, key: PublicKey, name: string): string {
  const text = noteText(note);
  verifyNote(note, text, key, name);
  return text;
}

/**
 * What a checkpoint says, signature unseen: for messages about a note, never for trust.
 *
 * @throws AgentError CHECKPOINT_MALFORMED.
 */
export function parseCheckpoint(note: string): { text: string; head: TreeHead } {
  const text = noteText(note);
  const [, origin, size, root] =
    /^([^\n]+)\n(0|[1-9][0-9]{0,12})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/.exec(text) ?? [];
  if (!origin || !size || !root) throw new AgentError("CHECKPOINT_MALFORMED", "no origin, size and root in it");
  return { text, head: { origin, size: Number(size), root: Buffer.from(root, "base64") } };
}

function noteText(note: string): string {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || note.length > NOTE_BYTES || !note.endsWith("\n") || /[^\P{Cc}\n]/u.test(note))
    throw new AgentError("CHECKPOINT_MALFORMED", "not a signed note");
  return note.slice(0, end + 1);
}

function verifyNote(note: string, text: string, key: PublicKey, name: string): void {
  const id = key.noteKeyId(name);
  const lines = note.slice(text.length + 1, -1).split("\n");
  let signed = false;
  for (const line of lines) {
    const [, by, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
    if (!by || !encoded) throw new AgentError("CHECKPOINT_MALFORMED", "a signature line that is none");
    const bytes = Buffer.from(encoded, "base64");
    if (bytes.toString("base64") !== encoded) throw new AgentError("CHECKPOINT_MALFORMED", "base64 with bits to spare");
    if (by !== name || !bytes.subarray(0, 4).equals(id)) continue;
    if (!key.verifies(Buffer.from(text), bytes.subarray(4)))
      throw new AgentError("CHECKPOINT_SIGNATURE_WRONG", `signed as ${name}, but the signature does not fit`);
    signed = true;
  }
  if (!signed) throw new AgentError("CHECKPOINT_SIGNATURE_WRONG", `no signature of this key as ${name}`);
}
