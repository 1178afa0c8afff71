// The small messages: rings, motion, that something waits, that something was withdrawn, and what is retained at the broker.
// Each is decided for each recipient, committed, then spooled (docs/spec/consent.md §9).
import { createHash } from "node:crypto";
import type { Clock } from "../../drivers/clock/clock.ts";
import type { Clip } from "../vault/clip.ts";
import type { Decision } from "./decision.ts";
import type { DisclosureStore } from "./disclosure-store.ts";
import {
  emptyDraft,
  infoDraft,
  isFarewell,
  motionDraft,
  motionStateDraft,
  ringDraft,
  waitingDraft,
  withdrawnDraft,
} from "./event-documents.ts";
import type { EventDraft } from "./event-documents.ts";
import type { DoorEvent, Judge } from "./judge.ts";
import type { Outbox } from "./outbox.ts";
import type { ConsentLedger } from "./ports.ts";
import type { ConsentStore } from "./store.ts";

export interface AnnouncementParts {
  readonly judge: Judge;
  readonly outbox: Outbox;
  readonly store: ConsentStore;
  readonly rows: DisclosureStore;
  readonly ledger: ConsentLedger;
  readonly clock: Clock;
  /** Base64 of the device's raw public key, as `info` carries it. */
  readonly deviceKey: string;
}

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

  /** That a clip waits, to those who are told of asks. */
  async waiting(clip: Clip): Promise<void> {
    const { judge, ledger, clock } = this.#parts;
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

  /** Empties the retained still of a recipient, if it is this one. */
  async clearStill(recipient: string, sha256: string): Promise<void> {
    const { store, judge } = this.#parts;
    const stands = store
      .retained()
      .some((one) => one.recipient === recipient && one.topic === "latest/still" && one.sha256 === sha256);
    if (stands && judge.hears(recipient)) await this.#publish([this.#commit(emptyDraft("latest/still"), recipient)]);
  }

  /**
   * Makes what is retained at the broker agree with the policy in force: `info` for whoever has a line, nothing for others.
   * While sharing is off nothing is said at all: {@link retractions} is for that.
   */
  async refresh(): Promise<void> {
    const { judge, store, ledger, deviceKey } = this.#parts;
    if (!judge.config.sharing.enabled || judge.closed !== undefined) return;
    const info = infoDraft(judge.config.device.name, deviceKey);
    const sha256 = createHash("sha256").update(info.payload).digest("hex");
    const ids = ledger.transaction(() => {
      const standing = store.retained();
      const told = new Set(
        standing.filter((one) => one.topic === "info" && one.sha256 === sha256).map((one) => one.recipient),
      );
      const retract = standing.filter(({ recipient, topic }) => !this.#mayStand(recipient, topic));
      return [
        ...retract.map(({ recipient, topic }) => this.#commit(emptyDraft(topic), recipient)),
        ...judge.config.recipients
          .filter(({ name }) => judge.hears(name) && !told.has(name))
          .map(({ name }) => this.#commit(info, name)),
      ];
    });
    await this.#publish(ids);
  }

  /** A pause is silence, not a farewell: what stands stays, except that nobody moves. */
  #mayStand(recipient: string, topic: string): boolean {
    const { judge } = this.#parts;
    const to = judge.config.recipients.find(({ name }) => name === recipient);
    if (!to) return false;
    if (topic === "motion") return to.events !== "never" && to.encryption.kind === "plain" && judge.hears(recipient);
    if (topic === "latest/still") return to.stills !== "never";
    return to.clips !== "never" || to.stills !== "never" || to.events !== "never" || to.toldOfAsks;
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
    const { rows, outbox, judge } = this.#parts;
    const before = this.#terms;
    this.#terms = new Map(judge.config.recipients.map(({ name }) => [name, judge.terms(name)]));
    for (const row of rows.open()) {
      if (row.kind !== "event" || row.document.kind !== "event") continue;
      const { topic } = row.document;
      if (isFarewell(row.document) && judge.config.sharing.enabled) {
        if (judge.paused(row.recipient)) await outbox.hold(row.id, "sharing is paused");
        else await outbox.publish(row.id);
      } else if (
        !judge.hears(row.recipient) ||
        (isNews(topic) && before.get(row.recipient) !== judge.terms(row.recipient))
      )
        await outbox.takeDown(row.id, "withdrawn", "the policy changed before it was sent", "quiet");
      else await outbox.publish(row.id);
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

/** A reason as the ledger keeps it. */
export const spoken = ({
  rule,
  line,
  text,
}: Decision["reasons"][number]): { rule: string; line?: number; text: string } =>
  line === undefined ? { rule, text } : { rule, line, text };
