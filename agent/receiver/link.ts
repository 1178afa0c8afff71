// One connection of a receiver to its broker, from CONNECT to whatever ends it. MQTT.js connects again by itself only in ways we
// do not want, so it is told not to, and receiver.ts makes a new link instead.
import type { SecureVersion } from "node:tls";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { seconds, type Clock } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";

/** 5 is tried first; 4 is what the standard calls 3.1.1. */
export type ProtocolVersion = 4 | 5;

/** Where to connect, as whom, and what for. */
export interface LinkOptions {
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM of the authority that signed the broker's certificate; the system's are trusted if absent. */
  readonly ca?: string;
  /** Full topic filters. */
  readonly subscriptions: readonly string[];
  /**
   * Handles one message before the next is read. The broker is told that we have it only once this resolves; if it rejects, the
   * link ends with that error and the broker keeps the message.
   */
  readonly onMessage: (topic: string, payload: Buffer, retained: boolean) => Promise<void>;
  readonly clock: Clock;
}

/** nobody: the broker took it and had no one to give it to (MQTT 5 only). lost: the link ended before the broker answered. */
export type Publication = "taken" | "nobody" | "refused" | "lost";

const SESSION_KEPT_S = 8 * 24 * 3600;
const ANSWER_WITHIN = seconds(30);
const CONNECT_WITHIN_MS = 15_000;
const MINIMUM_TLS: SecureVersion = "TLSv1.2";

/** CONNACK codes of 3.1.1 and 5 that say "not this protocol". */
const WRONG_PROTOCOL = new Set([1, 132]);
/** …and those that trying again does not mend: client id, user, password, authorisation, banned, authentication method. */
const REFUSED = new Set([2, 4, 5, 133, 134, 135, 138, 140]);
const NO_SUBSCRIBERS = 16;
const SESSION_TAKEN_OVER = 142;

/** A live connection. Made by {@link connectLink}. */
export class Link {
  readonly version: ProtocolVersion;
  /** Resolves, never rejects, with what ended it; undefined if {@link end} did or the connection just broke. */
  readonly ended: Promise<AgentError | undefined>;
  readonly #client: MqttClient;
  readonly #clock: Clock;
  #lastReason = 0;

  constructor(client: MqttClient, version: ProtocolVersion, ended: Promise<AgentError | undefined>, clock: Clock) {
    this.#client = client;
    this.version = version;
    this.ended = ended;
    this.#clock = clock;
    // MQTT.js resolves a publish without saying what the broker thought of it.
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "puback") this.#lastReason = packet.reasonCode ?? 0;
    });
  }

  /** Publishes with QoS 1 and waits for the broker's word. One at a time. */
  async publish(topic: string, payload: string): Promise<Publication> {
    const given = new AbortController();
    const outcome = await Promise.race([
      this.#client.publishAsync(topic, payload, { qos: 1 }).then(
        (): Publication => (this.#lastReason === NO_SUBSCRIBERS ? "nobody" : "taken"),
        (): Publication => "refused",
      ),
      this.ended.then((): Publication => "lost"),
      this.#clock.sleep(ANSWER_WITHIN, given.signal).then(
        (): Publication => "lost",
        (): Publication => "lost",
      ),
    ]);
    given.abort();
    if (outcome === "lost") this.end();
    return outcome;
  }

  /** Closes the connection at once; the broker keeps the session and queues for it. */
  end(): void {
    this.#client.end(true);
  }
}

/**
 * Connects and subscribes, with a session that outlives the connection.
 *
 * @throws AgentError RECEIVER_NOT_ADMITTED (trying again will not help), BROKER_PROTOCOL (the other version may), or BROKER_NOT_REACHED.
 */
export async function connectLink(options: LinkOptions, version: ProtocolVersion, signal: AbortSignal): Promise<Link> {
  const client = mqtt.connect(options.url, clientOptions(options, version));
  const ended = Promise.withResolvers<AgentError | undefined>();
  client.handleMessage = (packet, acknowledge) => {
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    const failed = (error: unknown): void => {
      ended.resolve(error instanceof AgentError ? error : new AgentError("OUT_NOT_WRITABLE", String(error), error));
      client.end(true);
    };
    options.onMessage(packet.topic, payload, packet.retain).then(() => acknowledge(), failed);
  };
  client.once("close", () => ended.resolve(undefined));
  client.on("disconnect", ({ reasonCode }) => {
    if (reasonCode === SESSION_TAKEN_OVER)
      ended.resolve(new AgentError("RECEIVER_RUNS_TWICE", `another receiver is connected as ${options.clientId}`));
  });

  const abort = (): void => void client.end(true);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await connected(client, options, version);
    await subscribe(client, options.subscriptions);
  } catch (error) {
    client.end(true);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
  client.on("error", () => client.end(true));
  return new Link(client, version, ended.promise, options.clock);
}

function clientOptions(options: LinkOptions, version: ProtocolVersion): IClientOptions & { minVersion: SecureVersion } {
  return {
    protocolVersion: version,
    clientId: options.clientId,
    clean: false,
    keepalive: 60,
    connectTimeout: CONNECT_WITHIN_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    minVersion: MINIMUM_TLS,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(options.ca !== undefined && { ca: options.ca }),
    ...(version === 5 && { properties: { sessionExpiryInterval: SESSION_KEPT_S, receiveMaximum: 8 } }),
  };
}

function connected(client: MqttClient, { url }: LinkOptions, version: ProtocolVersion): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve());
    client.on("error", (error: Error & { code?: number | string }) => {
      const { code } = error;
      if (typeof code === "number" && WRONG_PROTOCOL.has(code))
        reject(
          new AgentError(
            "BROKER_PROTOCOL",
            `${shown(url)} does not speak MQTT ${version === 5 ? "5" : "3.1.1"}`,
            error,
          ),
        );
      else if (typeof code === "number" && REFUSED.has(code))
        reject(new AgentError("RECEIVER_NOT_ADMITTED", `${shown(url)}: ${error.message}`, error));
      else reject(new AgentError("BROKER_NOT_REACHED", `${shown(url)}: ${describe(error)}`, error));
    });
    // Old brokers hang up on a CONNECT they do not understand, without a word.
    client.once("close", () =>
      reject(new AgentError("BROKER_PROTOCOL", `${shown(url)} closed the connection unanswered`)),
    );
  });
}

/** Without a password that somebody wrote into it. */
const shown = (url: string): string => url.replace(/\/\/[^@/]*@/, "//");

const describe = (error: Error & { code?: number | string }): string =>
  error.message || (error instanceof AggregateError ? String(error.errors[0]) : String(error.code));

async function subscribe(client: MqttClient, filters: readonly string[]): Promise<void> {
  try {
    await client.subscribeAsync([...filters], { qos: 1 });
  } catch (cause) {
    if (!client.connected) throw new AgentError("BROKER_NOT_REACHED", "the broker closed the connection", cause);
    throw new AgentError("RECEIVER_NOT_ADMITTED", `it does not let us read ${filters.join(", ")}`, cause);
  }
}
