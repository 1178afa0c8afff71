// What the publisher remembers of each disclosure between two lives: one small file each in its own directory. A kill loses
// nothing of it; a power cut may lose the last line, and then something is sent again, which harms nobody.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boolean, closed, integer, list, oneOf, optional, parseJson, text, ulid } from "../spool/shape.ts";

/** waiting: not all of it has been taken by the broker yet. taken down: on the recorder's word. The others are the door's. */
export type RecordState = "waiting" | "accepted" | "confirmed" | "unconfirmed" | "failed" | "expired" | "taken down";

/** One file, as it stands on the disk. */
export interface DeliveryRecord {
  readonly v: 1;
  readonly id: string;
  readonly state: RecordState;
  /** Wall-clock milliseconds of the first byte; the day within which it is tried again begins there. */
  readonly first_sent_ms?: number;
  /** A whole message of it may have got out: it was being sent when we last knew. */
  readonly unsure: boolean;
  /** Size of its parts in bytes, 0 for one message, and which parts the broker has. The last may be smaller. */
  readonly part_bytes: number;
  readonly parts: readonly number[];
  /** Connections that broke over it without any progress. */
  readonly breaks: number;
  /** How often nobody was subscribed. */
  readonly unheard: number;
  /** How often it was sent again on a receiver's word. */
  readonly asked: number;
  readonly code?: string;
  readonly detail?: string;
}

/** Of something that was never sent. */
export const newRecord = (id: string): DeliveryRecord => ({
  v: 1,
  id,
  state: "waiting",
  unsure: false,
  part_bytes: 0,
  parts: [],
  breaks: 0,
  unheard: 0,
  asked: 0,
});

const count = integer(0, 1_000_000_000);
const isRecord = closed<DeliveryRecord>({
  v: oneOf(1),
  id: ulid,
  state: oneOf("waiting", "accepted", "confirmed", "unconfirmed", "failed", "expired", "taken down"),
  first_sent_ms: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  unsure: boolean,
  part_bytes: integer(0, 1_000_000),
  parts: list(1_000_000, count),
  breaks: count,
  unheard: count,
  asked: count,
  code: optional(text(64)),
  detail: optional(text(500)),
});

/** The directory of records. */
export class RecordStore {
  readonly #directory: string;
  /** What could not be written: the disk is full, or not ours. Sending goes on, for at worst something is sent twice. */
  readonly #unwritten = new Map<string, DeliveryRecord>();

  /** @param directory made if it is not there. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
  }

  /** What is remembered; undefined for nothing, and for what a power cut left unreadable. */
  get(id: string): DeliveryRecord | undefined {
    const unwritten = this.#unwritten.get(id);
    if (unwritten) return unwritten;
    try {
      const value = parseJson(readFileSync(this.#path(id)));
      return isRecord(value) && value.id === id ? value : undefined;
    } catch {
      return undefined;
    }
  }

  set(record: DeliveryRecord): void {
    const path = this.#path(record.id);
    try {
      writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      this.#unwritten.delete(record.id);
    } catch {
      this.#unwritten.set(record.id, record);
    }
  }

  remove(id: string): void {
    this.#unwritten.delete(id);
    rmSync(this.#path(id), { force: true });
  }

  /** Ids of everything remembered, oldest first. */
  ids(): string[] {
    return readdirSync(this.#directory)
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -5))
      .filter((id) => ulid(id))
      .sort();
  }

  #path(id: string): string {
    return join(this.#directory, `${id}.json`);
  }
}
