// Empties the outbox: takes what stands in spool/out/new, sends it while the line is open, and tells the recorder what became of it.
import type { FileHandle } from "node:fs/promises";
import { after, type Clock, milliseconds, rfc3339 } from "../../drivers/clock/clock.ts";
import { AgentError, type AgentErrorCode } from "../error.ts";
import type { MediaDisclosure, SpoolDocument } from "../spool/disclosure.ts";
import type { DeliveryState } from "../spool/door.ts";
import type { SpoolReader } from "../spool/reader.ts";
import type { Body } from "./connection.ts";
import { choose } from "./delivery-plan.ts";
import { Job } from "./job.ts";
import { mediaPart, partHashes, wholeMedia } from "./media-source.ts";
import type { Outgoing } from "./packet.ts";
import type { RecordState, RecordStore } from "./records.ts";
import type { Line } from "./session.ts";
import type { Acknowledgement } from "./topics.ts";
import * as transfer from "./transfer.ts";

/** What the recorder is told. */
export interface Report {
  readonly id: string;
  readonly state: DeliveryState;
  readonly code?: AgentErrorCode | (string & {});
  readonly detail?: string;
}

/** Where the outbox is, and whom to tell. */
export interface DeliveryOptions {
  readonly clock: Clock;
  readonly reader: SpoolReader;
  readonly records: RecordStore;
  /** Returns whether it was heard. What was not is said again at the next {@link Delivery.refresh}. */
  readonly report: (report: Report) => boolean;
  /** The disk, or permissions: not the clip's fault, so it is tried again. For the log. */
  readonly onFault: (id: string, error: unknown) => void;
}

/** Below this no part is worth trying. */
const SMALLEST_PACKET = 8_192;
/** Never sleeps longer than this, lest a stepped clock is noticed too late. */
const LONGEST_SLEEP_MS = 60_000;

interface Prepared {
  readonly message: Outgoing;
  readonly body: Body;
  readonly file?: FileHandle;
}

/** The outbox at work. Sends only between {@link Delivery.begin} and {@link Delivery.halt}. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #served = new Map<string, number>();
  #order = 0;
  #line: Line | undefined;
  #device = "";
  #wake: () => void = () => {};
  #underWay = 0;
  #heavyUnderWay = false;
  #closed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The largest media that waits, in bytes. */
  get largest(): number {
    return this.#jobs
      .values()
      .reduce((most, { document }) => Math.max(most, document.kind === "event" ? 0 : document.media.bytes), 0);
  }

  /** Looks at all of new/, forgets what is gone from there, and reports again whatever the recorder may not have heard. */
  async refresh(): Promise<void> {
    const { reader, records } = this.#options;
    const standing = new Map((await reader.list()).map((document) => [document.id, document]));
    for (const [id, job] of this.#jobs) if (!standing.has(id) && !job.busy) this.#jobs.delete(id);
    for (const id of records.ids())
      if (!standing.has(id) && !isRecent(id, this.#options.clock.wall())) records.remove(id);
    for (const document of standing.values()) {
      const job = this.#jobs.get(document.id) ?? this.#add(document);
      this.#tell(job, job.state);
    }
    this.#pump();
  }

  /** Something new stands in new/. */
  async spooled(id: string): Promise<void> {
    const document = await this.#options.reader.read(id);
    if (document && !this.#jobs.get(id)?.ready && !this.#jobs.get(id)?.busy) this.#add(document);
    this.#pump();
  }

  /** Sends over `line` until {@link halt}. */
  begin(line: Line, device: string): void {
    this.#line = line;
    this.#device = device;
    this.#pump();
  }

  /** The line is gone, or may not be used any more. Resolves when nothing is under way. Returns whether anything was. */
  async halt(): Promise<boolean> {
    this.#line = undefined;
    this.#wake();
    const busy = this.#busy();
    for (const job of busy) job.stop?.abort();
    await this.settled();
    return busy.length > 0;
  }

  /** Resolves when nothing is under way, whatever follows it included. */
  async settled(): Promise<void> {
    for (let busy = this.#busy(); busy.length > 0; busy = this.#busy())
      await Promise.all(busy.map((job) => job.settled));
  }

  #busy(): Job[] {
    return this.#jobs
      .values()
      .filter((job) => job.busy)
      .toArray();
  }

  /** Halts for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.halt();
    this.#wake();
  }

  /** Stops sending `id` and answers how much of it has left. */
  async takeDown(id: string): Promise<"none" | "part" | "all"> {
    const known = this.#jobs.get(id);
    known?.stop?.abort();
    await known?.settled;
    const job = known ?? this.#remembered(id);
    const sent = job?.takeDown() ?? "none";
    this.#jobs.delete(id);
    this.#pump();
    return sent;
  }

  /** A receiver's word. */
  acknowledged(recipient: string, word: Acknowledgement): void {
    const now = this.#options.clock.wall();
    for (const job of this.#jobs.values()) {
      const { document } = job;
      if (document.kind !== "clip" || document.recipient !== recipient) continue;
      if (word.type === "hello") job.hello(now);
      else if (word.clip !== document.clip) continue;
      else if (word.type === "missing") {
        if (this.#line) job.missing(word.parts, this.#setting(this.#line));
      } else if (word.sha256 === document.media.sha256) this.#tell(job, job.confirm());
    }
    this.#pump();
  }

  #add(document: SpoolDocument): Job {
    const job = new Job(document, this.#options.records);
    this.#jobs.set(document.id, job);
    return job;
  }

  /** What a record alone says of something that no longer stands in new/. */
  #remembered(id: string): Job | undefined {
    if (!this.#options.records.get(id)) return undefined;
    const nothing = {
      v: 1,
      id,
      kind: "event",
      recipient: "-",
      topic: "-",
      payload: "",
      retain: false,
      not_after: "1970-01-01T00:00:00Z",
    } as const;
    return new Job(nothing, this.#options.records);
  }

  /** Starts as many messages as may be under way, then sleeps until something changes. */
  #pump(): void {
    this.#wake();
    if (this.#closed) return;
    const { clock } = this.#options;
    const now = clock.wall();
    let change: number = now + LONGEST_SLEEP_MS;
    for (const job of this.#jobs.values()) {
      const aged = job.age(now);
      if (aged) this.#tell(job, aged);
      job.refresh(now);
      change = Math.min(change, job.nextChange(now));
    }
    const line = this.#line;
    if (line)
      for (;;) {
        const free = line.places - this.#underWay;
        const job = choose(this.#jobs.values(), { free, heavyUnderWay: this.#heavyUnderWay, served: this.#served });
        if (!job) break;
        this.#start(job, line);
      }
    this.#wake = this.#jobs.size ? after(clock, milliseconds(Math.max(1, change - now)), () => this.#pump()) : () => {};
  }

  #start(job: Job, line: Line): void {
    const setting = this.#setting(line);
    if (setting.limit < SMALLEST_PACKET && job.document.kind !== "event")
      return this.#tell(job, job.fail("DELIVERY_TOO_LARGE", `the broker takes ${setting.limit} bytes`));
    const step = job.next(setting);
    if (!step) return job.refresh(this.#options.clock.wall());
    this.#served.set(job.recipient, ++this.#order);
    const stop = new AbortController();
    job.stop = stop;
    const heavy = job.heavy;
    this.#underWay++;
    if (heavy) this.#heavyUnderWay = true;
    const settled = Promise.withResolvers<void>();
    job.settled = settled.promise;
    void this.#send(job, step, line, setting, stop.signal)
      .catch((error: unknown) => {
        if (!(error instanceof AgentError)) {
          job.putOff(this.#options.clock.wall());
          this.#options.onFault(job.id, error);
        } else if (error.code === "SPOOL_MEDIA_GONE") job.gone();
        else this.#tell(job, job.fail(error.code, error.detail));
      })
      .finally(() => {
        job.stop = undefined;
        this.#underWay--;
        if (heavy) this.#heavyUnderWay = false;
        settled.resolve();
        this.#pump();
      });
  }

  async #send(job: Job, step: transfer.Step, line: Line, setting: transfer.Setting, stop: AbortSignal): Promise<void> {
    const { message, body, file } = await this.#prepare(job, step, setting);
    let failure: unknown;
    try {
      const bytes = body instanceof Uint8Array ? body.length : body.bytes;
      if (!transfer.fits(message, bytes, setting))
        throw new AgentError("DELIVERY_TOO_LARGE", `${step.kind} of ${bytes} bytes, the broker takes ${setting.limit}`);
      const { clock } = this.#options;
      job.begins(step, clock.wall());
      const outcome = await line.publish(
        message,
        body instanceof Uint8Array
          ? body
          : { ...body, chunks: () => noting(body.chunks(), (error) => (failure = error)) },
        stop,
      );
      this.#tell(job, job.answered(step, outcome, clock.wall()));
      if (failure instanceof AgentError) throw failure;
    } finally {
      await file?.close();
    }
  }

  async #prepare(job: Job, step: transfer.Step, setting: transfer.Setting): Promise<Prepared> {
    const { document, mode } = job;
    const { reader } = this.#options;
    if (document.kind === "event")
      return { message: transfer.eventMessage(document, step, setting), body: Buffer.from(document.payload) };
    switch (step.kind) {
      case "data":
        return this.#media(document, transfer.dataMessage(document, setting));
      case "still":
        return this.#media(document, transfer.stillMessage(document, "still", setting));
      case "still receipt":
        return {
          message: transfer.stillMessage(document, "receipt", setting),
          body: await reader.receipt(document.id),
        };
      case "receipt":
        return { message: transfer.receiptMessage(document, setting), body: await reader.receipt(document.id) };
      case "manifest": {
        const manifest = transfer.manifestOf(document, mode!, await this.#hashes(job, document));
        return { message: transfer.manifestMessage(document, setting), body: Buffer.from(JSON.stringify(manifest)) };
      }
      case "ready": {
        const event = transfer.readyEvent(document, rfc3339(this.#options.clock.wall()));
        return { message: transfer.readyMessage(document, setting), body: Buffer.from(JSON.stringify(event)) };
      }
      case "part":
        return this.#part(job, document, step.n, setting);
      case "event":
        throw new AgentError("SPOOL_DOCUMENT_REFUSED", `${document.id} is no event`);
    }
  }

  async #media(document: MediaDisclosure, message: Outgoing): Promise<Prepared> {
    const file = await this.#options.reader.openMedia(document);
    return { message, body: { bytes: document.media.bytes, chunks: () => wholeMedia(file, document) }, file };
  }

  async #part(job: Job, document: MediaDisclosure, n: number, setting: transfer.Setting): Promise<Prepared> {
    const mode = job.mode!;
    if (mode.mode !== "parts") throw new AgentError("SPOOL_DOCUMENT_REFUSED", `${document.id} goes in one message`);
    const hashes = await this.#hashes(job, document);
    const sha256 = hashes[n]!;
    const file = await this.#options.reader.openMedia(document);
    const { length } = transfer.partRange(document.media.bytes, mode.partBytes, n);
    const message = transfer.partMessage(document, mode, n, sha256, setting);
    return { message, body: { bytes: length, chunks: () => mediaPart(file, document, { ...mode, n, sha256 }) }, file };
  }

  async #hashes(job: Job, document: MediaDisclosure): Promise<readonly string[]> {
    const { mode } = job;
    if (mode?.mode !== "parts") return [];
    if (job.hashes.length === mode.count) return job.hashes;
    await using file = await this.#options.reader.openMedia(document);
    job.hashes = await partHashes(file, document, mode.partBytes);
    return job.hashes;
  }

  #setting({ protocol, limit }: Line): transfer.Setting {
    return { device: this.#device, protocol, limit, now: this.#options.clock.wall() };
  }

  /** Reports a state that the recorder must know, and lets go of what has come to its end. */
  #tell(job: Job, state: RecordState | undefined): void {
    if (state === undefined || state === "waiting" || state === "taken down") return;
    const { id, record } = job;
    const { code, detail } = record;
    const heard = this.#options.report({
      id,
      state,
      ...(code !== undefined && { code }),
      ...(detail !== undefined && { detail }),
    });
    // Nobody answers for a still: what the broker took of it has come to its end.
    if (state === "accepted" && job.document.kind === "still")
      this.#options.report({ id, state: "unconfirmed", detail: "a still is not acknowledged" });
    if (heard && (state !== "accepted" || job.document.kind !== "clip")) this.#jobs.delete(id);
  }
}

/** A record is kept for some days after its disclosure was made, for a recorder that asks late. Ids begin with their time. */
function isRecent(id: string, now: number): boolean {
  let made = 0;
  for (const letter of id.slice(0, 10)) made = made * 32 + "0123456789abcdefghjkmnpqrstvwxyz".indexOf(letter);
  return now - made < 10 * 24 * 3_600_000;
}

async function* noting(chunks: AsyncIterable<Uint8Array>, note: (error: unknown) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    note(error);
    throw error;
  }
}
