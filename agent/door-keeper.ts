// The recorder's side of the door: tells the publisher its session, hears what became of what it was given, keeps the broker's state for status.
import type { Config } from "../config/config.ts";
import type { Gate } from "./consent/gate.ts";
import type { Status } from "./review/owner.ts";
import type { PublisherToRecorder, RecorderToPublisher } from "./spool/door.ts";
import { remedyFor } from "./review/remedies.ts";
import { DoorServer } from "./spool/door-server.ts";
import { discoveryOf, sessionOf } from "./door-session.ts";
import type { Service } from "./lifecycle.ts";

export interface DoorKeeperOptions {
  readonly path: string;
  /** Of the program: Home Assistant shows it. */
  readonly version: string;
  /** spool/out: its group may knock. */
  readonly groupOf: string;
  readonly gate: () => Gate | undefined;
  readonly config: () => Config | undefined;
  /** What arrived from outside, below doorstep/{device}/; resolves when it is stored, or refused for good. */
  readonly onInbound: (topic: string, payload: Buffer) => Promise<void>;
  /** The broker's state, as status says it, may have changed. */
  readonly onBroker: () => void;
  /** Something could not be done with what the publisher said. */
  readonly onFault: (error: unknown) => void;
}

type Heard = Exclude<PublisherToRecorder, { type: "hello" }>;

/** What the publisher says of its broker, as `status` says it. */
function brokerOf({ state, protocol, code, detail }: Extract<Heard, { type: "broker" }>): Status["broker"] {
  const version = protocol === 5 ? "MQTT 5" : protocol === 4 ? "MQTT 3.1.1" : "";
  return { state, detail: [code, detail].filter(Boolean).join(": ") || version, ...remedyFor(code) };
}

export class DoorKeeper implements Service {
  readonly name = "door";
  readonly #options: DoorKeeperOptions;
  readonly #server: DoorServer;
  #broker: Status["broker"] = { state: "no publisher", detail: "" };
  readonly #selfTests = new Map<number, (outcome: string) => void>();
  #lastSelfTest = 0;

  constructor(options: DoorKeeperOptions) {
    this.#options = options;
    this.#server = new DoorServer({
      path: options.path,
      groupOf: options.groupOf,
      onPublisher: () => this.greet(),
      onMessage: (message) => void this.#hear(message).catch(options.onFault),
      onGone: (why) => {
        this.#broker = { state: "no publisher", detail: why };
        for (const ref of this.#selfTests.keys()) this.#tested(ref, why);
        options.onBroker();
      },
    });
  }

  /** What `status` says of the broker. */
  get broker(): Status["broker"] {
    return this.#broker;
  }

  /** Has the publisher send this device a message through the broker: "ok", or in words what went wrong. Within some seconds. */
  selfTest(): Promise<string> {
    const ref = ++this.#lastSelfTest;
    const outcome = new Promise<string>((resolve) => this.#selfTests.set(ref, resolve));
    if (!this.#server.send({ type: "selftest", ref })) this.#tested(ref, "no publisher is connected");
    return outcome;
  }

  #tested(ref: number, outcome: string): void {
    this.#selfTests.get(ref)?.(outcome);
    this.#selfTests.delete(ref);
  }

  start(): Promise<void> {
    return this.#server.start();
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Says it to the publisher, if one is there; the gate says what matters again at the next hello. */
  send(message: RecorderToPublisher): void {
    this.#server.send(message);
  }

  /** A new session for a publisher that has come, or whose session is not what it was with the configuration `before`. */
  greet(before?: Config): void {
    const config = this.#options.config();
    if (!config?.mqtt) return;
    this.#server.send(sessionOf(config, config.mqtt));
    for (const document of discoveryOf(config, this.#options.version, before)) this.#server.send(document);
    this.#options.gate()?.publisherConnected();
  }

  async #hear(message: Heard): Promise<void> {
    const gate = this.#options.gate();
    switch (message.type) {
      case "broker":
        this.#broker = brokerOf(message);
        this.#options.onBroker();
        if (message.state === "connected") await gate?.brokerConnected();
        return;
      case "delivery":
        await gate?.delivery(message);
        return;
      case "taken_down":
        await gate?.takenDown(message);
        return;
      case "retracted":
        gate?.retracted();
        return;
      case "inbound":
        await this.#options.onInbound(message.topic, Buffer.from(message.payload_base64, "base64"));
        this.#server.send({ type: "stored", ref: message.ref });
        return;
      case "selftest":
        return this.#tested(message.ref, message.outcome);
    }
  }
}
