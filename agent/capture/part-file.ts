// A file that appears whole or not at all: appended to under another name, hashed on the way, fsynced, then renamed.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../durable.ts";

/** Follows the name of a file that is not finished. */
export const PART_SUFFIX = ".part";

/** What has been appended goes to the card at least this often, so that a power cut takes seconds and not the whole clip. */
const SYNC_EVERY_BYTES = 1 << 20;

export interface WrittenFile {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export class PartFile {
  readonly #path: string;
  readonly #hash = createHash("sha256");
  #handle: FileHandle | undefined;
  #bytes = 0;
  #unsynced = 0;

  /** `path` is the final one. */
  constructor(path: string) {
    this.#path = path;
  }

  get partPath(): string {
    return this.#path + PART_SUFFIX;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Creates the file, private to its user, and makes its name durable. Fails if it is there already. */
  async open(): Promise<void> {
    this.#handle = await open(this.partPath, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    await syncFolder(dirname(this.#path));
  }

  /** Rejects with the operating system's error; what had been appended before is still there then. */
  async append(data: Uint8Array): Promise<void> {
    const handle = this.#opened();
    for (let offset = 0; offset < data.byteLength;) {
      const { bytesWritten } = await handle.write(data, offset);
      offset += bytesWritten;
    }
    this.#hash.update(data);
    this.#bytes += data.byteLength;
    this.#unsynced += data.byteLength;
    if (this.#unsynced < SYNC_EVERY_BYTES) return;
    this.#unsynced = 0;
    await handle.datasync();
  }

  /** Makes the content durable, then the name. */
  async finish(): Promise<WrittenFile> {
    const handle = this.#opened();
    await handle.sync();
    this.#handle = undefined;
    await handle.close();
    await rename(this.partPath, this.#path);
    await syncFolder(dirname(this.#path));
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  /** Lets go of the file without finishing it: "remove" deletes what there is, "keep" leaves it for recovery. */
  async abandon(what: "remove" | "keep"): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // A close that fails has nothing more to tell than the failure that led here.
    await handle?.close().catch(() => {});
    if (what === "remove") await rm(this.partPath, { force: true });
  }

  #opened(): FileHandle {
    if (!this.#handle) throw new TypeError("a part file is used before open or after its end");
    return this.#handle;
  }
}
