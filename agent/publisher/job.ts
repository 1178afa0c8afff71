// One disclosure on its way: what is left to send, and what each answer of broker and receiver makes of it
// (docs/spec/wire.md §3, §5). No network, and no file but its own record.
import type { WallTime } from "../../drivers/clock/clock.ts";
import type { AgentErrorCode } from "../error.ts";
import { isPicture, type SpoolDocument } from "../spool/disclosure.ts";
import type { HowMuchLeft } from "../spool/door.ts";
import { MOST_NAMED } from "./acknowledgement.ts";
import type { Outcome } from "./connection.ts";
import type { Candidate, Urgency } from "./delivery-plan.ts";
import { SMALLEST_LIMIT } from "./limits.ts";
import { type DeliveryRecord, newRecord, type RecordState, type RecordStore } from "./records.ts";
import { eventSteps, missingSteps, modeOf, type Mode, type Setting, type Step, stepsOf } from "./transfer.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Broken connections without progress before one is set aside: more than it takes to learn any limit. */
export const MOST_BREAKS = 12;
/** Pauses after "nobody is subscribed", in order; the last is repeated. A receiver's hello ends them. */
const UNHEARD_PAUSES_MS = [1, 5, 30, 120, 360].map((minutes) => minutes * MINUTE_MS);
/** A receiver that says hello is served again so often, one that names what is missing as well. */
export const MOST_HELLOS = 3;
export const MOST_ASKED = 12;
/** What the broker has taken may still be on its way to a receiver that has just come. */
const HELLO_PAUSE_MS = 10_000;
const REFUSED_PAUSE_MS = 30_000;
const MOST_REFUSED = 5;

/** PUBACK reasons that trying again may mend: unspecified, implementation specific, quota exceeded, packet id in use. */
const PASSING = new Set([0x80, 0x83, 0x91, 0x97]);

/** What is left to do for one disclosure. */
export class Job implements Candidate {
  readonly document: SpoolDocument;
  readonly #records: RecordStore;
  #record: DeliveryRecord;
  #mode: Mode | undefined;
  #steps: Step[] | undefined;
  #refusals = 0;
  #confirmed = false;
  /** Withdraws the message under way. */
  stop: AbortController | undefined;
  /** Resolves when nothing of it is under way any more. */
  settled: Promise<void> = Promise.resolve();
  /** Hashes of its parts, once they were taken. */
  hashes: readonly string[] = [];
  dueAt: WallTime = 0 as WallTime;
  ready = false;
  /** The recorder takes it back: nothing more of it is sent. */
  isWithdrawn = false;
  /** The message under way has its place on the wire: what is published after it arrives after it. */
  isInLine = false;
  /** Wall-clock milliseconds after which nothing of it is sent. */
  readonly #end: number;

  constructor(document: SpoolDocument, records: RecordStore) {
    this.document = document;
    this.#records = records;
    this.#end = Date.parse(document.not_after);
    this.#record = records.get(document.id) ?? newRecord(document.id);
    // It stands in the outbox again: the recorder has thought better of it.
    if (this.state === "taken down") this.#write({ state: "waiting" });
    if (this.state !== "waiting") this.#steps = [];
  }

  get id(): string {
    return this.document.id;
  }

  get recipient(): string {
    return this.document.recipient;
  }

  get urgency(): Urgency {
    return URGENCIES[this.document.kind];
  }

  get busy(): boolean {
    return this.stop !== undefined;
  }

  get stage(): number {
    return stageOf(this.#steps?.[0]);
  }

  /** Pictures are not overlapped: two of them go to the same two topics. */
  get passed(): number {
    if (isPicture(this.document)) return 0;
    const { stage } = this;
    const next = this.#steps?.[1];
    const isLast = next === undefined || stageOf(next) !== stage;
    return this.busy && this.isInLine && isLast ? stage + 1 : stage;
  }

  get weight(): number {
    if (this.document.kind === "event" || this.stage > 0) return 0;
    const { bytes } = this.document.media;
    return this.#mode?.mode === "parts" ? Math.min(this.#mode.partBytes, bytes) : bytes;
  }

  get state(): RecordState {
    return this.#record.state;
  }

  get record(): DeliveryRecord {
    return this.#record;
  }

  get mode(): Mode | undefined {
    return this.#mode;
  }

  /** The message to send next, now that the broker is known; undefined when none is left. */
  next(setting: Setting): Step | undefined {
    if (this.document.kind === "event") this.#steps ??= eventSteps(this.document);
    else this.#plan(modeOf(this.document, setting));
    return this.#steps?.[0];
  }

  /** Before the first byte of `step`: whoever kills us now shall know that it may have got out. */
  begins(step: Step, now: WallTime): void {
    const media = step.kind === "data" || step.kind === "part" || step.kind === "picture";
    const first = this.document.kind !== "event" && this.#record.first_sent_ms === undefined && { first_sent_ms: now };
    const unsure = media && !this.#record.unsure && { unsure: true };
    if (first || unsure) this.#write({ ...first, ...unsure });
  }

  /** Whether the broker has taken it while nobody was subscribed, and it is to be sent again. */
  get unheard(): boolean {
    return this.state === "waiting" && this.#record.unheard > 0;
  }

  /** After `step` was answered. Returns the state if the recorder must hear of it: a new one, or that nobody heard. */
  answered(step: Step, outcome: Outcome, now: WallTime): RecordState | undefined {
    const media = step.kind === "data" || step.kind === "part";
    switch (outcome.kind) {
      case "lost":
        if (media && outcome.left !== "all" && this.#record.parts.length === 0)
          this.#write({ unsure: this.#record.asked > 0 });
        if (outcome.left === "none" || outcome.innocent || this.stop?.signal.aborted) return undefined;
        this.#write({ breaks: this.#record.breaks + 1 });
        return this.#record.breaks >= MOST_BREAKS
          ? this.fail("DELIVERY_GIVEN_UP", `${MOST_BREAKS} connections broke over it`)
          : undefined;
      case "refused":
        return this.#refused(outcome.reason, now);
      case "unheard":
        if (media) {
          const first = !this.unheard;
          this.#notHeard(now);
          return first ? this.state : undefined;
        }
        return this.#done(step);
      case "accepted":
        return this.#done(step);
    }
  }

  /** A receiver is there and wants what it has not got. */
  hello(now: WallTime): void {
    if (this.document.kind !== "clip" || this.busy) return;
    if (this.state === "waiting" && this.#record.unheard > 0) this.dueAt = now;
    if (this.state !== "accepted" || this.#steps?.length !== 0 || this.#record.asked >= MOST_HELLOS) return;
    this.#write({ asked: this.#record.asked + 1, parts: [] });
    this.dueAt = (now + HELLO_PAUSE_MS) as WallTime;
    this.#steps = undefined;
    this.#mode = undefined;
  }

  /** A receiver has some of it. */
  missing(parts: readonly number[], setting: Setting): void {
    if (this.document.kind !== "clip" || this.busy || this.state !== "accepted" || this.#record.asked >= MOST_ASKED)
      return;
    const mode = modeOf(this.document, setting);
    const isCutAnew = partBytesOf(mode) !== this.#record.part_bytes;
    this.#write({
      ...{ asked: this.#record.asked + 1, lacking: true },
      ...(isCutAnew && { part_bytes: partBytesOf(mode), parts: [] }),
    });
    this.#mode = mode;
    this.#steps = isCutAnew ? stepsOf("clip", mode, [], true) : missingSteps(mode, parts);
    this.dueAt = 0 as WallTime;
  }

  /**
   * A receiver names `parts`, not for the first time. Returns the bytes of its largest messages if all of those are among them (the
   * last part is smaller, and may have come): what the broker acknowledged it has not passed on.
   */
  lost(parts: readonly number[]): number | undefined {
    const { asked, part_bytes } = this.#record;
    if (this.document.kind !== "clip" || this.busy || this.state !== "accepted" || asked === 0) return undefined;
    const { bytes } = this.document.media;
    const largest = part_bytes === 0 ? bytes : Math.min(part_bytes, bytes);
    const count = Math.min(Math.floor(bytes / largest), MOST_NAMED);
    const named = new Set(parts.filter((n) => n < count)).size;
    return named === count && largest > SMALLEST_LIMIT ? largest : undefined;
  }

  fail(code: AgentErrorCode, detail: string): RecordState {
    return this.#becomes("failed", { code, detail: detail.slice(0, 400) });
  }

  /** Whatever time does to it. Returns the state if it is a new one. */
  age(now: WallTime): RecordState | undefined {
    if (this.busy || !this.#isOpen) return undefined;
    const { first_sent_ms: first, unheard } = this.#record;
    if (this.state === "accepted") {
      const over = now >= Math.min((first ?? now) + DAY_MS, this.#end);
      return over ? this.#becomes("unconfirmed", this.#record.lacking ? this.#lacked() : {}) : undefined;
    }
    if (now >= this.#end) return this.#becomes("expired", {});
    if (unheard > 0 && first !== undefined && now >= first + DAY_MS)
      return this.#becomes("unconfirmed", { code: "DELIVERY_UNHEARD", detail: "nobody was subscribed" });
    return undefined;
  }

  /** When {@link age} or {@link ready} may next change by itself, in wall-clock milliseconds. */
  nextChange(now: WallTime): number {
    if (this.busy || !this.#isOpen) return Infinity;
    const day = (this.#record.first_sent_ms ?? Infinity) + DAY_MS;
    return Math.min(...[this.dueAt, this.#end, day].filter((at) => at > now));
  }

  /** The receiver has it. Returns the state once nothing more is to be said about it. */
  confirm(): RecordState | undefined {
    if (this.#record.first_sent_ms === undefined) return undefined;
    this.#confirmed = true;
    return this.state === "accepted" && !this.busy ? this.#becomes("confirmed", {}) : undefined;
  }

  /** It could not be read: later, perhaps. */
  putOff(now: WallTime): void {
    this.dueAt = (now + MINUTE_MS) as WallTime;
  }

  /** Its media is no longer in new/: the recorder has taken it back, and nothing more of it can be sent. */
  gone(): void {
    this.#steps = [];
  }

  /** Ends it on the recorder's word, and says how much has left. */
  takeDown(): HowMuchLeft {
    const sent = this.#sent();
    const { parts, part_bytes: size } = this.#record;
    const counted = sent === "part" && parts.length > 0 && this.document.kind === "clip";
    if (this.#isOpen) this.#becomes("taken down", {});
    if (!counted) return { sent };
    return { sent, parts: parts.length, of: Math.ceil(this.document.media.bytes / size) };
  }

  /** Whether there is something to send now. */
  refresh(now: WallTime): void {
    this.ready = this.#isOpen && !this.isWithdrawn && this.dueAt <= now && this.#steps?.length !== 0;
  }

  get #isOpen(): boolean {
    return this.state === "waiting" || this.state === "accepted";
  }

  /** Sends it as `mode` says; what the broker has of it counts only if it was cut the same way. */
  #plan(mode: Mode): void {
    if (this.#steps && this.#mode && same(mode, this.#mode)) return;
    const partBytes = partBytesOf(mode);
    if (this.#record.part_bytes !== partBytes) this.#write({ part_bytes: partBytes, parts: [], breaks: 0 });
    this.#mode = mode;
    this.hashes = [];
    if (this.#steps?.length === 0 || this.document.kind === "event") return;
    this.#steps = stepsOf(this.document.kind, mode, this.#record.parts, this.state === "accepted");
  }

  #sent(): "none" | "part" | "all" {
    const { state, unsure, parts, asked } = this.#record;
    if (state === "accepted" || state === "confirmed" || state === "unconfirmed" || asked > 0) return "all";
    if (parts.length > 0) return this.#steps?.some(({ kind }) => kind === "part") === false ? "all" : "part";
    return unsure ? (this.#record.part_bytes === 0 ? "all" : "part") : "none";
  }

  #done(step: Step): RecordState | undefined {
    this.#steps = this.#steps?.slice(1);
    this.#refusals = 0;
    if (step.kind === "part" && !this.#record.parts.includes(step.n))
      this.#write({ parts: [...this.#record.parts, step.n], breaks: 0 });
    if (this.#confirmed && this.state === "accepted") return this.#becomes("confirmed", {});
    if (this.#steps?.length !== 0) return undefined;
    if (this.#confirmed) return this.#becomes("confirmed", {});
    return this.state === "accepted" ? undefined : this.#becomes("accepted", { breaks: 0 });
  }

  #notHeard(now: WallTime): void {
    const { unheard } = this.#record;
    this.dueAt = (now + UNHEARD_PAUSES_MS[Math.min(unheard, UNHEARD_PAUSES_MS.length - 1)]!) as WallTime;
    this.#write({ unheard: unheard + 1, parts: [], unsure: this.#record.asked > 0 || this.#record.parts.length > 0 });
    this.#steps = undefined;
    this.#mode = undefined;
  }

  #refused(reason: number, now: WallTime): RecordState | undefined {
    const detail = `PUBACK 0x${reason.toString(16)}`;
    if (!PASSING.has(reason) || ++this.#refusals >= MOST_REFUSED) return this.fail("DELIVERY_REFUSED", detail);
    this.dueAt = (now + REFUSED_PAUSE_MS * this.#refusals) as WallTime;
    return undefined;
  }

  #lacked(): Pick<DeliveryRecord, "code" | "detail"> {
    const { asked } = this.#record;
    return { code: "DELIVERY_SWALLOWED", detail: `the receiver lacked some of it ${asked} times after it was sent` };
  }

  #becomes(state: RecordState, more: Partial<DeliveryRecord>): RecordState {
    this.#write({ state, ...more });
    this.#steps = [];
    return state;
  }

  #write(change: Partial<DeliveryRecord>): void {
    this.#record = { ...this.#record, ...change };
    if (this.document.kind !== "event") this.#records.set(this.#record);
  }
}

const URGENCIES: Readonly<Record<SpoolDocument["kind"], Urgency>> = { event: 0, still: 1, preview: 2, clip: 3 };

/** Of a clip in parts all parts are one stage. */
const STAGES: Readonly<Record<Step["kind"], number>> = {
  event: 0,
  data: 0,
  part: 0,
  picture: 0,
  receipt: 1,
  "picture receipt": 1,
  manifest: 2,
  ready: 3,
};
const stageOf = (step: Step | undefined): number => (step ? STAGES[step.kind] : 0);

const partBytesOf = (mode: Mode): number => (mode.mode === "parts" ? mode.partBytes : 0);

const same = (a: Mode, b: Mode | undefined): boolean =>
  a.mode === "single" ? b?.mode === "single" : b?.mode === "parts" && a.partBytes === b.partBytes;
