// The newest signed head of the device tree in a file of its own, away from the database: a restored old copy of the database
// contradicts it (DESIGN §8). Written after the commit it speaks of, so that a crash leaves it older, never newer.
import { readFileSync } from "node:fs";
import { writeDurably } from "../durable.ts";
import { replaceNow } from "./durable.ts";

export class KeptHead {
  readonly #file: string;
  #due: (() => string | undefined) | undefined;
  /** What is being written, until something newer stands in its place. */
  #inFlight: string | undefined;
  #writing = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** The note last kept, or undefined when there is none. Anything unreadable is returned as "", which no check accepts. */
  read(): string | undefined {
    try {
      return readFileSync(this.#file, "utf8");
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "";
    }
  }

  /** Replaces the note at once. When the disk refuses, the old one stays, and still holds. */
  now(note: string): void {
    this.#due = this.#inFlight = undefined;
    try {
      replaceNow(this.#file, note);
    } catch {
      // Nothing to do that would help: an older head accuses nobody.
    }
  }

  /**
   * Replaces the note as soon as nothing waits for us: two more syncs of the card must not hold up a camera. Of several in a
   * row only the last is written.
   */
  soon(note: () => string | undefined): void {
    this.#due = note;
    if (this.#writing) return;
    this.#writing = true;
    setImmediate(() => void this.#write());
  }

  /** Writes what is due or on its way, at once. */
  flush(): void {
    const note = this.#due?.() ?? this.#inFlight;
    if (note !== undefined) this.now(note);
  }

  async #write(): Promise<void> {
    try {
      while (this.#due) {
        const note = (this.#inFlight = this.#due());
        this.#due = undefined;
        if (note !== undefined) await writeDurably(this.#file, note, () => this.#inFlight === note);
      }
    } catch {
      // As in now().
    } finally {
      this.#inFlight = undefined;
      this.#writing = false;
    }
  }
}
