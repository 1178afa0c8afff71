// What still has to be taken back from the broker, and whether it believes us online: remembered until it is done (promise 7).
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boolean, closed, list, oneOf, parseJson, text } from "../spool/shape.ts";

interface Stored {
  readonly v: 1;
  readonly topics: readonly string[];
  readonly online: boolean;
}

const isStored = closed<Stored>({ v: oneOf(1), topics: list(100_000, text(512)), online: boolean });

/** `retractions.json` in the publisher's own directory; not there when there is nothing to do. */
export class Retractions {
  readonly #file: string;
  readonly #topics: Set<string>;
  #online: boolean;

  constructor(directory: string) {
    this.#file = join(directory, "retractions.json");
    const { topics, online } = stored(this.#file);
    this.#topics = new Set(topics);
    this.#online = online;
  }

  /** Whole topics, in the order in which they are to be taken back. */
  get topics(): readonly string[] {
    return [...this.#topics];
  }

  /** Whether the broker may hold our `online`. */
  get online(): boolean {
    return this.#online;
  }

  get pending(): boolean {
    return this.#online || this.#topics.size > 0;
  }

  add(topics: readonly string[]): void {
    const before = this.#topics.size;
    for (const topic of topics) this.#topics.add(topic);
    if (this.#topics.size !== before) this.#write();
  }

  done(topic: string): void {
    if (this.#topics.delete(topic)) this.#write();
  }

  /** Before `online` is said, and after `offline` was. */
  setOnline(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.#write();
  }

  #write(): void {
    try {
      if (!this.pending) {
        rmSync(this.#file, { force: true });
        return;
      }
      const document: Stored = { v: 1, topics: this.topics, online: this.#online };
      writeFileSync(`${this.#file}.new`, `${JSON.stringify(document)}\n`, { mode: 0o600, flush: true });
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // A full disk: known until this process ends, and the recorder says `closed` again to the next.
    }
  }
}

function stored(file: string): Stored {
  const nothing: Stored = { v: 1, topics: [], online: false };
  try {
    const value = parseJson(readFileSync(file));
    return isStored(value) ? value : nothing;
  } catch {
    return nothing;
  }
}
