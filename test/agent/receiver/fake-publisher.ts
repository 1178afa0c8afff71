// The publisher's half of docs/spec/wire.md as far as a receiver sees it: sends what it is given, and answers hello and missing.
import mqtt, { type MqttClient } from "mqtt";
import type { Acknowledgement } from "../../../agent/publisher/topics.ts";
import type { FakeDevice, FakeDisclosure, WireMessage } from "./fake-device.ts";

export class FakePublisher {
  /** Everything heard on ack. */
  readonly heard: Acknowledgement[] = [];
  readonly #client: MqttClient;
  readonly #prefix: string;
  readonly #pending = new Map<string, FakeDisclosure>();
  #waiting: (() => void)[] = [];

  private constructor(client: MqttClient, { name, recipient }: FakeDevice) {
    this.#client = client;
    this.#prefix = `doorstep/${name}/${recipient}/`;
  }

  static async connect(
    url: string,
    device: FakeDevice,
    user?: { username: string; password: string },
    protocolVersion: 4 | 5 = 4,
  ): Promise<FakePublisher> {
    const client = await mqtt.connectAsync(url, { ...user, protocolVersion });
    const publisher = new FakePublisher(client, device);
    client.on("message", (_topic, payload) => publisher.#hear(JSON.parse(payload.toString()) as Acknowledgement));
    await client.subscribeAsync(`${publisher.#prefix}ack`, { qos: 1 });
    return publisher;
  }

  /** Will be sent, whole, to whoever says hello, until it is said to have arrived. */
  pending(disclosure: FakeDisclosure): void {
    this.#pending.set(disclosure.clip, disclosure);
  }

  async send(messages: readonly WireMessage[], retain = false): Promise<void> {
    for (const { suffix, payload } of messages)
      await this.#client.publishAsync(this.#prefix + suffix, payload, { qos: 1, retain });
  }

  /** `online` or `offline`, retained as the device has it. */
  async status(status: "online" | "offline"): Promise<void> {
    const topic = `${this.#prefix.split("/").slice(0, 2).join("/")}/status`;
    await this.#client.publishAsync(topic, status, { qos: 1, retain: true });
  }

  /** Waits for an acknowledgement of this type, the `n`th of them. */
  async hears(type: Acknowledgement["type"], n = 1): Promise<Acknowledgement> {
    for (;;) {
      const found = this.heard.filter((ack) => ack.type === type)[n - 1];
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  close(): void {
    this.#client.end(true);
  }

  #hear(ack: Acknowledgement): void {
    this.heard.push(ack);
    if (ack.type === "hello") for (const { messages } of this.#pending.values()) void this.send(messages);
    if (ack.type === "arrived") this.#pending.delete(ack.clip);
    if (ack.type === "missing") {
      const messages = this.#pending.get(ack.clip)?.messages ?? [];
      const media = messages.slice(0, -2);
      void this.send([...ack.parts.map((n) => media[n]!), ...messages.slice(-2)]);
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
