// The small messages: rings, motion, that something waits, that something was withdrawn, and what is retained at the broker.
// Each is decided for each recipient, committed, then spooled (docs/spec/consent.md §9).
import { createHash } from "node:crypto";
import type { Recipient } from "../../config/config.ts";
import type { Clock } from "../../drivers/clock/clock.ts";
import type { HouseState } from "../publisher/topics.ts";
import type { PictureKind, SpoolDocument } from "../spool/disclosure.ts";
import type { Clip } from "../vault/clip.ts";
import type { Decision } from "./decision.ts";
import type { DisclosureStore } from "./disclosure-store.ts";
import {
  countDraft,
  emptyDraft,
  infoDraft,
  isFarewell,
  motionDraft,
  motionStateDraft,
  ringDraft,
  stateDraft,
  waitingDraft,
  withdrawnDraft,
} from "./event-documents.ts";
import type { EventDraft } from "./event-documents.ts";
import type { DoorEvent, Judge } from "./judge.ts";
import type { Outbox } from "./outbox.ts";
import type { ClipSource, ConsentLedger, HouseCondition } from "./ports.ts";
import type { ConsentStore } from "./store.ts";

export interface AnnouncementParts {
  readonly judge: Judge;
  readonly outbox: Outbox;
  readonly store: ConsentStore;
  readonly rows: DisclosureStore;
  readonly ledger: ConsentLedger;
  readonly clock: Clock;
  readonly clips: Pick<ClipSource, "find">;
  /** Base64 of the device's raw public key, as `info` carries it. */
  readonly deviceKey: string;
  /** How the device is; absent while nobody knows. */
  readonly house?: () => HouseCondition | undefined;
}

/** More than one clip has, for however many recipients. */
const DECISIONS_EACH = 1000;

/** Decides, commits and spools what is small: see the head of the file. */
export class Announcements {
  readonly #parts: AnnouncementParts;
  /** By recipient, what its small messages that may still wait were decided by. */
  #terms: ReadonlyMap<string, string> = new Map();

  constructor(parts: AnnouncementParts) {
    this.#parts = parts;
  }

  /** A ring or a movement, to everybody who may hear of it. */
  async event(event: DoorEvent): Promise<void> {
    const { judge, ledger } = this.#parts;
    const ids = ledger.transaction(() =>
      judge.config.recipients.flatMap((to) => {
        const decision = judge.event(event, to.name);
        // A grant of never at every movement of a tree is not worth a line, and hides those that are.
        if (to.events !== "never") this.#log("", to.name, "event", decision);
        if (decision.effect !== "permit") return [];
        if (event.kind === "ring") return [this.#commit(ringDraft(event.at), to.name)];
        const moved = this.#commit(motionDraft(event.at), to.name);
        return to.encryption.kind === "plain" ? [moved, this.#commit(motionStateDraft("ON"), to.name)] : [moved];
      }),
    );
    await this.#publish(ids);
  }

  /** Nothing moves any more. Said to whoever was told that something did, whatever the policy says since. */
  async motionEnded(): Promise<void> {
    const { store, judge, ledger } = this.#parts;
    const ids = ledger.transaction(() =>
      store
        .retained()
        .filter(({ recipient, topic }) => topic === "motion" && judge.hears(recipient))
        .map(({ recipient }) => this.#commit(motionStateDraft("OFF"), recipient)),
    );
    await this.#publish(ids);
  }

  /** That a clip waits, or a picture of it, to those who are told of asks: once a clip (docs/spec/consent.md §9.5). */
  async waiting(clip: Clip): Promise<void> {
    const { judge, ledger, clock } = this.#parts;
    const decisions = ledger.entries({ type: "decision", ref: clip.id, limit: DECISIONS_EACH });
    if (decisions.some(({ details }) => details?.kind === "waiting")) return;
    const ids = ledger.transaction(() =>
      judge.config.recipients.flatMap(({ name, toldOfAsks }) => {
        if (!toldOfAsks) return [];
        const decision = judge.waiting(clip, name);
        this.#log(clip.id, name, "waiting", decision);
        return decision.effect === "permit" ? [this.#commit(waitingDraft(clip.id, clock.wall()), name)] : [];
      }),
    );
    await this.#publish(ids);
  }

  /** That a clip which had left, in part or whole, was withdrawn. While there is no line to the recipient it is held. */
  async withdrawn(clip: string, recipient: string): Promise<void> {
    const { judge, outbox, clock } = this.#parts;
    const draft = withdrawnDraft(clip, clock.wall());
    if (judge.hears(recipient)) await this.#publish([this.#commit(draft, recipient)]);
    else if (judge.config.recipients.some(({ name }) => name === recipient))
      outbox.commitEvent(draft, recipient, "held");
  }

  /** Empties the latest still or preview of a recipient, if it is this one: at the broker, and on the display that shows it. */
  async clearPicture(recipient: string, kind: PictureKind, sha256: string): Promise<void> {
    const { store, judge } = this.#parts;
    const topic = `latest/${kind}`;
    const stands = store
      .retained()
      .some((one) => one.recipient === recipient && one.topic === topic && one.sha256 === sha256);
    if (stands && judge.hears(recipient)) await this.#publish([this.#commit(emptyDraft(topic), recipient)]);
  }

  /**
   * Makes what is retained at the broker agree with the policy in force and with how things are: `info`, counts and states for
   * whoever may have them, nothing for others. While sharing is off nothing is said at all: {@link retractions} is for that.
   *
   * @param again what stands there is said once more: the broker may have lost it.
   */
  async refresh(again = false): Promise<void> {
    const { judge, store, ledger, rows } = this.#parts;
    if (!judge.config.sharing.enabled || judge.closed !== undefined) return;
    const ids = ledger.transaction(() => {
      const standing = store.retained();
      const unsent = again ? rows.open().map(({ recipient, document }) => placeOf(recipient, document)) : [];
      const stands = (recipient: string, { topic, payload }: EventDraft): boolean =>
        again
          ? unsent.includes(`${recipient}/${topic}`)
          : standing.some(
              (one) => one.recipient === recipient && one.topic === topic && one.sha256 === sha256Of(payload),
            );
      const retract = standing.filter(({ recipient, topic }) => !judge.mayStand(recipient, topic));
      return [
        ...retract.map(({ recipient, topic }) => this.#commit(emptyDraft(topic), recipient)),
        ...judge.config.recipients.flatMap((to) =>
          this.#wanted(to)
            .filter((draft) => !stands(to.name, draft))
            .map((draft) => this.#commit(draft, to.name)),
        ),
      ];
    });
    await this.#publish(ids);
  }

  /** The last that a recipient hears which has paused what goes to it: that this is so, and how it goes on. */
  async pausedItself(recipient: string): Promise<void> {
    const { judge, house } = this.#parts;
    const state = judge.mayStand(recipient, "state") && !judge.paused("") ? house?.() : undefined;
    if (state) await this.#publish([this.#commit(stateDraft({ ...state, ...PAUSED }), recipient)]);
  }

  /** What should stand at the broker for this recipient, besides what releases and movements leave there. */
  #wanted({ name }: Recipient): EventDraft[] {
    const { judge, deviceKey, house } = this.#parts;
    const mayHave = (topic: string): boolean => judge.mayStand(name, topic);
    if (!judge.hears(name)) return [];
    const state = mayHave("state") ? house?.() : undefined;
    return [
      infoDraft(judge.config.device.name, deviceKey),
      ...(mayHave("waiting") ? [countDraft(this.#waitingFor(name))] : []),
      ...(state && judge.state(name).effect === "permit" ? [stateDraft({ ...state, ...SHARING })] : []),
    ];
  }

  /** How many clips wait of those that this recipient may hear of. */
  #waitingFor(recipient: string): number {
    const { store, clips, judge } = this.#parts;
    const waiting = new Set(store.asks().map(({ clip }) => clip));
    return [...waiting].filter((id) => {
      const clip = clips.find(id);
      return clip && judge.waiting(clip, recipient).effect === "permit";
    }).length;
  }

  /** What `closed` must retract, as topics below doorstep/{device}/: everything while sharing is off, else only motion. */
  retractions(): readonly string[] {
    const { judge, store } = this.#parts;
    const all = !judge.config.sharing.enabled;
    return store
      .retained()
      .filter(({ topic }) => all || topic === "motion")
      .map(({ recipient, topic }) => `${recipient}/${topic}`);
  }

  /** The publisher has retracted what it was told to. */
  retracted(topics: readonly string[]): void {
    const { store, ledger } = this.#parts;
    ledger.transaction(() => {
      for (const { recipient, topic } of store.retained())
        if (topics.includes(`${recipient}/${topic}`)) store.dropRetained(recipient, topic);
    });
  }

  /**
   * Small messages do not outlive the terms they were decided by; farewells do, and wait for a line. What changes for others
   * changes nothing: a ring that came late because somebody else was removed would tell of it.
   */
  async reconsider(): Promise<void> {
    const { rows, outbox, judge, store } = this.#parts;
    const before = this.#terms;
    this.#terms = new Map(judge.config.recipients.map(({ name }) => [name, judge.terms(name)]));
    for (const row of rows.open()) {
      if (row.kind !== "event" || row.document.kind !== "event") continue;
      const { topic } = row.document;
      if (isFarewell(row.document) && judge.config.sharing.enabled) {
        if (judge.maySayFarewell(row.recipient, row.document.retain)) await outbox.publish(row.id);
        else await outbox.hold(row.id, "sharing is paused");
      } else if (
        !judge.permits(row, undefined) ||
        (isNews(topic) && before.get(row.recipient) !== judge.terms(row.recipient))
      ) {
        await outbox.takeDown(row.id, "withdrawn", "the policy changed before it was sent", "quiet");
        // An older one may stand there, and must still be taken back; but this one does not.
        if (row.document.retain) store.putRetained(row.recipient, topic, "");
      } else await outbox.publish(row.id);
    }
  }

  #commit(draft: EventDraft, recipient: string): string {
    return this.#parts.outbox.commitEvent(draft, recipient);
  }

  #log(ref: string, recipient: string, kind: string, { effect, reasons }: Decision): void {
    this.#parts.ledger.append("decision", ref, { recipient, kind, effect, reasons: reasons.map(spoken) });
  }

  async #publish(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#parts.outbox.publish(id);
  }
}

const isNews = (topic: string): boolean => topic.startsWith("event/") || topic === "motion";
const SHARING = { sharing: "on", resume: "" } as const satisfies Partial<HouseState>;
const PAUSED = {
  sharing: "paused",
  resume: "the owner resumes it: on the doorbell's page, or with `doorstep resume`",
} as const satisfies Partial<HouseState>;

const sha256Of = (payload: string): string => createHash("sha256").update(payload).digest("hex");

const placeOf = (recipient: string, document: SpoolDocument): string =>
  `${recipient}/${document.kind === "event" ? document.topic : ""}`;

/** A reason as the ledger keeps it. */
export const spoken = ({
  rule,
  line,
  text,
}: Decision["reasons"][number]): { rule: string; line?: number; text: string } =>
  line === undefined ? { rule, text } : { rule, line, text };
