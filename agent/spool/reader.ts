// The publisher's side of spool/out: reads what stands in new/ and nothing else, writes nothing, follows no link.
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "../error.ts";
import type { MediaDisclosure, SpoolDocument } from "./disclosure.ts";
import { isUlid, RECEIPT_BYTES, RECEIPT_FILE } from "./documents.ts";
import { openRegular, readRegular } from "./durable.ts";
import { listEntries, readEntry, type SpoolEntry } from "./entries.ts";

/** Looks, and touches nothing. */
export class SpoolReader {
  readonly #new: string;

  /** @param root `spool/out` of the state directory. */
  constructor(root: string) {
    this.#new = join(root, "new");
  }

  /** Every valid document in new/, oldest first. What is damaged or foreign is passed over: the recorder deals with it. */
  async list(): Promise<SpoolDocument[]> {
    return (await listEntries(this.#new)).flatMap((entry) => documentOf(entry) ?? []);
  }

  /** One document; undefined when it is gone or not valid. */
  async read(id: string): Promise<SpoolDocument | undefined> {
    if (!isUlid(id)) return undefined;
    const entry = (await readEntry(this.#new, id)) ?? (await readEntry(this.#new, `${id}.json`));
    return entry && documentOf(entry);
  }

  /**
   * The media, open for reading, of exactly the size that was disclosed. The caller closes it.
   *
   * @throws AgentError SPOOL_MEDIA_GONE, SPOOL_MEDIA_ALTERED.
   */
  async openMedia({ id, media }: MediaDisclosure): Promise<FileHandle> {
    const handle = await openRegular(join(this.#new, id, media.file));
    if (!handle) throw new AgentError("SPOOL_MEDIA_GONE", `${id}/${media.file}`);
    const { size } = await handle.stat();
    if (size === media.bytes) return handle;
    await handle.close();
    throw new AgentError("SPOOL_MEDIA_ALTERED", `${id}/${media.file} has ${size} bytes, ${media.bytes} were disclosed`);
  }

  /** @throws AgentError SPOOL_MEDIA_GONE. */
  async receipt(id: string): Promise<Buffer> {
    const receipt = await readRegular(join(this.#new, id, RECEIPT_FILE), RECEIPT_BYTES);
    if (!receipt) throw new AgentError("SPOOL_MEDIA_GONE", `${id}/${RECEIPT_FILE}`);
    return receipt;
  }
}

const documentOf = (entry: SpoolEntry): SpoolDocument | undefined =>
  entry.kind === "media" || entry.kind === "event" ? entry.document : undefined;
