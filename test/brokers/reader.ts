// A plain MQTT client for what a recipient or Home Assistant sees: any version, any user, and every message it was sent.
import { connect, type IClientOptions, type MqttClient } from "mqtt";

export interface Read {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

export class Reader implements AsyncDisposable {
  readonly heard: Read[] = [];
  readonly client: MqttClient;

  private constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload, { retain }) => this.heard.push({ topic, payload, retain }));
  }

  /** Connects as `user`; `filters` are subscribed to with QoS 1, which is granted when this resolves. */
  static async on(
    { port, protocol }: { readonly port: number; readonly protocol: 4 | 5 },
    user: string,
    filters: readonly string[],
    more: IClientOptions = {},
  ): Promise<Reader> {
    const client = connect(`mqtt://127.0.0.1:${port}`, {
      username: user,
      password: "secret",
      protocolVersion: protocol,
      reconnectPeriod: 0,
      ...more,
    });
    const reader = new Reader(client);
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
    });
    if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 });
    return reader;
  }

  /** The first message, past or future, that `wanted` says yes to. */
  async until(wanted: (heard: Read) => boolean): Promise<Read> {
    for (;;) {
      const found = this.heard.find(wanted);
      if (found) return found;
      await new Promise<void>((resolve) => this.client.once("message", () => resolve()));
    }
  }

  async say(topic: string, payload: string): Promise<void> {
    await this.client.publishAsync(topic, payload, { qos: 1 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true);
  }
}
