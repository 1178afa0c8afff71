// The publisher's side of spool/out: reads what stands in new/ and nothing else, writes nothing, follows no link.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AgentError } from "../error.ts";
import type { MediaDisclosure, SpoolDocument } from "./disclosure.ts";
import { isUlid, RECEIPT_BYTES, RECEIPT_FILE } from "./documents.ts";
import { readRegular, unlessAbsent } from "./durable.ts";
import { readEntry, type SpoolEntry } from "./entries.ts";
import { MediaFile } from "./media-file.ts";

/** Looks, and touches nothing. */
export class SpoolReader {
  readonly #new: string;

  /** @param root `spool/out` of the state directory. */
  constructor(root: string) {
    this.#new = join(root, "new");
  }

  /** Ids of what seems to stand in new/, oldest first. */
  async ids(): Promise<string[]> {
    const names = (await readdir(this.#new).catch(unlessAbsent)) ?? [];
    const ids = names.map((name) => name.replace(/\.json$/, "")).filter(isUlid);
    return [...new Set(ids)].sort();
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
  openMedia({ id, media }: MediaDisclosure): MediaFile {
    const file = MediaFile.open(join(this.#new, id, media.file));
    if (!file) throw new AgentError("SPOOL_MEDIA_GONE", `${id}/${media.file}`);
    if (file.bytes === media.bytes) return file;
    file[Symbol.dispose]();
    throw new AgentError(
      "SPOOL_MEDIA_ALTERED",
      `${id}/${media.file} has ${file.bytes} bytes, ${media.bytes} were disclosed`,
    );
  }

  /** @throws AgentError SPOOL_MEDIA_GONE. */
  receipt(id: string): Buffer {
    const receipt = readRegular(join(this.#new, id, RECEIPT_FILE), RECEIPT_BYTES);
    if (!receipt) throw new AgentError("SPOOL_MEDIA_GONE", `${id}/${RECEIPT_FILE}`);
    return receipt;
  }
}

const documentOf = (entry: SpoolEntry): SpoolDocument | undefined =>
  entry.kind === "media" || entry.kind === "event" ? entry.document : undefined;
