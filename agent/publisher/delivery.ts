// Empties the outbox: takes what stands in spool/out/new, sends it while the line is open, and tells the recorder what became of it.
import { after, type Clock, milliseconds, type WallTime } from "../../drivers/clock/clock.ts";
import { AgentError, type AgentErrorCode } from "../error.ts";
import { isPicture } from "../spool/disclosure.ts";
import type { DeliveryState, HowMuchLeft } from "../spool/door.ts";
import type { SpoolReader } from "../spool/reader.ts";
import { choose } from "./delivery-plan.ts";
import { Job } from "./job.ts";
import { Lanes } from "./lanes.ts";
import { pack } from "./parcel.ts";
import type { RecordState, RecordStore } from "./records.ts";
import type { Line } from "./session.ts";
import type { Acknowledgement } from "./topics.ts";
import type * as transfer from "./transfer.ts";
import { type Passage, Window } from "./window.ts";

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

/** The outbox at work. Sends only between {@link Delivery.begin} and {@link Delivery.halt}. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #lanes = new Lanes<Job>();
  #window = new Window();
  readonly #served = new Map<string, number>();
  #order = 0;
  #line: Line | undefined;
  #device = "";
  #wake: () => void = () => {};
  #wakeAt = Infinity;
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
    const { reader, records, clock } = this.#options;
    const standing = new Set(await reader.ids());
    for (const [id, job] of this.#jobs) if (!standing.has(id) && !job.busy) this.#forget(job);
    for (const id of records.ids()) if (!standing.has(id) && !isRecent(id, clock.wall())) records.remove(id);
    for (const id of standing) {
      const job = this.#jobs.get(id) ?? (await this.#find(id));
      if (!job) continue;
      this.#tell(job, job.state);
      this.#place(job);
    }
    this.#pump();
  }

  /** Something new stands in new/. */
  async spooled(id: string): Promise<void> {
    const known = this.#jobs.get(id);
    const job = known?.ready || known?.busy ? undefined : await this.#find(id);
    if (job) this.#place(job);
    this.#pump();
  }

  /** Sends over `line` until {@link halt}. */
  begin(line: Line, device: string): void {
    this.#line = line;
    // What the last link carried says nothing of this one.
    this.#window = new Window();
    this.#device = device;
    this.#pump();
  }

  /** The line is gone, or may not be used any more. Resolves when nothing is under way. Returns whether anything was. */
  async halt(): Promise<boolean> {
    this.#line = undefined;
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
    this.#options.records.flush();
    this.#wake();
  }

  /** Stops sending `id` and answers how much of it has left. */
  async takeDown(id: string): Promise<HowMuchLeft> {
    const known = this.#jobs.get(id);
    if (known) known.isWithdrawn = true;
    known?.stop?.abort();
    await known?.settled;
    const job = known ?? this.#remembered(id);
    const left = job?.takeDown() ?? { sent: "none" };
    if (known) this.#forget(known);
    this.#pump();
    return left;
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
        if (this.#line) this.#lacks(job, word.parts, this.#line);
      } else if (word.sha256 === document.media.sha256) this.#tell(job, job.confirm());
      this.#place(job);
    }
    this.#pump();
  }

  /** A receiver that still lacks all of it is sent less at once: some brokers acknowledge what they throw away (MQTT 3.1.1 has no word for it). */
  #lacks(job: Job, parts: readonly number[], line: Line): void {
    const lost = job.lost(parts);
    if (lost !== undefined) line.swallowed(job.recipient, lost);
    job.missing(parts, this.#setting(line, job.recipient));
  }

  /** Reads it from new/; undefined when it is not there, or not valid. */
  async #find(id: string): Promise<Job | undefined> {
    const document = await this.#options.reader.read(id);
    if (!document) return undefined;
    const known = this.#jobs.get(id);
    if (known) this.#lanes.remove(known);
    const job = new Job(document, this.#options.records);
    this.#jobs.set(id, job);
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

  /** Starts as many messages as may be under way. */
  #pump(): void {
    const line = this.#line;
    if (this.#closed || !line) return;
    for (;;) {
      const job = choose(this.#lanes, this.#window.situation(line, this.#served));
      if (!job) return;
      this.#start(job, line);
    }
  }

  /** Whatever time has done to those that wait. */
  #sweep(): void {
    this.#wakeAt = Infinity;
    for (const job of this.#jobs.values()) this.#place(job);
    this.#pump();
  }

  /** After anything has changed about it: into its lane or out of it, and awake when time will change it next. */
  #place(job: Job): void {
    const now = this.#options.clock.wall();
    const aged = job.age(now);
    if (aged) this.#tell(job, aged);
    job.refresh(now);
    const isStanding = this.#jobs.get(job.id) === job;
    if (isStanding && (job.busy || job.ready)) this.#lanes.add(job);
    else this.#lanes.remove(job);
    if (isStanding) this.#wakeBy(job.nextChange(now), now);
  }

  #wakeBy(at: number, now: WallTime): void {
    const soonest = Math.min(at, now + LONGEST_SLEEP_MS);
    if (this.#closed || soonest >= this.#wakeAt) return;
    this.#wake();
    this.#wakeAt = soonest;
    this.#wake = after(this.#options.clock, milliseconds(Math.max(1, soonest - now)), () => this.#sweep());
  }

  #forget(job: Job): void {
    this.#jobs.delete(job.id);
    this.#lanes.remove(job);
  }

  #start(job: Job, line: Line): void {
    const setting = this.#setting(line, job.recipient);
    const step = this.#stepOf(job, setting);
    if (!step) return this.#place(job);
    const { weight } = job;
    const passage = this.#window.admit(weight, weight > line.proven, this.#options.clock.uptime());
    const stop = new AbortController();
    const settled = Promise.withResolvers<void>();
    this.#served.set(job.recipient, ++this.#order);
    job.stop = stop;
    job.isInLine = false;
    job.settled = settled.promise;
    void this.#send(job, step, line, setting, passage, stop.signal)
      .catch((error: unknown) => {
        if (!(error instanceof AgentError)) {
          job.putOff(this.#options.clock.wall());
          this.#options.onFault(job.id, error);
        } else if (error.code === "SPOOL_MEDIA_GONE") job.gone();
        else this.#tell(job, job.fail(error.code, error.detail));
      })
      .finally(() => {
        job.stop = undefined;
        passage.over();
        this.#place(job);
        settled.resolve();
        this.#pump();
      });
  }

  /** What goes next of it over this line; undefined when nothing does. */
  #stepOf(job: Job, setting: transfer.Setting): transfer.Step | undefined {
    if (setting.limit >= SMALLEST_PACKET || job.document.kind === "event") return job.next(setting);
    this.#tell(job, job.fail("DELIVERY_TOO_LARGE", `the broker takes ${setting.limit} bytes`));
    return undefined;
  }

  async #send(
    job: Job,
    step: transfer.Step,
    line: Line,
    setting: transfer.Setting,
    passage: Passage,
    stop: AbortSignal,
  ): Promise<void> {
    const { reader, clock } = this.#options;
    const { message, body, file } = await pack(job, step, reader, setting);
    using _ = file;
    job.begins(step, clock.wall());
    let failure: unknown;
    const watched =
      body instanceof Uint8Array
        ? body
        : { ...body, chunks: () => noting(body.chunks(), (error) => (failure = error)) };
    const promised = line.publish(message, watched, stop);
    job.isInLine = true;
    this.#pump();
    const outcome = await promised;
    if (outcome.kind !== "lost") passage.answered(clock.uptime());
    this.#tell(job, job.answered(step, outcome, clock.wall()));
    if (failure instanceof AgentError) throw failure;
  }

  #setting(line: Line, recipient: string): transfer.Setting {
    const { protocol } = line;
    return { device: this.#device, protocol, limit: line.limitFor(recipient), now: this.#options.clock.wall() };
  }

  /** Reports a state that the recorder must know, and lets go of what has come to its end. */
  #tell(job: Job, state: RecordState | undefined): void {
    if (state === undefined || state === "taken down") return;
    const { id, record } = job;
    if (state === "waiting") {
      if (job.unheard) this.#options.report({ id, state: "unheard" });
      return;
    }
    const { code, detail } = record;
    const heard = this.#options.report({
      id,
      state,
      ...(code !== undefined && { code }),
      ...(detail !== undefined && { detail }),
    });
    // Nobody answers for a picture: what the broker took of it has come to its end.
    if (state === "accepted" && isPicture(job.document))
      this.#options.report({ id, state: "unconfirmed", detail: `a ${job.document.kind} is not acknowledged` });
    if (heard && (state !== "accepted" || job.document.kind !== "clip")) this.#forget(job);
  }
}

/** A record is kept for some days after its disclosure was made, for a recorder that asks late. Ids begin with their time. */
function isRecent(id: string, now: number): boolean {
  let made = 0;
  for (const letter of id.slice(0, 10)) made = made * 32 + "0123456789abcdefghjkmnpqrstvwxyz".indexOf(letter);
  return now - made < 10 * 24 * 3_600_000;
}

function* noting(chunks: Iterable<Uint8Array>, note: (error: unknown) => void): Generator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    note(error);
    throw error;
  }
}
