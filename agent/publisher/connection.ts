// One connection to a broker, from CONNECT to whatever ends it. MQTT.js does the protocol; connecting again, sending again and
// measuring are ours, because its own ways resend for ever what a broker refuses (docs/design/0006-publisher.md).
import { MqttClient, UniqueMessageIdProvider, type IPublishPacket, type Packet } from "mqtt";
import { after, milliseconds, seconds, type Clock } from "../../drivers/clock/clock.ts";
import { AgentError, type AgentErrorCode } from "../error.ts";
import { openSocket, type TlsFiles } from "./broker-socket.ts";
import { BrokerStream, type Chunks } from "./broker-stream.ts";
import { LARGEST_PACKET, publishHead, pubackFor, type Outgoing, type Protocol } from "./packet.ts";
import { type Cause, dismissal, refusal } from "./reason-codes.ts";

/** Whom to call, as whom, and how. */
export interface ConnectionOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls: TlsFiles;
  readonly protocol: Protocol;
  /** Retained and said by the broker when the connection breaks. */
  readonly willTopic: string;
  readonly keepaliveS: number;
  readonly clock: Clock;
  /** An inbound message. Not acknowledged until {@link Connection.acknowledge}. */
  readonly onMessage: (message: Inbound) => void;
}

/** A message that came in. */
export interface Inbound {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retained: boolean;
  /** Undefined for QoS 0: there is nothing to acknowledge. */
  readonly messageId: number | undefined;
}

/** A payload in memory, or one that is read as it is sent. */
export type Body = Uint8Array | { readonly bytes: number; readonly chunks: () => Chunks };

/**
 * What became of a message. unheard: taken, and nobody was subscribed (MQTT 5 only). lost: the connection ended before the
 * broker's word; `left` says how much of the packet had gone into the socket by then, and it is `innocent` if another that had
 * gone before it was not answered either: a broker takes one thing after the other.
 */
export type Outcome =
  | { readonly kind: "accepted" | "unheard" }
  | { readonly kind: "refused"; readonly reason: number }
  | { readonly kind: "lost"; readonly left: "none" | "part" | "all"; readonly innocent?: true };

/** How a connection ended. */
export interface Ending extends Cause {
  /** The largest packet that was under way when the other side ended it, in bytes; 0 if it was not the other side. */
  readonly underWay: number;
  /** Whether the broker had let us in. */
  readonly admitted: boolean;
}

/** What a broker says it can take. */
export interface Admission {
  readonly protocol: Protocol;
  /** Bytes of a whole packet. */
  readonly packetLimit: number;
  readonly packetLimitAnnounced: boolean;
  readonly receiveMaximum: number;
}

/** We subscribe to small JSON only; an announced receiver's list of missing parts is the largest. */
export const INBOUND_PACKET_BYTES = 20_480;
/** So many messages of theirs may wait for the recorder at once. */
const INBOUND_AT_ONCE = 16;
const CONNECT_WITHIN_MS = 15_000;
const ACK_WITHIN_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 10;
const WILL_DELAY_S = 10;
const REARM_MS = 1_000;

interface UnderWay {
  readonly bytes: number;
  readonly topic: string;
  /** Uptime after which the broker is taken for dead. */
  readonly answerBy: number;
  /** Handed to the socket; all of it may arrive from then on. */
  handed: number;
  /** Taken by the kernel. */
  sent: number;
  /** What the broker said, if it has. */
  reason?: number;
  readonly settle: (outcome: Outcome) => void;
}

/** Connects as soon as it is made, and only once. */
export class Connection {
  /** Rejects with nothing to say if the connection ends first: see {@link ended}. */
  readonly admitted: Promise<Admission>;
  readonly ended: Promise<Ending>;
  readonly #options: ConnectionOptions;
  readonly #client: MqttClient;
  readonly #underWay = new Map<number, UnderWay>();
  readonly #ids = new UniqueMessageIdProvider();
  #stream: BrokerStream | undefined;
  #cause: Cause | undefined;
  #isAdmitted = false;
  #rearmedAt = 0;
  #watchedTo = Infinity;
  #calm: () => void = () => {};
  #unacknowledged = 0;
  #resume: (() => void)[] = [];

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { protocol } = options;
    const admitted = Promise.withResolvers<Admission>();
    const ended = Promise.withResolvers<Ending>();
    this.admitted = admitted.promise;
    this.ended = ended.promise;
    admitted.promise.catch(() => {});
    this.#client = new MqttClient((client) => this.#build(client), this.#clientOptions());
    this.#client.handleMessage = (packet, next) => this.#take(packet, next);
    this.#client.onKeepaliveTimeout = () => this.#end("broken", "BROKER_SILENT", "no answer to a ping");
    this.#client.on("packetreceive", (packet) => this.#hear(packet));
    this.#client.on("connect", ({ properties }) => {
      this.#isAdmitted = true;
      admitted.resolve({
        protocol,
        packetLimit: Math.min(properties?.maximumPacketSize ?? LARGEST_PACKET, LARGEST_PACKET),
        packetLimitAnnounced: properties?.maximumPacketSize !== undefined,
        receiveMaximum: Math.max(1, properties?.receiveMaximum ?? 65_535),
      });
    });
    this.#client.on("error", (error) => this.#fail(error));
    this.#client.on("close", () => {
      const theirs = this.#cause === undefined || this.#cause.why === "too large";
      const underWay = theirs
        ? Math.max(0, ...this.#underWay.values().map(({ bytes, handed }) => (handed ? bytes : 0)))
        : 0;
      let before = 0;
      for (const { bytes, handed, settle } of this.#underWay.values()) {
        const left = handed === 0 ? "none" : handed < bytes ? "part" : "all";
        settle({ kind: "lost", left, ...(before++ > 0 && { innocent: true }) });
      }
      this.#client.end(true);
      this.#calm();
      for (const resume of this.#resume.splice(0)) resume();
      const detail = this.#isAdmitted
        ? "the broker closed the connection"
        : "the broker closed the connection before answering";
      const cause = this.#cause ?? { why: "broken", code: "BROKER_CLOSED", detail };
      ended.resolve({ ...cause, underWay, admitted: this.#isAdmitted });
      admitted.reject(new DOMException(cause.detail, "AbortError"));
    });
  }

  /**
   * Sends one message, and waits for the broker's word no longer than a slow link explains.
   * `stop` withdraws it: without a trace if nothing of it has gone, else by cutting the connection, unless all of it has gone.
   */
  async publish(message: Outgoing, body: Body, stop?: AbortSignal): Promise<Outcome> {
    const stream = this.#stream;
    if (!stream || stream.destroyed || stop?.aborted) return { kind: "lost", left: "none" };
    const messageId = this.#ids.allocate();
    const head = publishHead(
      message,
      body instanceof Uint8Array ? body.length : body.bytes,
      this.#options.protocol,
      messageId,
    );
    const bytes = head.length + (body instanceof Uint8Array ? body.length : body.bytes);
    const answer = Promise.withResolvers<Outcome>();
    const span = Math.max(ACK_WITHIN_MS, bytes / SLOWEST_BYTES_PER_MS);
    const underWay: UnderWay = {
      bytes,
      handed: 0,
      sent: 0,
      topic: message.topic,
      answerBy: this.#options.clock.uptime() + span,
      settle: answer.resolve,
    };
    this.#underWay.set(messageId, underWay);
    this.#watch();
    const { done, cancel } = stream.transmit({
      head: body instanceof Uint8Array ? Buffer.concat([head, body]) : head,
      bytes,
      ...(!(body instanceof Uint8Array) && { chunks: body.chunks }),
      onProgress: (handed, taken) => {
        underWay.handed = handed;
        underWay.sent = taken;
        this.#answer(underWay);
        this.#rearm();
      },
    });
    done.catch(() => {});
    const withdraw = (): void => {
      if (cancel()) underWay.settle({ kind: "lost", left: "none" });
      else if (underWay.sent < bytes)
        this.#end("closed by us", "BROKER_CLOSED", "a message was withdrawn while it was being sent");
    };
    stop?.addEventListener("abort", withdraw, { once: true });
    const outcome = await answer.promise;
    stop?.removeEventListener("abort", withdraw);
    this.#underWay.delete(messageId);
    this.#ids.deallocate(messageId);
    return outcome;
  }

  /** Ends the connection when an answer is overdue. One timer for all that is under way: most are answered long before it rings. */
  #watch(): void {
    const { clock } = this.#options;
    const now = clock.uptime();
    const overdue = this.#underWay.values().find(({ answerBy }) => answerBy <= now);
    if (overdue) return this.#end("broken", "BROKER_SILENT", `no answer to ${overdue.topic} in time`);
    const next = Math.min(...this.#underWay.values().map(({ answerBy }) => answerBy));
    if (next >= this.#watchedTo) return;
    this.#calm();
    this.#watchedTo = next;
    this.#calm = after(clock, milliseconds(next - now), () => {
      this.#watchedTo = Infinity;
      this.#watch();
    });
  }

  /** Subscribes with QoS 1, without what is retained. Filters that were refused are returned. */
  async subscribe(filters: readonly string[]): Promise<readonly string[]> {
    if (filters.length === 0) return [];
    const v5 = this.#options.protocol === 5 && { rh: 2 };
    const overdue = (): void => this.#end("broken", "BROKER_SILENT", "no answer to our subscriptions in time");
    const calm = after(this.#options.clock, milliseconds(ACK_WITHIN_MS), overdue);
    const granted = await this.#client.subscribeAsync([...filters], { qos: 1, ...v5 }).catch(() => undefined);
    calm();
    return granted ? granted.filter(({ qos }) => qos >= 128).map(({ topic }) => topic) : filters;
  }

  /** Tells the broker that an inbound message is safe; `reasonCode` other than 0 (MQTT 5) that it was not wanted. */
  acknowledge(messageId: number, reasonCode = 0): void {
    this.#unacknowledged--;
    this.#resume.shift()?.();
    this.#stream?.write(pubackFor(messageId, reasonCode, this.#options.protocol));
  }

  /** Says goodbye (no will then) and waits, briefly, until it has left. */
  async close(): Promise<void> {
    if (!this.#isAdmitted) this.cut();
    this.#cause ??= { why: "closed by us", code: "BROKER_CLOSED", detail: "closed" };
    const calm = after(this.#options.clock, seconds(2), () => this.#stream?.destroy());
    if (this.#isAdmitted) this.#client.end(false);
    await this.ended;
    calm();
  }

  /** Cuts the connection: what is half sent is never delivered, and the broker says `offline` for us. */
  cut(): void {
    this.#end("closed by us", "BROKER_CLOSED", "cut");
  }

  #end(why: Ending["why"], code: AgentErrorCode, detail: string): void {
    this.#cause ??= { why, code, detail };
    this.#stream?.reset();
  }

  #build(client: MqttClient): BrokerStream {
    const socket = openSocket(this.#options.url, this.#options.tls, client);
    this.#stream = new BrokerStream(socket, INBOUND_PACKET_BYTES, (id) => {
      this.#stream?.write(pubackFor(id, 0x97, this.#options.protocol));
    });
    this.#stream.on("error", (error) => this.#fail(error));
    return this.#stream;
  }

  #clientOptions(): ConstructorParameters<typeof MqttClient>[1] {
    const { clientId, username, password, protocol, willTopic, keepaliveS } = this.#options;
    const will = { topic: willTopic, payload: Buffer.from("offline"), qos: 1, retain: true } as const;
    return {
      clientId,
      protocolVersion: protocol,
      protocolId: "MQTT",
      // In MQTT 5 a will is said as soon as its session ends, whatever its delay: the session must outlast a blink of the Wi-Fi.
      clean: protocol === 4,
      keepalive: keepaliveS,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_WITHIN_MS,
      resubscribe: false,
      queueQoSZero: false,
      writeCache: false,
      // Nobody reads it, and each packet would ask a dozen times whether somebody does.
      log: () => {},
      messageIdProvider: this.#ids,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      will: protocol === 5 ? { ...will, properties: { willDelayInterval: WILL_DELAY_S } } : will,
      ...(protocol === 5 && {
        properties: {
          maximumPacketSize: INBOUND_PACKET_BYTES,
          receiveMaximum: INBOUND_AT_ONCE,
          sessionExpiryInterval: WILL_DELAY_S,
        },
      }),
    };
  }

  #hear(packet: Packet): void {
    if (packet.cmd === "puback") {
      const underWay = this.#underWay.get(packet.messageId ?? 0);
      if (!underWay) return;
      underWay.reason = packet.reasonCode ?? 0;
      this.#answer(underWay);
    } else if (packet.cmd === "connack") {
      const reason = packet.reasonCode ?? packet.returnCode ?? 0;
      if (reason !== 0) this.#cause ??= refusal(reason, this.#options.protocol);
    } else if (packet.cmd === "disconnect") this.#cause ??= dismissal(packet.reasonCode ?? 0);
  }

  /** An answer counts once everything has gone: one that comes sooner is a lie, or it overtook our own count. */
  #answer({ reason, sent, bytes, settle }: UnderWay): void {
    if (reason === undefined || sent < bytes) return;
    if (reason === 0x10) settle({ kind: "unheard" });
    else settle(reason === 0 ? { kind: "accepted" } : { kind: "refused", reason });
  }

  /** MQTT.js would acknowledge as soon as this returns without an error, so it always returns one. */
  #take(packet: IPublishPacket, next: (error?: Error) => void): void {
    const { topic, retain, qos, messageId } = packet;
    const later = (): void => next(new DOMException("acknowledged later", "AbortError"));
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    if (qos === 1) this.#unacknowledged++;
    this.#options.onMessage({ topic, payload, retained: retain, messageId: qos === 1 ? messageId : undefined });
    if (this.#unacknowledged < INBOUND_AT_ONCE) later();
    else this.#resume.push(later);
  }

  /** A payload on its way is a sign of life: without this a slow link would be taken for a dead one (only answers count otherwise). */
  #rearm(): void {
    const now = this.#options.clock.uptime();
    if (now - this.#rearmedAt < REARM_MS) return;
    this.#rearmedAt = now;
    this.#client.reschedulePing(true);
  }

  #fail(error: Error & { code?: number | string }): void {
    const { code, message } = error;
    if (typeof code === "string" && !this.#isAdmitted) {
      const untrusted = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code);
      this.#end(
        untrusted ? "untrusted" : "unreachable",
        untrusted ? "BROKER_UNTRUSTED" : "BROKER_UNREACHABLE",
        message,
      );
    } else if (code === "ECONNRESET" || code === "EPIPE") this.#stream?.destroy();
    else if (error instanceof AgentError) this.#end("closed by us", "BROKER_CLOSED", message);
    // What MQTT.js cannot read: mosquitto answers a message over its `message_size_limit` so.
    else if (typeof code !== "string" && this.#underWay.size > 0 && this.#isAdmitted)
      this.#end("too large", "BROKER_CLOSED", message);
    else this.#end("broken", this.#isAdmitted ? "BROKER_CLOSED" : "BROKER_SILENT", message);
  }
}
