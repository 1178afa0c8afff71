// The consent gate (DESIGN §2, §7): the only writer of the spool. Every clip, still and event passes here, is decided for every
// recipient, and leaves only as docs/spec/consent.md §9 says. Any error means that nothing leaves.
import type { ApprovalChannel, Config } from "../../config/config.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { AgentErrorCode } from "../error.ts";
import type { EntryDetails } from "../ledger/entry.ts";
import type { Service } from "../lifecycle.ts";
import type { ShareState } from "../review/owner.ts";
import type { RecorderToPublisher } from "../spool/door.ts";
import type { Clip, ClipId } from "../vault/clip.ts";
import { Announcements } from "./announcements.ts";
import type { Decision, OwnerAnswer } from "./decision.ts";
import { DisclosureStore, isOpen, risingIds } from "./disclosure-store.ts";
import type { StoredDisclosure } from "./disclosure-store.ts";
import { Docket } from "./docket.ts";
import { closedMessages } from "./event-documents.ts";
import { Judge } from "./judge.ts";
import type { DoorEvent } from "./judge.ts";
import { forgetBefore } from "./forgetting.ts";
import { HandOver } from "./hand-over.ts";
import type { HandedOver, HandOverWish } from "./hand-over.ts";
import { Outbox } from "./outbox.ts";
import type { Delivery, TakenDown } from "./outbox.ts";
import type { GateParts } from "./ports.ts";
import { reconcile } from "./reconcile.ts";
import { Releases } from "./releases.ts";
import { Revision } from "./revision.ts";
import { Standing } from "./standing.ts";
import { ConsentStore } from "./store.ts";
import type { MediaKind } from "./store.ts";
import { Withdrawals } from "./withdrawals.ts";

export class Gate implements Service {
  readonly name = "consent gate";
  readonly #parts: GateParts;
  readonly #store: ConsentStore;
  readonly #rows: DisclosureStore;
  readonly #judge: Judge;
  readonly #docket: Docket;
  readonly #outbox: Outbox;
  readonly #announcements: Announcements;
  readonly #releases: Releases;
  readonly #revision: Revision;
  readonly #withdrawals: Withdrawals;
  readonly #standing: Standing;
  readonly #handOver: HandOver;
  #retracting: readonly string[] = [];

  readonly #alarm = (code: AgentErrorCode, detail: string): void => {
    this.#parts.alarm?.(code, detail);
    try {
      this.#parts.ledger.append("alarm", "", { code, detail });
    } catch {
      // A ledger that cannot be written has its own alarm, and nothing leaves without it.
    }
  };

  constructor(parts: GateParts) {
    this.#parts = parts;
    const { ledger } = parts;
    const step = parts.step ?? (() => {});
    const store = (this.#store = new ConsentStore(ledger.database));
    const rows = (this.#rows = new DisclosureStore(ledger.database));
    const newId = parts.newId ?? risingIds(rows.newestId());
    const judge = (this.#judge = new Judge(parts, store, rows));
    const docket = (this.#docket = new Docket(judge, ledger, store));
    const alarm = this.#alarm;
    const permits = (row: StoredDisclosure): boolean => judge.permits(row, parts.clips.find(row.clip));
    const outbox = (this.#outbox = new Outbox({ ...parts, newId, alarm, step, permits }, store, rows));
    const shared = { ...parts, judge, docket, outbox, store, rows, newId, step, alarm };
    const announcements = (this.#announcements = new Announcements(shared));
    this.#releases = new Releases(shared);
    this.#revision = new Revision({ ...shared, announcements });
    this.#withdrawals = new Withdrawals({ ...shared, announcements });
    this.#standing = new Standing(shared);
    this.#handOver = new HandOver(shared);
  }

  /** Brings the spool to agree with the ledger, decides again what was cut short, and begins to watch the terms. */
  async start(): Promise<void> {
    await this.#parts.spool.prepare();
    const { spool } = this.#parts;
    await reconcile({ parts: { spool, alarm: this.#alarm }, rows: this.#rows, outbox: this.#outbox });
    await this.#reconsider();
    for (const { clip, kind, recipient } of this.#store.owed()) await this.#tryRelease(clip, kind, recipient);
    await this.expire();
  }

  async stop(): Promise<void> {
    this.#revision.stop();
    await this.idle();
  }

  /** Resolves when everything that was begun is done. */
  async idle(): Promise<void> {
    await this.#revision.idle();
    await this.#releases.idle();
    await this.#outbox.idle();
  }

  /**
   * Considers what became ready and was never considered, because the power failed in between. Only what the ledger knows to
   * have become ready: a vault without its ledger sends nothing.
   */
  async considerLeftovers(ready: readonly Clip[]): Promise<void> {
    for (const clip of ready) {
      if (this.#store.considered(clip.id)) continue;
      const known = this.#parts.ledger.entries({ type: "clip.ready", ref: clip.id, limit: 1 })[0]?.details;
      if (known?.sha256 === clip.sha256) await this.consider(clip);
    }
  }

  /**
   * Decides a clip that has become ready, for every recipient; resolves when all that is permitted is released. Never throws:
   * what goes wrong does not leave, and is an alarm.
   */
  consider(clip: Clip): Promise<void> {
    return this.#guarded(clip.id, async () => {
      if (clip.state !== "ready" || this.#store.considered(clip.id)) return;
      const decisions = this.#decideAll(clip, "clip");
      if (decisions.some(({ decision }) => decision.effect === "ask")) await this.#announcements.waiting(clip);
      for (const { recipient, decision } of decisions)
        if (decision.effect === "permit") await this.#tryRelease(clip.id, "clip", recipient);
    });
  }

  /** Decides a clip's still, which is made after the clip. The owner answers for both at once. Never throws. */
  considerStill(clip: Clip): Promise<void> {
    return this.#guarded(clip.id, async () => {
      if (clip.state !== "ready" || this.#parts.clips.still(clip.id) === undefined) return;
      if (this.#store.verdicts(clip.id).some(({ kind }) => kind === "still")) return;
      for (const { recipient, decision } of this.#decideAll(clip, "still"))
        if (decision.effect === "permit") await this.#tryRelease(clip.id, "still", recipient);
    });
  }

  /** A ring or a movement, to everybody who may hear of it now. Never throws. */
  considerEvent(event: DoorEvent): Promise<void> {
    return this.#guarded(event.kind, () => this.#announcements.event(event));
  }

  /** Nothing moves any more. Never throws. */
  motionEnded(): Promise<void> {
    return this.#guarded("motion", () => this.#announcements.motionEnded());
  }

  /**
   * The owner's answer for one clip and one recipient. An approval releases the clip, and its still where the policy has one,
   * and resolves when both are in the outbox.
   *
   * @throws AgentError CLIP_NOT_FOUND, RECIPIENT_NOT_FOUND; ANSWER_REFUSED when a rule denies all the same, with the reasons;
   *   CLIP_MISSING or CLIP_ALTERED when the clip is not the one that was recorded, and whatever else stopped the release.
   */
  async answer(
    id: ClipId,
    recipient: string,
    answer: OwnerAnswer["answer"],
    via: ApprovalChannel,
  ): Promise<ShareState> {
    const clip = this.#clip(id);
    if (answer !== "approved") {
      await this.#withdrawals.refuse(clip, recipient, answer, via);
      return this.#standing.share(clip, recipient);
    }
    if (!this.#judge.config.recipients.some(({ name }) => name === recipient))
      throw new AgentError("RECIPIENT_NOT_FOUND", recipient);
    if (clip.state !== "ready") throw new AgentError("ANSWER_REFUSED", `${id} is ${clip.state}`);
    const approval: OwnerAnswer = { answer, at: this.#parts.clock.wall(), via };
    const kinds: readonly MediaKind[] = this.#parts.clips.still(id) === undefined ? ["clip"] : ["clip", "still"];
    const decided = kinds.map((kind) => ({ kind, decision: this.#judge.clip(clip, kind, recipient, approval) }));
    const permitted = decided.filter(({ decision }) => decision.effect === "permit");
    if (permitted.length === 0) {
      const reasons = decided[0]!.decision.reasons.filter(({ effect }) => effect === decided[0]!.decision.effect);
      throw new AgentError("ANSWER_REFUSED", `${id} for ${recipient}: ${reasons.map(({ text }) => text).join("; ")}`);
    }
    this.#parts.ledger.transaction(() => {
      this.#parts.ledger.append("answer", id, { recipient, answer, via, clip_sha256: clip.sha256 });
      this.#store.putAnswer(id, recipient, { ...approval, clipSha256: clip.sha256 });
      for (const { kind, decision } of permitted) this.#docket.record(clip, kind, recipient, decision, approval.at);
    });
    this.#parts.step?.("answer written");
    for (const { kind } of permitted) await this.#releases.release(id, kind, recipient);
    this.#revision.arm();
    return this.#standing.share(clip, recipient);
  }

  /** Seals a clip for somebody who stands in no configuration. @throws AgentError CLIP_NOT_FOUND, and as {@link HandOver.give}. */
  async handOver(id: ClipId, wish: HandOverWish): Promise<HandedOver> {
    return this.#handOver.give(this.#clip(id), wish);
  }

  /** A recipient's own wish not to have a clip: tighter, so nobody is asked. Unknown clips and names are nobody's business. */
  forgo(id: ClipId, recipient: string): Promise<void> {
    return this.#withdrawals.forgo(id, recipient);
  }

  /** A new policy is in force. Everything committed that has not reached its end is decided again. */
  async policyChanged(config: Config): Promise<void> {
    this.#judge.config = config;
    this.#judge.invalid = undefined;
    await this.#reconsider();
  }

  /** The configuration cannot be read: sharing is closed until {@link policyChanged}. What waits is held. */
  async policyInvalid(detail: string): Promise<void> {
    this.#judge.invalid = detail;
    await this.#reconsider();
  }

  /** The clock has become trusted, or the ledger has been accepted again: what was held for it is decided again. */
  async circumstancesChanged(): Promise<void> {
    await this.#reconsider();
    await this.expire();
  }

  /** Pauses sharing for everybody (""), or for one recipient. `by` goes into the ledger: "page", "cli", or the recipient. */
  async pause(scope: string, by: string): Promise<void> {
    if (this.#store.pauses().some((pause) => pause.scope === scope)) return;
    this.#parts.ledger.transaction(() => {
      this.#parts.ledger.append("sharing.paused", scope, { by });
      this.#store.pause({ scope, by, at: this.#parts.clock.wall() });
    });
    await this.#reconsider();
  }

  /** The owner's alone (promise 4). */
  async resume(scope: string, by: string): Promise<void> {
    const resumed = this.#parts.ledger.transaction(() => {
      if (!this.#store.resume(scope)) return false;
      this.#parts.ledger.append("sharing.resumed", scope, { by });
      return true;
    });
    if (resumed) await this.#reconsider();
  }

  /** What has been asked for too long, or waited too long to be sent, ends; what could not be spooled is tried again. */
  expire(): Promise<void> {
    return this.#revision.expire();
  }

  delivery(report: Delivery): Promise<void> {
    return this.#outbox.delivery(report);
  }

  /** The publisher's answer to take_down: decides between silence and a published withdrawal. */
  takenDown(report: TakenDown): Promise<void> {
    return this.#withdrawals.answered(report);
  }

  /** To be called once the publisher has said hello and been told its session: opens or closes the door, and repeats what was lost. */
  publisherConnected(): void {
    this.#tellDoor();
    this.#outbox.remind();
  }

  /** The publisher has retracted what the last `closed` named. */
  retracted(): void {
    this.#announcements.retracted(this.#retracting);
    this.#retracting = [];
  }

  /** The message that opens or closes the door, as things stand. */
  door(): Extract<RecorderToPublisher, { type: "open" | "closed" }> {
    const open = this.#judge.config.sharing.enabled && !this.#judge.paused("");
    return open ? { type: "open" } : { type: "closed", retract: this.#announcements.retractions() };
  }

  /** Why nothing leaves although the policy shares, in a fragment; undefined when that is not so. */
  closed(): { readonly state: "paused" | "closed"; readonly detail: string } | undefined {
    if (this.#judge.closed !== undefined) return { state: "closed", detail: this.#judge.closed };
    const pause = this.#store.pauses().find(({ scope }) => scope === "");
    return pause && { state: "paused", detail: `paused by ${pause.by} at ${new Date(pause.at).toISOString()}` };
  }

  /** Where a clip stands for every recipient, and for everybody who was ever sent it. */
  shares(id: ClipId): readonly ShareState[] {
    return this.#standing.shares(id);
  }

  /** What would be decided about a clip now. @throws AgentError CLIP_NOT_FOUND. */
  explain(id: ClipId, recipient: string, kind: MediaKind = "clip"): Decision {
    return this.#judge.clip(this.#clip(id), kind, recipient);
  }

  /** How many clips wait for the owner. */
  waiting(): number {
    return this.#store.clipsAsked();
  }

  /** Who was sent this clip, or some of it: for its tombstone. */
  hadReceived(id: ClipId): readonly string[] {
    return this.#standing.hadReceived(id);
  }

  /** Whether something of this clip is on its way to somebody: it is not given up to make room. */
  waits(id: ClipId): boolean {
    return this.#standing.waits(id);
  }

  /** The clip is about to go, for whatever reason: what has not left goes with it, and is not asked about any more. */
  async forgetClip(id: ClipId, why: EntryDetails["clip.deleted"]["why"]): Promise<void> {
    if (why === "erasure") await this.#withdrawals.erased(id);
    for (const row of this.#rows.ofClip(id))
      if (isOpen(row)) await this.#outbox.takeDown(row.id, "withdrawn", `the clip was deleted: ${why}`, "quiet");
    this.#parts.ledger.transaction(() => {
      this.#store.forgetClip(id);
      if (why === "erasure") this.#rows.blankClip(id);
    });
  }

  /** Forgets what ended before `before` (`retention.ledger`). */
  forgetBefore(before: WallTime): Promise<void> {
    return forgetBefore({ ...this.#parts, rows: this.#rows }, before);
  }

  #decideAll(clip: Clip, kind: MediaKind): readonly { readonly recipient: string; readonly decision: Decision }[] {
    const now = this.#parts.clock.wall();
    return this.#parts.ledger.transaction(() => {
      if (kind === "clip") this.#store.putConsidered(clip.id, now);
      return this.#judge.config.recipients.map(({ name }) => {
        const decision = this.#judge.clip(clip, kind, name);
        this.#docket.record(clip, kind, name, decision, now);
        return { recipient: name, decision };
      });
    });
  }

  async #reconsider(): Promise<void> {
    // The door first: what must not leave stops leaving before anything is looked at.
    this.#tellDoor();
    await this.#revision.reconsider(({ clip, recipient }, kind) => this.#tryRelease(clip, kind, recipient));
    this.#revision.arm();
  }

  async #guarded(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#revision.arm();
    } catch (error) {
      if (error instanceof AgentError) this.#alarm(error.code, error.detail);
      else this.#alarm("NOT_RELEASED", `${what}: ${(error as Error).message}`);
    }
  }

  async #tryRelease(id: ClipId, kind: MediaKind, recipient: string): Promise<void> {
    try {
      await this.#releases.release(id, kind, recipient);
    } catch (error) {
      const known = error instanceof AgentError ? error : new AgentError("NOT_RELEASED", (error as Error).message);
      this.#parts.alarm?.(known.code, known.detail);
    }
  }

  #clip(id: ClipId): Clip {
    const clip = this.#parts.clips.find(id);
    if (!clip || clip.state === "deleted") throw new AgentError("CLIP_NOT_FOUND", id);
    return clip;
  }

  #tellDoor(): void {
    const message = this.door();
    if (message.type === "open") return this.#parts.door.send(message);
    this.#retracting = [...new Set([...this.#retracting, ...message.retract])];
    for (const each of closedMessages(message.retract)) this.#parts.door.send(each);
  }
}
