// The gate's hands: what is committed becomes a directory of the spool, and what the publisher reports becomes a state.
// The row is written first and the spool follows, so that after a crash the row says where everything belongs. Decides nothing.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { DisclosureFacts } from "../ledger/receipt-issue.ts";
import type { Ended, EventDisclosure, MediaDisclosure } from "../spool/disclosure.ts";
import type { HowMuchLeft, PublisherToRecorder } from "../spool/door.ts";
import { hashFile } from "../vault/integrity.ts";
import type { Obligation } from "./decision.ts";
import type { DisclosureStore, EndState, StoredDisclosure, Stopping } from "./disclosure-store.ts";
import { isOpen } from "./disclosure-store.ts";
import { checkpointDraft, eventDocument } from "./event-documents.ts";
import type { EventDraft } from "./event-documents.ts";
import type { ConsentLedger, DoorLine, NewId, Spool } from "./ports.ts";
import { sealText } from "./seal.ts";
import type { ConsentStore } from "./store.ts";
import { WorkLine } from "./work-line.ts";

export interface OutboxParts {
  readonly ledger: ConsentLedger;
  readonly spool: Spool;
  readonly door: DoorLine;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Whether it is permitted under the policy in force: asked once more in the instant it is spooled. */
  readonly permits: (row: StoredDisclosure) => boolean;
  /** The age keys of a recipient; none for one that is sent to in the clear. */
  readonly keysOf: (recipient: string) => readonly string[];
  readonly alarm: (code: "NOT_RELEASED" | "SPOOL_UNACCOUNTED", detail: string) => void;
  /** Called between the steps of a release, for tests that pull the plug. */
  readonly step: (name: string) => void;
}

/** By what, on which local day and until when a disclosure was made. */
export interface MadeFor {
  readonly duties: readonly Obligation[];
  readonly localDay: string | undefined;
  readonly notAfter: WallTime;
}

export type Delivery = Extract<PublisherToRecorder, { type: "delivery" }>;
export type TakenDown = Extract<PublisherToRecorder, { type: "taken_down" }>;

/** Topics whose payload is never sealed. */
const IN_THE_CLEAR: readonly string[] = ["info", "checkpoint"];
/** Keeps a transaction short, and the write-ahead log small. */
const REPORTS_AT_ONCE = 256;

/** How a clip stands that the broker took in vain: still in the outbox. */
const UNHEARD = "the broker took it while nobody was subscribed; it is sent again";

/** Every change of the spool goes through here, one at a time. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #store: ConsentStore;
  readonly #rows: DisclosureStore;
  readonly #line = new WorkLine(100_000);
  readonly #reports: Delivery[] = [];
  /** Set while reports wait for their turn. */
  #filing: Promise<void> | undefined;

  constructor(parts: OutboxParts, store: ConsentStore, rows: DisclosureStore) {
    this.#parts = parts;
    this.#store = store;
    this.#rows = rows;
  }

  /**
   * The commit (docs/spec/consent.md §9.3): entry, receipt, row, count and the recipient's new checkpoint, or nothing.
   *
   * @returns what is to be published, in this order.
   */
  commitMedia(
    facts: DisclosureFacts,
    document: MediaDisclosure,
    { duties, localDay, notAfter }: MadeFor,
  ): readonly string[] {
    const { ledger, clock } = this.#parts;
    const { id, kind, clip, recipient } = document;
    return ledger.transaction(() => {
      let checkpoint: string | undefined;
      ledger.commitDisclosure(facts, () => {
        const day = localDay === undefined ? {} : { localDay };
        const at = { committedAt: clock.wall(), notAfter, ...day };
        this.#rows.insert({ id, kind, clip, recipient, state: "committed", detail: "", ...at, document, duties });
        if (kind !== "clip") this.#store.putRetained(recipient, `latest/${kind}`, document.media.sha256);
        const note = ledger.recipientCheckpoint(recipient);
        if (note !== undefined) checkpoint = this.commitEvent(checkpointDraft(note), recipient);
      });
      return checkpoint === undefined ? [id] : [id, checkpoint];
    });
  }

  /** Commits a small message. It is not in the spool before {@link publish}. */
  commitEvent(draft: EventDraft, recipient: string, state: "committed" | "held" = "committed"): string {
    const { ledger, clock, newId } = this.#parts;
    const now = clock.wall();
    const id = newId(now, recipient);
    const document = eventDocument(draft, id, recipient, now);
    const sha256 = createHash("sha256").update(draft.payload).digest("hex");
    const clip = draft.clip ?? "";
    ledger.transaction(() => {
      const sent = { sent_sha256: sha256, sent_bytes: Buffer.byteLength(draft.payload) };
      ledger.append("disclosure", id, { recipient, kind: "event", clip, ...sent });
      const at = { committedAt: now, notAfter: (now + draft.spanMs) as WallTime };
      this.#rows.insert({ id, kind: "event", clip, recipient, state, detail: "", ...at, document, duties: [] });
      if (!draft.retain) return;
      if (draft.payload === "" || draft.payload === "OFF") this.#store.dropRetained(recipient, draft.topic);
      else this.#store.putRetained(recipient, draft.topic, sha256);
    });
    return id;
  }

  /**
   * Puts what is committed or held into new/. When that fails it stays committed, with an alarm, and is tried again with
   * the next {@link publishCommitted}.
   */
  publish(id: string): Promise<void> {
    return this.#line.run(async () => {
      const row = this.#rows.get(id);
      if (!row || (row.state !== "committed" && row.state !== "held")) return;
      // A change of policy that came in between will see to it that the row is held or ended.
      if (!this.#parts.permits(row)) return;
      try {
        await this.#place(row);
      } catch (error) {
        this.#parts.alarm("NOT_RELEASED", `${id} is committed and could not be spooled: ${(error as Error).message}`);
      }
    });
  }

  async #place({ id, document, kind }: StoredDisclosure): Promise<void> {
    const { spool, ledger, door, step } = this.#parts;
    if (document.kind === "event") await spool.publishEvent(await this.#sealed(document));
    else {
      const receipt = ledger.receiptOf(id);
      if (receipt === undefined) throw new AgentError("NOT_RELEASED", `the receipt of ${id} was erased`);
      await spool.publish(id, { disclosure: document, receipt });
    }
    step(`${kind} spooled`);
    // Told first, for the bell is not to wait for the card; what the publisher answers is heard after this, and a start finds either.
    door.send({ type: "spooled", id });
    this.#rows.setState(id, "released", "");
    step(`${kind} released`);
  }

  /** What says anything about the house is for the recipient alone; who the device is, and the head of its tree, are for anyone to check. */
  async #sealed(event: EventDisclosure): Promise<EventDisclosure> {
    const keys = this.#parts.keysOf(event.recipient);
    if (keys.length === 0 || event.payload === "" || IN_THE_CLEAR.includes(event.topic)) return event;
    return { ...event, payload: await sealText(event.payload, keys) };
  }

  /** Tries again what could not be spooled. */
  async publishCommitted(): Promise<void> {
    for (const { id, state } of this.#rows.open()) if (state === "committed") await this.publish(id);
  }

  /**
   * Takes what has not left out of new/ until it is published again. What has left in part is asked back all the same; what the
   * broker has by then is not sent again.
   */
  hold(id: string, detail: string): Promise<void> {
    return this.#line.run(async () => {
      const row = this.#rows.get(id);
      if (row?.state === "accepted") return this.#revoke(row, detail);
      if (row?.state !== "committed" && row?.state !== "released") return;
      const { spool, door, ledger } = this.#parts;
      ledger.transaction(() => {
        this.#rows.setState(id, "held", detail);
        if (row.state === "released" && row.kind !== "event") this.#rows.setStopping(id, "held");
      });
      if (row.kind === "event") await spool.remove("new", id);
      else await spool.takeBack(id);
      if (row.state === "released") door.send({ type: "take_down", id });
    });
  }

  /**
   * Ends what may not leave any more. What it is called depends on how far it has come when its turn comes.
   *
   * @returns whether that was before the broker had it: then something else may go in its place.
   */
  revoke(id: string, why: string): Promise<boolean> {
    return this.#line.run(async () => {
      const row = this.#rows.get(id);
      if (!row || !isOpen(row)) return false;
      await this.#revoke(row, why);
      return row.state !== "accepted";
    });
  }

  /**
   * Ends what is open. `stopping` says what to do when the publisher answers how much it had sent.
   *
   * @returns whether it was open still when its turn came.
   */
  takeDown(
    id: string,
    end: Exclude<EndState, "confirmed" | "failed">,
    detail: string,
    stopping: Stopping,
  ): Promise<boolean> {
    return this.#line.run(async () => {
      const row = this.#rows.get(id);
      if (!row || !isOpen(row)) return false;
      await this.#takeDown(row, end, detail, stopping);
      return true;
    });
  }

  /** What the broker has is not sent again; what it has not is withdrawn; what never stood in the door was not released. */
  async #revoke(row: StoredDisclosure, why: string): Promise<void> {
    if (row.state === "accepted") await this.#takeDown(row, "unconfirmed", `not sent again: ${why}`, "quiet");
    else await this.#takeDown(row, row.state === "committed" ? "not_released" : "withdrawn", why, "quiet");
  }

  async #takeDown(row: StoredDisclosure, end: EndState, detail: string, stopping: Stopping): Promise<void> {
    const { spool, door } = this.#parts;
    const { id } = row;
    const told = row.state === "released" || row.state === "accepted" || row.stopping !== undefined;
    this.#end(row, end, detail, told && row.kind !== "event" ? stopping : undefined);
    if (row.kind === "event") await spool.remove("new", id);
    else {
      if (await spool.move(id, "failed")) await spool.unlinkMedia("failed", id);
      await spool.discardStaged(id);
    }
    if (told) door.send({ type: "take_down", id });
  }

  /**
   * What the publisher says became of something. A report that contradicts what is known is passed over. Whatever has been
   * reported by the time its turn comes is one transaction: after an outage a thousand may come at once.
   */
  delivery(report: Delivery): Promise<void> {
    this.#reports.push(report);
    if (this.#filing) return this.#filing;
    const filing = this.#line.run(() => this.#file());
    this.#filing = filing;
    filing.catch(() => {
      // It never began: too much waits. The publisher says it again when it next connects.
      if (this.#filing === filing) this.#reports.length = 0;
      if (this.#filing === filing) this.#filing = undefined;
    });
    return filing;
  }

  async #file(): Promise<void> {
    this.#filing = undefined;
    const { ledger, spool } = this.#parts;
    for (let reports = this.#reports.splice(0, REPORTS_AT_ONCE); reports.length > 0;) {
      const ended = ledger.transaction(() => reports.flatMap((report) => this.#enter(report)));
      if (ended.length > 0) await spool.settle(ended);
      reports = this.#reports.splice(0, REPORTS_AT_ONCE);
    }
  }

  /** Enters one report. Returns what is to be taken out of new/, and where to. */
  #enter({ id, state, code, detail }: Delivery): readonly Ended[] {
    const words = [code, detail].filter((part) => part !== undefined).join(": ");
    const row = this.#rows.get(id);
    if (!row || row.state === "committed") return [];
    if (state === "unheard") {
      if (row.state === "released" && row.detail === "") this.#rows.setState(id, row.state, UNHEARD);
      return [];
    }
    if (row.kind === "event") {
      if (!isOpen(row)) return [];
      const sent = state === "accepted" || state === "confirmed" || state === "unconfirmed";
      this.#end(row, sent ? "unconfirmed" : state, words, undefined);
      return [{ id, to: "nowhere" }];
    }
    if (row.state === "unconfirmed" && state === "confirmed") this.#end(row, state, words, row.stopping);
    if (!isOpen(row)) return [];
    if (state === "accepted" && row.state !== "held") {
      if (row.state === "accepted") return [];
      this.#log(row, state, words);
      this.#rows.setState(id, "accepted", words);
      return [];
    }
    this.#end(row, state === "accepted" ? "unconfirmed" : state, words, undefined);
    return [{ id, to: state === "failed" || state === "expired" ? "failed" : "sent" }];
  }

  /**
   * How much of something had left when the publisher stopped: written down with what has ended by then. Returns what was waiting
   * for that answer, once.
   */
  takenDown({ id, sent, parts, of }: TakenDown): Promise<StoredDisclosure | undefined> {
    const left = { sent, ...(parts !== undefined && of !== undefined && { parts, of }) };
    return this.#line.run(async () => {
      const row = this.#rows.get(id);
      if (row?.stopping === undefined) return undefined;
      this.#rows.setStopping(id, undefined);
      if (row.stopping === "held" && row.state === "held" && sent === "all") {
        this.#end(row, "unconfirmed", "it had been sent before it could be held", undefined);
        await this.#parts.spool.discardStaged(id);
      } else if (row.state === "withdrawn" || row.state === "expired")
        this.#end(row, row.state, [row.detail, leftWords(left)].filter(Boolean).join("; "), undefined, left);
      return row;
    });
  }

  /** Says again what the publisher was told and has not answered. */
  remind(): void {
    for (const { id } of this.#rows.stopping()) this.#parts.door.send({ type: "take_down", id });
  }

  /** Resolves when everything asked for until now is done. */
  idle(): Promise<void> {
    return this.#line.idle();
  }

  /** Whether the media of a disclosure stands in a folder, byte for byte. */
  async intact({ id, document }: StoredDisclosure, folder: "tmp" | "new"): Promise<boolean> {
    if (document.kind === "event") return false;
    const path = join(this.#parts.spool.root, folder, id, document.media.file);
    const found = await hashFile(path).catch(() => undefined);
    return found?.sha256 === document.media.sha256;
  }

  /** Ends a row, with its line in the ledger. Small messages are worth a line only if they failed. */
  #end(row: StoredDisclosure, end: EndState, detail: string, stopping: Stopping | undefined, left?: HowMuchLeft): void {
    this.#parts.ledger.transaction(() => {
      if (end === "not_released") this.#parts.ledger.append(end, row.id, { recipient: row.recipient, why: detail });
      else if (row.kind !== "event" || end === "failed") this.#log(row, end, detail, left);
      this.#rows.setState(row.id, end, detail);
      this.#rows.setStopping(row.id, stopping);
    });
  }

  #log(
    { id, recipient }: StoredDisclosure,
    state: Exclude<EndState, "not_released"> | "accepted",
    detail: string,
    left?: HowMuchLeft,
  ): void {
    this.#parts.ledger.append("delivery", id, { recipient, state, detail, ...(left && { left }) });
  }

  /** Ends something of which nothing is left to take out of the spool. */
  end(row: StoredDisclosure, end: EndState, detail: string): void {
    this.#end(row, end, detail, row.stopping);
  }
}

function leftWords({ sent, parts, of }: HowMuchLeft): string {
  if (sent === "part") return of === undefined ? "part of it had left" : `${parts} of its ${of} parts had left`;
  return sent === "none" ? "nothing of it had left" : "all of it had left";
}
