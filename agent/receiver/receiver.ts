// A recipient's side of Doorstep: connects to the broker, collects what is sent to it, verifies, opens and saves it, and says so.
// Usable from any Node program. Normative text: docs/spec/wire.md.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { milliseconds, minutes, seconds, type Clock, type Duration } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import { outFolder } from "../folder.ts";
import type { PublicKey } from "../ledger/public-key.ts";
import type { Acknowledgement } from "../publisher/topics.ts";
import type { Limits } from "./collect.ts";
import { Intake, type ReceiverListener } from "./intake.ts";
import { Journal } from "./journal.ts";
import { PICTURE_TOPICS } from "./latest.ts";
import { connectLink, type Link, type ProtocolVersion } from "./link.ts";
import type { SavedClip } from "./open.ts";
import { claimAlone } from "./only-one.ts";
import { Patience, QUIET } from "./patience.ts";
import { Trust } from "./trust.ts";

/** What the network does, besides what {@link ReceiverListener} tells of clips. */
export interface ConnectionListener extends ReceiverListener {
  connected?(version: ProtocolVersion): void;
  /** It will be tried again in `retryMs`. */
  disconnected?(why: AgentError | undefined, retryMs: number): void;
}

/** All a receiver needs to know. */
export interface ReceiverOptions {
  /** mqtt, mqtts, ws or wss. */
  readonly url: string;
  /** The device's name: level {device} of its topics. */
  readonly device: string;
  /** Our name in the owner's configuration: level {recipient}, and the broker's user. */
  readonly recipient: string;
  /** Folder for ID.mp4 and ID.receipt.jws; also remembers keys and unfinished clips, in .doorstep and .partial. */
  readonly out: string;
  /** Secret keys in age's text form; none if the owner sends to us in the clear. */
  readonly identities: readonly string[];
  /** The device's key, or "first": whatever it announces first, and never another. */
  readonly trust: PublicKey | "first";
  readonly clock: Clock;
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly ca?: string;
  readonly listener?: ConnectionListener;
  /** Silence after which missing parts are asked for. Default 20 s. */
  readonly quiet?: Duration;
  /** How often it asks what is pending while it is connected: a broker may lose what it has acknowledged. Default 10 min. */
  readonly askEvery?: Duration;
  /** How long the first connection may take before {@link Receiver.run} gives up. Default 30 s. */
  readonly reachWithin?: Duration;
  readonly limits?: Limits;
  /** 0–1, for the jitter between attempts. Default Math.random. */
  readonly random?: () => number;
}

const RETRY_FIRST = seconds(1);
const RETRY_LAST = seconds(60);
const LAST_WORDS = seconds(2);
const ASK_EVERY = minutes(10);
/** Worth another attempt once we have been connected: a broker may be restarted, and its user list with it. */
const TRANSIENT: readonly string[] = ["BROKER_PROTOCOL", "BROKER_NOT_REACHED", "RECEIVER_NOT_ADMITTED"];
const NAME = /^[a-z0-9_-]{1,40}$/;

/** One receiver of one device. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #listener: ConnectionListener;
  /** By what they are about, so that saying the same again replaces it. */
  readonly #outbox = new Map<string, { readonly message: Acknowledgement; readonly disclosure: string }>();
  readonly #readers = new Set<(clip: SavedClip | undefined) => void>();
  #link: Link | undefined;
  #journal: Journal | undefined;
  #speaking: Promise<void> | undefined;

  /** @throws AgentError NAME_MALFORMED when device or recipient could not be a level of a topic. */
  constructor(options: ReceiverOptions) {
    for (const name of [options.device, options.recipient])
      if (!NAME.test(name)) throw new AgentError("NAME_MALFORMED", JSON.stringify(name));
    this.#options = options;
    this.#listener = options.listener ?? {};
  }

  /** Clips as they are saved, from this call until {@link run} ends. Each reader sees each clip once. */
  clips(): AsyncGenerator<SavedClip, void> {
    const ready: (SavedClip | undefined)[] = [];
    const news = { wake: (): void => {} };
    const reader = (clip: SavedClip | undefined): void => {
      ready.push(clip);
      news.wake();
    };
    this.#readers.add(reader);
    const readers = this.#readers;
    return (async function* () {
      try {
        for (;;) {
          while (ready.length === 0) await new Promise<void>((resolve) => (news.wake = resolve));
          const clip = ready.shift();
          if (!clip) return;
          yield clip;
        }
      } finally {
        readers.delete(reader);
      }
    })();
  }

  /**
   * Receives until `signal` aborts, through any number of lost connections. To be called once.
   *
   * @throws AgentError RECEIVER_NOT_ADMITTED or BROKER_NOT_REACHED before the first connection only; OUT_NOT_WRITABLE, RECEIVER_RUNS_TWICE
   *   or RECEIVER_MEMORY_DAMAGED whenever they happen.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { device, recipient, out } = this.#options;
    let release = (): void => {};
    try {
      outFolder(out);
      release = await claimAlone(out, `${device}.${recipient}`);
      await this.#receive(signal);
    } finally {
      release();
      this.#hand(undefined);
    }
  }

  async #receive(signal: AbortSignal): Promise<void> {
    const { device, recipient, out, identities, trust, clock } = this.#options;
    const memory = join(out, ".doorstep", `${device}.${recipient}.json`);
    const journal = await Journal.open(memory, `receiver-${randomBytes(6).toString("hex")}`);
    this.#journal = journal;
    const intake = new Intake({
      device,
      recipient,
      out,
      identities,
      journal,
      clock,
      listener: this.#listener,
      trust: new Trust(journal, device, recipient, trust === "first" ? undefined : trust),
      saved: (clip) => this.#hand(clip),
      say: (message, disclosure) => this.#say(message, disclosure),
      ...(this.#options.limits && { limits: this.#options.limits }),
    });
    const patience = new Patience(
      clock,
      this.#options.quiet ?? QUIET,
      (clip) => this.#ask(intake, clip),
      (clip) => this.#giveUp(intake, clip),
    );
    try {
      await intake.resume();
      for (const clip of intake.incomplete()) patience.heard(clip);
      await this.#stayConnected(intake, patience, signal);
    } finally {
      patience.stop();
    }
  }

  async #stayConnected(intake: Intake, patience: Patience, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const began = clock.uptime();
    let version: ProtocolVersion = 5;
    let everConnected = false;
    for (let attempt = 0; !signal.aborted; attempt++) {
      let why: AgentError | undefined;
      try {
        const link = await this.#connect(intake, patience, version, signal);
        everConnected = true;
        attempt = 0;
        why = await this.#serve(link, signal);
        if (why) throw why;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof AgentError)) throw error;
        why = error;
        if (error.code === "BROKER_PROTOCOL") version = version === 5 ? 4 : 5;
        else if (!TRANSIENT.includes(error.code)) throw error;
        const waited = clock.uptime() - began;
        const patient = error.code !== "RECEIVER_NOT_ADMITTED" && waited < (this.#options.reachWithin ?? seconds(30));
        if (!everConnected && !patient) throw unreachable(error);
      }
      const retry = this.#pause(attempt);
      if (signal.aborted) return;
      this.#listener.disconnected?.(why, retry);
      await clock.sleep(retry, signal).catch(() => {});
    }
  }

  /** Doubles from 1 s to 60 s, give or take half: a fleet of receivers must not come back all at once. */
  #pause(attempt: number): Duration {
    const random = this.#options.random ?? Math.random;
    return milliseconds(Math.min(RETRY_FIRST * 2 ** attempt, RETRY_LAST) * (0.5 + random()));
  }

  #connect(intake: Intake, patience: Patience, version: ProtocolVersion, signal: AbortSignal): Promise<Link> {
    const { url, device, recipient, username, password, ca, clock } = this.#options;
    const own = `doorstep/${device}/${recipient}/`;
    const status = `doorstep/${device}/status`;
    return connectLink(
      {
        url,
        clientId: this.#journal!.clientId,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(ca !== undefined && { ca }),
        subscriptions: [
          status,
          ...["info", "checkpoint", "event/+", ...PICTURE_TOPICS, "clip/+/+", "clip/+/part/+"].map(
            (leaf) => own + leaf,
          ),
        ],
        onMessage: async (topic, payload, retained) => {
          if (topic === status) {
            // Retained it is old news; otherwise the device has just come back and has not heard what we said meanwhile.
            if (!retained && payload.toString("latin1") === "online") this.#greet();
          } else if (topic.startsWith(own)) {
            const clip = /^clip\/([^/]+)\//.exec(topic.slice(own.length))?.[1];
            const incomplete = await intake.take(topic.slice(own.length), payload);
            if (incomplete) patience.heard(incomplete);
            else if (clip) patience.done(clip);
          }
        },
        clock,
      },
      version,
      signal,
    );
  }

  /** Until the link ends; with the error that must end the receiver too, if there is one. */
  async #serve(link: Link, signal: AbortSignal): Promise<AgentError | undefined> {
    this.#link = link;
    const abort = (): void => void this.#leave(link);
    signal.addEventListener("abort", abort, { once: true });
    this.#listener.connected?.(link.version);
    this.#greet();
    if (signal.aborted) abort();
    const over = new AbortController();
    void this.#askAgain(over.signal);
    const why = await link.ended;
    over.abort();
    signal.removeEventListener("abort", abort);
    this.#link = undefined;
    return why;
  }

  async #askAgain(over: AbortSignal): Promise<void> {
    const { clock, askEvery = ASK_EVERY } = this.#options;
    while (!over.aborted)
      await clock.sleep(askEvery, over).then(
        () => this.#greet(),
        () => {},
      );
  }

  /** What is pending? And what we have said while nobody heard it. */
  #greet(): void {
    for (const { clip, sha256, disclosure } of this.#journal!.untold())
      this.#say({ v: 1, type: "arrived", clip, sha256 }, disclosure);
    this.#say({ v: 1, type: "hello" }, "");
  }

  #ask(intake: Intake, clip: string): void {
    const parts = intake.missing(clip);
    if (!parts) return;
    if (intake.hasSaved(clip)) this.#giveUp(intake, clip);
    else this.#say({ v: 1, type: "missing", clip, parts: parts.slice(0, MOST_PARTS_ASKED) }, "");
  }

  /** What cannot be removed now costs some room until the limits push it out. */
  #giveUp(intake: Intake, clip: string): void {
    intake.giveUp(clip).catch(() => {});
  }

  #say(message: Acknowledgement, disclosure: string): void {
    const about = message.type === "arrived" ? disclosure : message.type === "missing" ? message.clip : "";
    this.#outbox.set(`${message.type} ${about}`, { message, disclosure });
    this.#speaking ??= this.#speak().finally(() => (this.#speaking = undefined));
  }

  /** Sends the outbox, one at a time. What cannot be said now is said again at the next greeting, or asked again. */
  async #speak(): Promise<void> {
    const topic = `doorstep/${this.#options.device}/${this.#options.recipient}/ack`;
    for (const [key, { message, disclosure }] of this.#outbox) {
      if (!this.#link) return;
      this.#outbox.delete(key);
      const outcome = await this.#link.publish(topic, JSON.stringify(message));
      // What cannot be written down is said again after a restart, which harms nobody.
      if (outcome === "taken" && message.type === "arrived") await this.#journal!.told(disclosure).catch(() => {});
      if (outcome === "refused")
        this.#listener.alarm?.(new AgentError("ACK_REFUSED", `the broker does not let us write ${topic}`));
    }
  }

  /** Goodbye, once the device has been told of what has arrived, or has had time to be. */
  async #leave(link: Link): Promise<void> {
    const told = new AbortController();
    await Promise.race([this.#speaking, this.#options.clock.sleep(LAST_WORDS, told.signal).catch(() => {})]);
    told.abort();
    link.end();
  }

  #hand(clip: SavedClip | undefined): void {
    for (const reader of this.#readers) reader(clip);
  }
}

/** The publisher sends what is asked for and is asked again for the rest. */
const MOST_PARTS_ASKED = 1000;

const unreachable = (error: AgentError): AgentError =>
  error.code === "BROKER_PROTOCOL" ? new AgentError("BROKER_NOT_REACHED", error.detail, error) : error;
