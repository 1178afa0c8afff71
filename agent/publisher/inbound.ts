// What comes in over MQTT: small, fresh, not too often, and acknowledged only when it is safe (DESIGN promise 4, docs/spec/wire.md §5).
import type { Clock, Uptime } from "../../drivers/clock/clock.ts";
import type { PublisherToRecorder } from "../spool/door.ts";
import { parseAcknowledgement } from "./acknowledgement.ts";
import type { Inbound } from "./connection.ts";
import type { Acknowledgement } from "./topics.ts";

/** Where each kind of message goes. */
export interface InboundDeskOptions {
  readonly clock: Clock;
  /** Returns false when the recorder is not there: then the message is not acknowledged, and the broker keeps it or forgets it. */
  readonly forward: (message: Extract<PublisherToRecorder, { type: "inbound" }>) => boolean;
  readonly onAcknowledgement: (recipient: string, word: Acknowledgement) => void;
  /** Home Assistant has started. */
  readonly onBirth: () => void;
  readonly onSelftest: (payload: string) => void;
  /** Something was turned away; for the log. */
  readonly onRefused: (topic: string, why: string) => void;
}

/** MQTT 5 reasons of a PUBACK. */
const QUOTA_EXCEEDED = 0x97;
const NOT_WANTED = 0x83;
/** Base64 of this, with topic and braces, fits a line of door.sock. */
const FORWARDED_BYTES = 2_700;
/** What a broker makes up beyond this is not even shown to the recorder. */
const OURS = /^[a-z0-9_-]{1,40}(\/[a-z0-9_-]{1,40}){0,3}$/;
/** A topic may bring so many messages at once, and so many a second in the long run; so many that are turned away are logged. */
const BURST = 20;
const PER_SECOND = 2;
/** So many topics are counted at once; others are turned away until some have been silent. */
const MOST_TOPICS = 1_000;

/** Turns away what is old, too large or too much, and hands on the rest. */
export class InboundDesk {
  readonly #options: InboundDeskOptions;
  readonly #buckets = new Map<string, Bucket>();
  readonly #lines: Bucket;
  readonly #waiting = new Map<number, (reasonCode?: number) => void>();
  #nextRef = 1;

  constructor(options: InboundDeskOptions) {
    this.#options = options;
    this.#lines = new Bucket(options.clock.uptime());
  }

  /** Takes one message for `device`; `acknowledge` is called now, or when the recorder has it, or never. */
  take(message: Inbound, device: string, acknowledge: (reasonCode?: number) => void): void {
    const { topic, payload, retained } = message;
    const own = `doorstep/${device}/`;
    // A retained command is somebody's of last year.
    if (retained) return acknowledge();
    if (!this.#mayPass(topic)) {
      this.#refuse(topic, "too many");
      return acknowledge(QUOTA_EXCEEDED);
    }
    if (!topic.startsWith(own)) {
      if (topic.endsWith("/status") && payload.toString() === "online") this.#options.onBirth();
      return acknowledge();
    }
    const below = topic.slice(own.length);
    if (below === "selftest") {
      this.#options.onSelftest(payload.toString());
      return acknowledge();
    }
    const recipient = /^([a-z0-9_-]+)\/ack$/.exec(below)?.[1];
    if (recipient !== undefined) return this.#acknowledgement(recipient, topic, payload, acknowledge);
    if (!OURS.test(below)) {
      this.#refuse(topic, "no topic of ours");
      return acknowledge(NOT_WANTED);
    }
    if (payload.length > FORWARDED_BYTES) {
      this.#refuse(topic, "too large");
      return acknowledge(QUOTA_EXCEEDED);
    }
    const ref = this.#nextRef++;
    this.#waiting.set(ref, acknowledge);
    if (!this.#options.forward({ type: "inbound", ref, topic: below, payload_base64: payload.toString("base64") }))
      this.#waiting.delete(ref);
  }

  /** The recorder has it. */
  stored(ref: number): void {
    this.#waiting.get(ref)?.();
    this.#waiting.delete(ref);
  }

  /** The connection these came over is gone: the broker remembers what was not acknowledged, or does not. */
  forget(): void {
    this.#waiting.clear();
  }

  #acknowledgement(
    recipient: string,
    topic: string,
    payload: Buffer,
    acknowledge: (reasonCode?: number) => void,
  ): void {
    const word = parseAcknowledgement(payload);
    if (word) this.#options.onAcknowledgement(recipient, word);
    else this.#refuse(topic, "not understood");
    acknowledge(word ? 0 : NOT_WANTED);
  }

  #mayPass(topic: string): boolean {
    const now = this.#options.clock.uptime();
    // Topics are those we subscribed to: a handful. The bound is for a broker that makes them up.
    if (this.#buckets.size >= MOST_TOPICS && !this.#buckets.has(topic)) {
      for (const [known, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(known);
      if (this.#buckets.size >= MOST_TOPICS) return false;
    }
    const bucket = this.#buckets.get(topic) ?? new Bucket(now);
    this.#buckets.set(topic, bucket);
    return bucket.take(now);
  }

  /** Logged, but not by the thousand: the log is on the card. */
  #refuse(topic: string, why: string): void {
    if (this.#lines.take(this.#options.clock.uptime())) this.#options.onRefused(topic, why);
  }
}

/** Gives {@link BURST} at once, and {@link PER_SECOND} in the long run. */
class Bucket {
  #tokens = BURST;
  #at: Uptime;

  constructor(now: Uptime) {
    this.#at = now;
  }

  take(now: Uptime): boolean {
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** It says no more than a new one. */
  isFull(now: Uptime): boolean {
    this.#fill(now);
    return this.#tokens === BURST;
  }

  #fill(now: Uptime): void {
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
  }
}
