// Keeps one connection to the broker for as long as it is wanted: version, password, back-off, and what the broker teaches about sizes.
import { type Clock, milliseconds } from "../../drivers/clock/clock.ts";
import { AgentError, type AgentErrorCode } from "../error.ts";
import type { BrokerState } from "../spool/door.ts";
import { GOOD_CONNECTION, pauseAfter, slowPause } from "./back-off.ts";
import type { TlsFiles } from "./broker-socket.ts";
import { type Admission, type Body, Connection, type Ending, type Inbound, type Outcome } from "./connection.ts";
import { afterAccepted, afterSwallowed, afterTooLarge, type LimitStore, SMALLEST_LIMIT, wayTo } from "./limits.ts";
import { LARGEST_PACKET, type Outgoing, packetBytes, type Protocol } from "./packet.ts";

/** Where to connect and as whom. Two are the same if they are equal as JSON. */
export interface Target {
  readonly url: string;
  /** Client id, and the level of all topics. */
  readonly device: string;
  readonly username?: string;
  /** Whole topic filters. */
  readonly subscriptions: readonly string[];
}

/** What is read from files that only the publisher may read. */
export interface Secrets {
  readonly password?: string;
  readonly tls: TlsFiles;
}

/** What the rest of the publisher may do while the broker is there. */
export interface Line {
  readonly protocol: Protocol;
  /** Largest packet to `recipient` that may be tried, in bytes. */
  limitFor(recipient: string): number;
  /** A packet of `bytes` was acknowledged, and did not reach `recipient`. */
  swallowed(recipient: string, bytes: number): void;
  /** How many messages may be under way at once. */
  readonly places: number;
  /** The largest packet that this broker has ever taken, in bytes. */
  readonly proven: number;
  /** Puts it behind everything that was published before. `stop` withdraws it: see {@link Connection.publish}. */
  publish(message: Outgoing, body: Body, stop?: AbortSignal): Promise<Outcome>;
}

/** What a session needs and whom it tells. */
export interface SessionOptions {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly chance: () => number;
  readonly limits: LimitStore;
  /**
   * Read anew for every connection, so that a changed file is found.
   *
   * @throws AgentError SECRET_UNREADABLE.
   */
  readonly secrets: () => Promise<Secrets>;
  /** The largest packet that is likely to be sent, in bytes: a slow link must not be taken for a dead one. */
  readonly largest: () => number;
  readonly onState: (
    state: BrokerState,
    about: { protocol?: Protocol; code?: AgentErrorCode; detail?: string },
  ) => void;
  readonly onLine: (line: Line) => void;
  readonly onGone: () => void;
  readonly onInbound: (message: Inbound, acknowledge: (reasonCode?: number) => void) => void;
}

/** MQTT lets a client be silent for 1.5 × this. A message that takes longer than that must still get through. */
const KEEPALIVE_S = 120;
const LONGEST_KEEPALIVE_S = 900;
const SLOW_LINK_BYTES_PER_S = 25_000;
/** Enough for a far broker to be kept busy; many a broker allows twenty, some ten. */
const PLACES = 32;
/** RabbitMQ and aedes say nothing more of a topic that they forbid, and mosquitto 2.0 nothing of a second device that takes our place. */
const SOON_AGAIN =
  "soon after letting us in, again: its access list may forbid a topic of this device, or another device has its name";
/** After a connection that may have broken over a size: a dozen of these in a row at most, then the one in question is set aside. */
const LESSON_PAUSE = milliseconds(250);

/** One broker at a time, for as long as it is wanted. */
export class Session {
  readonly #options: SessionOptions;
  #target: Target | undefined;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #connection: Connection | undefined;
  /** Packets that were under way when the last connections broke, with nothing else in between. */
  #suspects: number[] = [];

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Connects, and connects again, until told otherwise. The same target twice changes nothing. */
  async connect(target: Target): Promise<void> {
    if (JSON.stringify(target) === JSON.stringify(this.#target)) return;
    await this.disconnect("goodbye");
    this.#target = target;
    this.#stop = new AbortController();
    this.#running = this.#keep(target, this.#stop.signal);
  }

  /** "cut" drops what is half sent; "goodbye" is for a line with nothing under way. Resolves once nothing can leave any more. */
  async disconnect(how: "cut" | "goodbye"): Promise<void> {
    this.#target = undefined;
    this.#stop.abort();
    if (how === "goodbye") await this.#connection?.close();
    else this.#connection?.cut();
    await this.#running;
  }

  /** Drops the connection and makes a new one. */
  cut(): void {
    this.#connection?.cut();
  }

  async #keep(target: Target, stop: AbortSignal): Promise<void> {
    const { clock, chance, onState } = this.#options;
    let protocol: Protocol = 5;
    let failures = 0;
    while (!stop.aborted) {
      onState("connecting", {});
      const began = clock.uptime();
      const ending = await this.#once(target, protocol, stop);
      if (stop.aborted) break;
      const { why, code, detail, admitted } = ending;
      const taught = admitted && this.#learn(target.url, ending);
      if (why === "other protocol" || (why === "broken" && !admitted && protocol === 5)) protocol = 4;
      else if (why === "broken" && !admitted) protocol = 5;
      if (why === "other protocol") continue;
      failures = admitted && (taught || clock.uptime() - began >= GOOD_CONNECTION) ? 1 : failures + 1;
      const rejects = admitted && why === "broken" && code === "BROKER_CLOSED" && failures > 1;
      if (why !== "closed by us")
        onState(why === "refused" || why === "taken over" || why === "untrusted" ? "refused" : "unreachable", {
          code,
          detail: rejects ? `${detail} ${SOON_AGAIN}` : detail,
        });
      // Two that fight over a client id throw each other out for ever: the one that was thrown out gives way.
      if (why === "taken over") break;
      const slow = why === "refused" || why === "untrusted";
      const pause = taught ? LESSON_PAUSE : slow ? slowPause(chance()) : pauseAfter(failures, chance());
      if (why !== "closed by us") await clock.sleep(pause, stop).catch(() => {});
    }
    if (stop.aborted) onState("idle", {});
  }

  /** One connection, from CONNECT to its end. */
  async #once(target: Target, protocol: Protocol, stop: AbortSignal): Promise<Ending> {
    const { clock, largest, secrets, onState, onLine, onGone, onInbound } = this.#options;
    let known: Secrets;
    try {
      known = await secrets();
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return { why: "refused", code: error.code, detail: error.detail, underWay: 0, admitted: false };
    }
    const connection = new Connection({
      url: target.url,
      clientId: target.device,
      ...(target.username !== undefined && { username: target.username }),
      ...(known.password !== undefined && { password: known.password }),
      tls: known.tls,
      protocol,
      willTopic: `doorstep/${target.device}/status`,
      keepaliveS: Math.min(
        LONGEST_KEEPALIVE_S,
        Math.max(KEEPALIVE_S, Math.ceil((3 * largest()) / SLOW_LINK_BYTES_PER_S)),
      ),
      clock,
      onMessage: (message) => {
        const { messageId } = message;
        onInbound(message, (reason) => messageId !== undefined && connection.acknowledge(messageId, reason));
      },
    });
    this.#connection = connection;
    if (stop.aborted) connection.cut();
    const admission = await connection.admitted.catch(() => undefined);
    if (admission) {
      const refused = await connection.subscribe(target.subscriptions);
      onState("connected", {
        protocol,
        ...(refused.length && { code: "BROKER_REFUSED", detail: `not subscribed to ${refused.join(" ")}` }),
      });
      onLine(this.#line(target.url, connection, admission));
    }
    const ending = await connection.ended;
    this.#connection = undefined;
    if (admission) onGone();
    return ending;
  }

  #line(url: string, connection: Connection, { protocol, packetLimit, receiveMaximum }: Admission): Line {
    const { limits } = this.#options;
    const limit = Math.min(packetLimit, limits.get(url).limit ?? LARGEST_PACKET);
    return {
      protocol,
      limitFor: (recipient) => Math.min(limit, limits.get(wayTo(url, recipient)).limit ?? LARGEST_PACKET),
      swallowed: (recipient, bytes) => {
        const way = wayTo(url, recipient);
        limits.set(way, afterSwallowed(limits.get(way), bytes));
      },
      places: Math.min(receiveMaximum, PLACES),
      get proven() {
        return limits.get(url).accepted;
      },
      publish: async (message, body, stop) => {
        const bytes = packetBytes(message, body instanceof Uint8Array ? body.length : body.bytes, protocol);
        const outcome = await connection.publish(message, body, stop);
        if (outcome.kind === "accepted" || outcome.kind === "unheard") {
          if (bytes > SMALLEST_LIMIT) this.#suspects = [];
          limits.set(url, afterAccepted(limits.get(url), bytes));
        }
        return outcome;
      },
    };
  }

  /**
   * A connection that the broker ends while one large message is under way says "too large", in the only words 3.1.1 has.
   * So does a broker that restarts: believed the second time, or at once from a broker that has taught us a limit before.
   * Returns whether it may have been a lesson.
   */
  #learn(url: string, { why, underWay }: Ending): boolean {
    const { limits } = this.#options;
    const known = limits.get(url);
    if (underWay <= Math.max(known.accepted, SMALLEST_LIMIT) || why === "closed by us") return false;
    this.#suspects.push(underWay);
    const sure =
      why === "too large" || this.#suspects.length > 1 || (known.limit !== undefined && underWay <= known.limit);
    if (!sure) return true;
    limits.set(url, afterTooLarge(known, Math.min(...this.#suspects)));
    this.#suspects = [];
    return true;
  }
}
