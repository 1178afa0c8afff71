// Opening what was sealed to this receiver: age files with age-encryption for the header and OpenSSL for the payload.
import { createHash } from "node:crypto";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { armor, Decrypter } from "age-encryption";
import { PAYLOAD_NONCE_BYTES, PayloadOpener } from "../age-payload.ts";
import { AgentError } from "../error.ts";

const READ_BYTES = 256 * 1024;

/** A header is about 200 bytes a classic recipient and 1.6 kB a post-quantum one: this is far more than Doorstep writes. */
const HEADER_LIMIT_BYTES = 64 * 1024;

const ARMOUR = Buffer.from("-----BEGIN AGE ENCRYPTED FILE-----");
const MAGIC = Buffer.from("age-encryption.org/v1\n");

/** Whether these bytes open as an age file does. */
export const looksSealed = (bytes: Uint8Array): boolean => MAGIC.equals(bytes.subarray(0, MAGIC.length));

/** What was written. */
export interface Opened {
  readonly bytes: number;
  /** Lower-case hex of the opened bytes. */
  readonly sha256: string;
}

/**
 * Streams the age file at `source` into a new file at `destination`, fsynced. A failure leaves nothing there: what was cut
 * short never looks like a clip.
 *
 * @throws AgentError CLIP_FOR_ANOTHER_KEY when no identity fits, CLIP_NOT_DECRYPTED when it is not an age file, was altered or
 *   cut short; and whatever the file system says.
 */
export async function unsealFile(source: string, destination: string, identities: readonly string[]): Promise<Opened> {
  const input = await open(source, "r");
  try {
    const opening = await input.read(Buffer.alloc(HEADER_LIMIT_BYTES + PAYLOAD_NONCE_BYTES), 0, null, 0);
    const { opener, start } = await beginOpening(opening.buffer.subarray(0, opening.bytesRead), identities);
    const output = await open(destination, "wx", 0o600);
    try {
      return await openInto(input, start, output, opener);
    } catch (error) {
      await unlink(destination).catch(() => {});
      throw error;
    } finally {
      await output.close();
    }
  } finally {
    await input.close();
  }
}

async function openInto(input: FileHandle, start: number, output: FileHandle, opener: PayloadOpener): Promise<Opened> {
  const digest = createHash("sha256");
  let bytes = 0;
  const write = async (piece: Uint8Array): Promise<void> => {
    digest.update(piece);
    bytes += piece.length;
    await output.writeFile(piece);
  };
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let position = start; ;) {
    const { bytesRead } = await input.read(buffer, 0, READ_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    for (const chunk of opener.update(buffer.subarray(0, bytesRead))) await write(chunk);
  }
  await write(opener.final());
  await output.sync();
  return { bytes, sha256: digest.digest("hex") };
}

/**
 * Opens a small age file in memory.
 *
 * @throws AgentError CLIP_FOR_ANOTHER_KEY or CLIP_NOT_DECRYPTED.
 */
export async function unsealBytes(bytes: Uint8Array, identities: readonly string[]): Promise<Buffer> {
  const { opener, start } = await beginOpening(bytes, identities);
  const pieces: Uint8Array[] = [];
  for (const chunk of opener.update(bytes.subarray(start))) pieces.push(chunk.slice());
  return Buffer.concat([...pieces, opener.final()]);
}

/**
 * The text in a payload that may be sealed (as bytes or armoured, as `age -a` writes it) or plain.
 *
 * @throws AgentError CLIP_FOR_ANOTHER_KEY or CLIP_NOT_DECRYPTED if it is sealed and does not open.
 */
export async function unsealText(payload: Buffer, identities: readonly string[]): Promise<Buffer> {
  if (looksSealed(payload)) return unsealBytes(payload, identities);
  if (!payload.subarray(0, ARMOUR.length).equals(ARMOUR)) return payload;
  let bytes: Uint8Array;
  try {
    bytes = armor.decode(payload.toString("latin1"));
  } catch (cause) {
    throw new AgentError("CLIP_NOT_DECRYPTED", "its armour is broken", cause);
  }
  return unsealBytes(bytes, identities);
}

/** `opening` is the file's first bytes: at least the header and the nonce. */
async function beginOpening(
  opening: Uint8Array,
  identities: readonly string[],
): Promise<{ opener: PayloadOpener; start: number }> {
  const headerBytes = endOfHeader(opening);
  const nonce = opening.subarray(headerBytes, headerBytes + PAYLOAD_NONCE_BYTES);
  if (headerBytes === 0 || nonce.length < PAYLOAD_NONCE_BYTES)
    throw new AgentError("CLIP_NOT_DECRYPTED", "what arrived is not an age file");
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let fileKey: Uint8Array;
  try {
    fileKey = await decrypter.decryptHeader(opening.slice(0, headerBytes));
  } catch (cause) {
    // age-encryption has no codes, only English: this one sentence tells "not for me" from "damaged".
    if (cause instanceof Error && cause.message.startsWith("no identity matched"))
      throw new AgentError("CLIP_FOR_ANOTHER_KEY", "none of the identities opens it", cause);
    throw new AgentError("CLIP_NOT_DECRYPTED", "its age header was altered", cause);
  }
  return { opener: new PayloadOpener(fileKey, nonce), start: headerBytes + PAYLOAD_NONCE_BYTES };
}

/** Bytes up to and including the line that begins with "---", or 0 if there is none. */
function endOfHeader(opening: Uint8Array): number {
  if (!looksSealed(opening)) return 0;
  const bytes = Buffer.from(opening.buffer, opening.byteOffset, Math.min(opening.length, HEADER_LIMIT_BYTES));
  const mac = bytes.indexOf("\n--- ");
  return mac < 0 ? 0 : bytes.indexOf("\n", mac + 1) + 1;
}
