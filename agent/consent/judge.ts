// Brings together what decide() must be told: the policy in force, the clip, the counts, the clock, the answers. Decides nothing.
import type { Config, Recipient } from "../../config/config.ts";
import type { Trigger } from "../../config/trigger.ts";
import type { Clock, WallTime } from "../../drivers/clock/clock.ts";
import type { MediaKind } from "../spool/disclosure.ts";
import type { Clip } from "../vault/clip.ts";
import { decide } from "./decide.ts";
import { dutiesOf, satisfies } from "./decision.ts";
import type { Context, Decision, Disclosure, OwnerAnswer } from "./decision.ts";
import type { DisclosureStore, StoredDisclosure } from "./disclosure-store.ts";
import { isFarewell } from "./event-documents.ts";
import { localTime } from "./local-time.ts";
import type { ConsentLedger } from "./ports.ts";
import type { ConsentStore } from "./store.ts";

/** Something that happened at the door and is no recording. */
export interface DoorEvent {
  readonly kind: "ring" | "motion";
  readonly at: WallTime;
  /** Whether the wall clock could be trusted then. */
  readonly clockTrusted: boolean;
  readonly triggers: readonly Trigger[];
  readonly zones: readonly string[] | "unknown";
}

/** What the judge looks at besides the consent tables. */
export interface JudgeParts {
  readonly config: Config;
  readonly closedBy?: string;
  readonly ledger: ConsentLedger;
  readonly clock: Clock;
  /** NTP has said so this boot, and the clock is not behind the newest ledger entry. */
  readonly clockTrusted: () => boolean;
}

/** Every decision of the gate is made here, under the policy in force at that instant. */
export class Judge {
  /** The policy in force. */
  config: Config;
  /** Why sharing is closed although the policy does not say so: an edit that is invalid. Undefined while it is not. */
  invalid: string | undefined;
  readonly #store: ConsentStore;
  readonly #disclosures: DisclosureStore;
  readonly #clock: Clock;
  readonly #clockTrusted: () => boolean;
  readonly #ledger: ConsentLedger;

  constructor(parts: JudgeParts, store: ConsentStore, disclosures: DisclosureStore) {
    this.config = parts.config;
    this.invalid = parts.closedBy;
    this.#ledger = parts.ledger;
    this.#clock = parts.clock;
    this.#clockTrusted = parts.clockTrusted;
    this.#store = store;
    this.#disclosures = disclosures;
  }

  /** Why nothing leaves for anybody although the policy shares, in a fragment; undefined when that is not so. */
  get closed(): string | undefined {
    if (this.invalid !== undefined) return this.invalid;
    const fault = this.#ledger.faults[0];
    return fault && `the ledger cannot be trusted: ${fault.text}`;
  }

  /** The age keys of a recipient; none for one that is sent to in the clear, or unknown. */
  keysOf(recipient: string): readonly string[] {
    const encryption = this.config.recipients.find(({ name }) => name === recipient)?.encryption;
    return encryption?.kind === "age" ? encryption.keys : [];
  }

  /** A clip, or a picture of it, for somebody. `answer` stands for one that is not written down yet. */
  clip(clip: Clip, kind: MediaKind, recipient: string, answer?: OwnerAnswer): Decision {
    const sentToday = this.#countOn(this.localDay(), clip, kind, recipient);
    return decide(this.config, facts(clip, kind, recipient), this.#context(clip, recipient, sentToday, answer));
  }

  /** What was committed, once more: it counts on the day it was committed, behind what was committed before it. */
  again(clip: Clip, row: StoredDisclosure, kind: MediaKind): Decision {
    const sentBefore = this.#countOn(row.localDay, clip, kind, row.recipient, row);
    return decide(this.config, facts(clip, kind, row.recipient), this.#context(clip, row.recipient, sentBefore));
  }

  /** Whether something committed may stand in the door now. What has lost its clip may not; a farewell needs only a line. */
  permits(row: StoredDisclosure, clip: Clip | undefined): boolean {
    const { document, recipient, kind } = row;
    if (kind !== "event") {
      const decision = clip?.state === "ready" ? this.again(clip, row, kind) : undefined;
      return decision?.effect === "permit" && satisfies(row.duties, dutiesOf(decision));
    }
    if (document.kind === "event") {
      if (isFarewell(document)) return this.maySayFarewell(recipient, document.retain);
      if (document.retain && !this.mayStand(recipient, document.topic)) return false;
    }
    return this.hears(recipient);
  }

  /** What stands at the broker is taken back over an open door; other farewells need a line to the recipient. */
  maySayFarewell(recipient: string, retained: boolean): boolean {
    const open = this.config.sharing.enabled && !this.paused("");
    return open && (retained || !this.paused(recipient));
  }

  /** Whether a retained message may stay at the broker. A pause is silence, not a farewell: only nobody moves. */
  mayStand(recipient: string, topic: string): boolean {
    const to = this.config.recipients.find(({ name }) => name === recipient);
    if (!to) return false;
    const plain = to.encryption.kind === "plain";
    switch (topic) {
      case "motion":
        return to.events !== "never" && plain && this.hears(recipient);
      case "latest/still":
        return to.stills !== "never";
      case "latest/preview":
        return to.previews !== "never";
      case "waiting":
        return to.toldOfAsks && plain && !this.#isOver(recipient);
      case "state":
        return to.toldOfState && plain && !this.#isOver(recipient);
      default:
        return isGrantedAnything(to);
    }
  }

  /** How the device is, to this recipient, now. It is no recording, so nothing started it and it moved nowhere. */
  state(recipient: string): Decision {
    const now = this.#clock.wall();
    const nothing = { triggers: [], zones: "unknown", hasAudio: false, objected: false } as const;
    const disclosure = {
      kind: "state",
      recipient,
      startedAt: now,
      startTrusted: this.#clockTrusted(),
      ...nothing,
    } as const;
    return decide(this.config, disclosure, this.#bare(recipient));
  }

  /** What `max_per_day` is held against: a preview is judged as its clip would be, and does not count against itself. */
  #countOn(day: string | undefined, clip: Clip, kind: MediaKind, recipient: string, before?: StoredDisclosure): number {
    if (day === undefined) return 0;
    return kind === "preview"
      ? this.#disclosures.othersShownOn(recipient, day, clip.id, before)
      : this.#disclosures.sentOn(recipient, day, before);
  }

  #isOver(recipient: string): boolean {
    return this.state(recipient).reasons.some(({ rule }) => rule === "§4.5 until");
  }

  event(event: DoorEvent, recipient: string): Decision {
    return decide(
      this.config,
      {
        kind: "event",
        recipient,
        triggers: event.triggers,
        zones: event.zones,
        startedAt: event.at,
        startTrusted: event.clockTrusted,
        hasAudio: false,
        objected: false,
      },
      this.#bare(recipient),
    );
  }

  /** Whether `recipient` may be told that this clip waits. */
  waiting(clip: Clip, recipient: string): Decision {
    return decide(this.config, { ...facts(clip, "clip", recipient), kind: "waiting" }, this.#bare(recipient));
  }

  /** Whether there is a line to `recipient` at all: named, with some grant, sharing on and not paused. */
  hears(recipient: string): boolean {
    const to = this.config.recipients.find(({ name }) => name === recipient);
    if (!to || !this.config.sharing.enabled || this.paused(recipient)) return false;
    return isGrantedAnything(to);
  }

  /** What small messages to `recipient` are decided by, besides a pause: while this text is the same, so is the decision. */
  terms(recipient: string): string {
    const { device, zones, recipients } = this.config;
    const to = recipients.find(({ name }) => name === recipient);
    return JSON.stringify([device.timezone, zones, to, this.#clockTrusted()]);
  }

  paused(recipient: string): boolean {
    return this.closed !== undefined || this.#store.paused(recipient);
  }

  /** The local date now, or undefined when there is no telling. */
  localDay(): string | undefined {
    return localTime(this.config.device.timezone)?.date(this.#clock.wall());
  }

  #bare(recipient: string): Context {
    return {
      now: this.#clock.wall(),
      clockTrusted: this.#clockTrusted(),
      sentToday: 0,
      paused: this.paused(recipient),
    };
  }

  #context(clip: Clip, recipient: string, sentToday: number, answer?: OwnerAnswer): Context {
    const known = answer ?? this.#store.answer(clip.id, recipient, clip.sha256);
    return { ...this.#bare(recipient), sentToday, ...(known ? { answer: known } : {}) };
  }
}

const isGrantedAnything = ({ clips, stills, previews, events, toldOfAsks, toldOfState }: Recipient): boolean =>
  clips !== "never" || stills !== "never" || previews !== "never" || events !== "never" || toldOfAsks || toldOfState;

const facts = (clip: Clip, kind: MediaKind, recipient: string): Disclosure => ({
  kind,
  recipient,
  triggers: clip.triggers,
  zones: clip.zones,
  startedAt: clip.startedAt,
  startTrusted: clip.clockTrusted,
  hasAudio: kind === "clip" && clip.hasAudio,
  objected: clip.objected,
});
