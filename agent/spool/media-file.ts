// One media file of the door, open for reading. At once, not through the thread pool: what is read was written lately or is read
// in a row, so it is in memory already, and a trip to the pool costs more than a copy of a quarter of a megabyte.
import { closeSync, fstatSync, readSync } from "node:fs";
import { AgentError } from "../error.ts";
import { openRegular } from "./durable.ts";

/** Closed by whoever opened it. */
export class MediaFile implements Disposable {
  /** Its size when it was opened. */
  readonly bytes: number;
  readonly #path: string;
  #file: number | undefined;

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
    this.bytes = fstatSync(file).size;
  }

  /** Undefined for a link, a folder, a pipe, or nothing at all. */
  static open(path: string): MediaFile | undefined {
    const file = openRegular(path);
    return file === undefined ? undefined : new MediaFile(path, file);
  }

  /**
   * Reads at most `length` bytes from `position` into `buffer`, and returns how many there were.
   *
   * @throws AgentError SPOOL_MEDIA_GONE once it is closed; the operating system's own error when the disk fails.
   */
  read(buffer: Uint8Array, length: number, position: number): number {
    if (this.#file === undefined) throw new AgentError("SPOOL_MEDIA_GONE", `${this.#path} is closed`);
    return readSync(this.#file, buffer, 0, length, position);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
