// The consent gate (DESIGN §2, §7): the only writer of the spool. Every clip, still and event passes here, is decided for every
// recipient, and leaves only as docs/spec/consent.md §9 says. Any error means that nothing leaves.
import type { ApprovalChannel, Config } from "../../config/config.ts";
import { minutes, type Uptime, type WallTime } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { AgentErrorCode } from "../error.ts";
import type { EntryDetails } from "../ledger/entry.ts";
import type { Service } from "../lifecycle.ts";
import type { ShareState } from "../review/owner.ts";
import type { MediaKind } from "../spool/disclosure.ts";
import type { Clip, ClipId } from "../vault/clip.ts";
import { Announcements } from "./announcements.ts";
import { Approvals } from "./approvals.ts";
import { Considerations } from "./considerations.ts";
import type { Decision, OwnerAnswer } from "./decision.ts";
import { DisclosureStore, isOpen, risingIds } from "./disclosure-store.ts";
import type { StoredDisclosure } from "./disclosure-store.ts";
import { Docket } from "./docket.ts";
import { Judge } from "./judge.ts";
import type { DoorEvent } from "./judge.ts";
import { forgetBefore } from "./forgetting.ts";
import { HandOver } from "./hand-over.ts";
import type { HandedOver, HandOverWish } from "./hand-over.ts";
import { OpenWork } from "./open-work.ts";
import { Outbox } from "./outbox.ts";
import type { Delivery, TakenDown } from "./outbox.ts";
import type { GateParts } from "./ports.ts";
import { reconcile } from "./reconcile.ts";
import { Releases } from "./releases.ts";
import { Revision } from "./revision.ts";
import { Standing } from "./standing.ts";
import { Threshold } from "./threshold.ts";
import { ConsentStore } from "./store.ts";
import { Withdrawals } from "./withdrawals.ts";

const RESTATED_EVERY = minutes(60);

export class Gate implements Service {
  readonly name = "consent gate";
  readonly #parts: GateParts;
  readonly #store: ConsentStore;
  readonly #rows: DisclosureStore;
  readonly #judge: Judge;
  readonly #outbox: Outbox;
  readonly #announcements: Announcements;
  readonly #releases: Releases;
  readonly #revision: Revision;
  readonly #withdrawals: Withdrawals;
  readonly #standing: Standing;
  readonly #handOver: HandOver;
  /** What was begun and publishes one thing after another: none after {@link stop}, when somebody else may write the spool. */
  readonly #work = new OpenWork();
  readonly #considerations: Considerations;
  readonly #approvals: Approvals;
  readonly #threshold: Threshold;
  #restatedAt: Uptime | undefined;

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
    const newId = parts.newId ?? risingIds((recipient) => rows.newestId(recipient));
    const judge = (this.#judge = new Judge(parts, store, rows));
    const docket = new Docket(judge, ledger, store);
    const alarm = this.#alarm;
    const permits = (row: StoredDisclosure): boolean => judge.permits(row, parts.clips.find(row.clip));
    const keysOf = judge.keysOf.bind(judge);
    const outbox = (this.#outbox = new Outbox({ ...parts, newId, alarm, step, permits, keysOf }, store, rows));
    const shared = { ...parts, judge, docket, outbox, store, rows, newId, step, alarm };
    const announcements = (this.#announcements = new Announcements(shared));
    const releases = (this.#releases = new Releases({ ...shared, ...(parts.alarm && { onFault: parts.alarm }) }));
    this.#considerations = new Considerations({ ...shared, releases, announcements });
    this.#approvals = new Approvals({ ...shared, releases });
    this.#threshold = new Threshold({ ...shared, announcements });
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
    for (const { clip, kind, recipient } of this.#store.owed()) await this.#releases.attempt(clip, kind, recipient);
    await this.expire();
  }

  async stop(): Promise<void> {
    this.#revision.stop();
    await this.idle();
  }

  /** Resolves when everything that was begun is done. */
  async idle(): Promise<void> {
    await this.#work.idle();
    await this.#revision.idle();
    await this.#releases.idle();
    await this.#outbox.idle();
  }

  /**
   * Considers clips that became ready, and pictures that were made, and were never considered because the power failed in between. Only what the ledger knows to
   * have become ready: a vault without its ledger sends nothing.
   */
  async considerLeftovers(ready: readonly Clip[]): Promise<void> {
    for (const clip of ready) {
      if (this.#considerations.isLeftOver(clip)) await this.consider(clip);
      if (this.#considerations.lacksPictures(clip))
        await this.#guarded(clip.id, () => this.#considerations.picturesLeftOver(clip));
    }
  }

  /**
   * Decides a clip that has become ready, for every recipient; resolves when all that is permitted is released. Never throws:
   * what goes wrong does not leave, and is an alarm.
   */
  consider(clip: Clip): Promise<void> {
    return this.#guarded(clip.id, () => this.#considerations.clip(clip));
  }

  /** Decides a clip's still and preview, which are made after it. The owner answers for all at once. Never throws. */
  considerPictures(clip: Clip): Promise<void> {
    return this.#guarded(clip.id, () => this.#considerations.pictures(clip));
  }

  /** A ring or a movement, to everybody who may hear of it now. Never throws. */
  considerEvent(event: DoorEvent): Promise<void> {
    return this.#guarded(event.kind, () => this.#announcements.event(event));
  }

  /** Nothing moves any more. Never throws. */
  motionEnded(): Promise<void> {
    return this.#guarded("motion", () => this.#announcements.motionEnded());
  }

  /** Camera, microphone or what is wrong has changed, or how much waits: whoever may know is told, once. Never throws. */
  houseChanged(): Promise<void> {
    return this.#guarded("state", () => this.#announcements.refresh());
  }

  /**
   * The publisher has reached the broker, which may have lost what it was told to keep: that is said again. Never throws.
   * Not at every connection: on a bad link that would fill the ledger.
   */
  async brokerConnected(): Promise<void> {
    const now = this.#parts.clock.uptime();
    if (this.#restatedAt !== undefined && now - this.#restatedAt < RESTATED_EVERY) return;
    this.#restatedAt = now;
    await this.#guarded("state", () => this.#announcements.refresh(true));
  }

  /**
   * The owner's answer for one clip and one recipient. An approval releases the clip, and its pictures where the policy has them,
   * and resolves when all of it is in the outbox.
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
    return this.#work.run(async () => {
      const clip = this.#clip(id);
      if (answer === "approved") await this.#approvals.approve(clip, recipient, via);
      else await this.#withdrawals.refuse(clip, recipient, answer, via);
      this.#revision.arm();
      await this.houseChanged();
      return this.#standing.share(clip, recipient);
    });
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
    if (!this.#threshold.pause(scope, by)) return;
    if (scope !== "") await this.#announcements.pausedItself(scope);
    await this.#reconsider();
  }

  /** Lifts every pause, whoever made it. The owner's alone (promise 4). */
  async resume(by: string): Promise<void> {
    if (this.#threshold.resume(by)) await this.#reconsider();
  }

  /** Recipients who paused what goes to them. */
  pausedThemselves(): readonly string[] {
    return this.#store.pauses().flatMap(({ scope }) => (scope === "" ? [] : [scope]));
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
    this.#threshold.tell();
    this.#outbox.remind();
  }

  /** The publisher has retracted what the last `closed` named. */
  retracted(): void {
    this.#threshold.retracted();
  }

  /** The message that opens or closes the door, as things stand. */
  door(): ReturnType<Threshold["message"]> {
    return this.#threshold.message();
  }

  /** Why nothing leaves although the policy shares, in a fragment; undefined when that is not so. */
  closed(): ReturnType<Threshold["closed"]> {
    return this.#threshold.closed();
  }

  /** Where a clip stands for every recipient, and for everybody who was ever sent it. */
  shares(id: ClipId): readonly ShareState[] {
    return this.#standing.shares(id);
  }

  /** What would be decided about a clip now; one that has been sent does not count against itself. @throws AgentError CLIP_NOT_FOUND. */
  explain(id: ClipId, recipient: string, kind: MediaKind = "clip"): Decision {
    const clip = this.#clip(id);
    const sent = this.#rows.last(id, recipient, kind);
    const counts = sent !== undefined && (isOpen(sent) || sent.state === "confirmed" || sent.state === "unconfirmed");
    return counts ? this.#judge.again(clip, sent, kind) : this.#judge.clip(clip, kind, recipient);
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
    await this.houseChanged();
  }

  /** Forgets what ended before `before` (`retention.ledger`). */
  forgetBefore(before: WallTime): Promise<void> {
    return forgetBefore({ ...this.#parts, rows: this.#rows }, before);
  }

  async #reconsider(): Promise<void> {
    // The door first: what must not leave stops leaving before anything is looked at.
    this.#threshold.tell();
    await this.#revision.reconsider(({ clip, recipient }, kind) => this.#releases.attempt(clip, kind, recipient));
    this.#revision.arm();
  }

  #guarded(what: string, work: () => Promise<void>): Promise<void> {
    return this.#work.run(async () => {
      try {
        await work();
        this.#revision.arm();
      } catch (error) {
        if (error instanceof AgentError) this.#alarm(error.code, error.detail);
        else this.#alarm("NOT_RELEASED", `${what}: ${(error as Error).message}`);
      }
    });
  }

  #clip(id: ClipId): Clip {
    const clip = this.#parts.clips.find(id);
    if (!clip || clip.state === "deleted") throw new AgentError("CLIP_NOT_FOUND", id);
    return clip;
  }
}
