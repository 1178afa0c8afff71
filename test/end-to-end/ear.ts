// An ear on every topic of a broker, for proving what did and what did not cross it.
import { connect, type MqttClient } from "mqtt";

export interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

export class Ear {
  readonly heard: Heard[] = [];
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
    client.on("message", (topic, payload, { retain }) => this.heard.push({ topic, payload, retain }));
  }

  static async on(url: string): Promise<Ear> {
    const client = connect(url, { protocolVersion: 5, properties: { maximumPacketSize: 268_435_455 } });
    await new Promise<void>((resolve) => client.once("connect", () => resolve()));
    const ear = new Ear(client);
    await client.subscribeAsync("#", { qos: 1, rap: true });
    return ear;
  }

  /** The first message, past or future, that `wanted` says yes to. */
  async message(wanted: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const found = this.heard.find(wanted);
      if (found) return found;
      await new Promise<void>((resolve) => this.#client.once("message", () => resolve()));
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  close(): void {
    this.#client.end(true);
  }
}
