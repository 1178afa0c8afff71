// What the publisher remembers of each disclosure between two lives. A kill loses nothing of it; a power cut may lose the last
// lines, and then something is sent again, which harms nobody.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boolean, closed, integer, list, oneOf, optional, parseJson, text, ulid } from "../spool/shape.ts";

/** waiting: not all of it has been taken by the broker yet. taken down: on the recorder's word. The others are the door's. */
export type RecordState = "waiting" | "accepted" | "confirmed" | "unconfirmed" | "failed" | "expired" | "taken down";

/** One line, as it stands on the disk. */
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
  /** Whether a receiver has named parts that it lacks. */
  readonly lacking?: boolean;
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
  lacking: optional(boolean),
  code: optional(text(64)),
  detail: optional(text(500)),
});

/** Lines that may be out of date before the file is written anew. */
const SLACK = 512;

/** `deliveries.jsonl` in the publisher's own directory: every change is a line at its end, the last one of an id counts. */
export class RecordStore {
  readonly #file: string;
  readonly #records = new Map<string, DeliveryRecord>();
  /** What the disk says of those of whom it does not say the last word. */
  readonly #behind = new Map<string, DeliveryRecord>();
  #lines = 0;
  /** The file may not end with a whole line, or lacks one: the disk was full, or the power failed. */
  #isTorn = false;

  constructor(directory: string) {
    this.#file = join(directory, "deliveries.jsonl");
    this.#read();
    if (this.#isTorn || this.#lines > this.#records.size) this.#rewrite();
  }

  /** What is remembered; undefined for nothing, and for what a power cut left unreadable. */
  get(id: string): DeliveryRecord | undefined {
    return this.#records.get(id);
  }

  /**
   * It is in the kernel's hands when this returns, unless what stands on the disk is as good to whoever comes after a kill: then
   * {@link flush} writes it. Where the disk is full it is known until this process ends: at worst something is sent twice.
   */
  set(record: DeliveryRecord): void {
    const { id } = record;
    const onDisk = this.#behind.get(id) ?? this.#records.get(id);
    this.#records.set(id, record);
    if (onDisk && !this.#isTorn && saysEnough(onDisk, record)) this.#behind.set(id, onDisk);
    else this.#write(record);
  }

  /** Writes what was not worth a write before: at the end. */
  flush(): void {
    for (const id of [...this.#behind.keys()]) this.#write(this.#records.get(id)!);
  }

  #write(record: DeliveryRecord): void {
    this.#behind.delete(record.id);
    if (this.#isTorn || this.#lines > 2 * this.#records.size + SLACK) return this.#rewrite();
    try {
      appendFileSync(this.#file, line(record), { mode: 0o600 });
      this.#lines++;
    } catch {
      this.#isTorn = true;
    }
  }

  /** Its lines stay until the file is next written anew; a publisher that starts before then finds it, and removes it again. */
  remove(id: string): void {
    this.#records.delete(id);
    this.#behind.delete(id);
  }

  /** Ids of everything remembered. */
  ids(): string[] {
    return [...this.#records.keys()];
  }

  #read(): void {
    let content: Buffer;
    try {
      content = readFileSync(this.#file);
    } catch {
      return;
    }
    let from = 0;
    for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, from)) {
      const value = parseJson(content.subarray(from, end));
      if (isRecord(value)) this.#records.set(value.id, value);
      from = end + 1;
      this.#lines++;
    }
    this.#isTorn = from < content.length;
  }

  #rewrite(): void {
    try {
      const content = this.#records.values().map(line).toArray().join("");
      writeFileSync(`${this.#file}.new`, content, { mode: 0o600, flush: true });
      renameSync(`${this.#file}.new`, this.#file);
      this.#lines = this.#records.size;
      this.#behind.clear();
      this.#isTorn = false;
    } catch {
      this.#isTorn = true;
    }
  }
}

/**
 * Whether `onDisk` may stand for `record`. Something that nobody hears is tried again all day, and each try would write twice:
 * that it is under way, and that again nobody was there. How often it was tried is not missed, and one that is said to be unsure
 * is at worst withdrawn from somebody who never had it.
 */
function saysEnough(onDisk: DeliveryRecord, record: DeliveryRecord): boolean {
  if (onDisk.unheard === 0 || record.unheard === 0 || (record.unsure && !onDisk.unsure)) return false;
  const { unheard, unsure } = record;
  return line({ ...onDisk, unheard, unsure }) === line(record);
}

const line = (record: DeliveryRecord): string => `${JSON.stringify(record)}\n`;
