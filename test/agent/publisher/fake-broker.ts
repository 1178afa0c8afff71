// A broker that does as it is told: hangs, refuses, lies, closes in the middle. Speaks MQTT through mqtt-packet, over a real socket.
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from "mqtt-packet";

export interface FakeClient {
  readonly connect: IConnectPacket;
  readonly socket: Socket;
  send(packet: Packet): void;
  /** Every publish that came whole, in order. */
  readonly published: readonly IPublishPacket[];
}

/** Every answer is the behaviour of an ordinary broker unless it is given here. */
export interface Behaviour {
  /** Answers CONNECT; nothing is answered if it returns undefined, and the socket is closed on "close". */
  readonly connack?: (connect: IConnectPacket) => Partial<Extract<Packet, { cmd: "connack" }>> | "close" | undefined;
  /** Answers a publish; an ordinary PUBACK by default. */
  readonly onPublish?: (packet: IPublishPacket, client: FakeClient) => void;
  /** Closes as soon as a packet announces a remaining length above this, as mosquitto does. */
  readonly closesAbove?: number;
  /** Called for each client that was let in. */
  readonly onClient?: (client: FakeClient) => void;
}

export class FakeBroker implements AsyncDisposable {
  readonly server: Server;
  readonly connects: IConnectPacket[] = [];
  readonly published: IPublishPacket[] = [];
  /** When each connection came, on the machine's own clock: for back-off. */
  behaviour: Behaviour;
  readonly #sockets = new Set<Socket>();
  #waiting: (() => void)[] = [];

  private constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
    this.server = createServer((socket) => this.#serve(socket));
  }

  static async start(behaviour: Behaviour = {}): Promise<FakeBroker> {
    const broker = new FakeBroker(behaviour);
    broker.server.listen(0, "127.0.0.1");
    await once(broker.server, "listening");
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async until(enough: (broker: FakeBroker) => boolean): Promise<void> {
    while (!enough(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#changed();
    });
    let parser: ReturnType<typeof mqttPacket.parser> | undefined;
    let client: FakeClient | undefined;
    const published: IPublishPacket[] = [];
    const take = (packet: Packet): void => {
      if (packet.cmd === "connect") client = this.#admit(packet, socket, published);
      else if (client) this.#hear(packet, client, published);
      this.#changed();
    };
    socket.on("data", (chunk) => {
      // The CONNECT says which version the rest is in: its tenth byte or so, after "MQTT".
      parser ??= mqttPacket.parser({ protocolVersion: chunk[chunk.indexOf("MQTT") + 4] === 5 ? 5 : 4 });
      if (parser.listenerCount("packet") === 0) parser.on("packet", take).on("error", () => socket.destroy());
      const limit = this.behaviour.closesAbove;
      if (limit !== undefined && client && announces(chunk) > limit) return void socket.resetAndDestroy();
      parser.parse(chunk);
    });
  }

  #admit(connect: IConnectPacket, socket: Socket, published: readonly IPublishPacket[]): FakeClient | undefined {
    this.connects.push(connect);
    const version = connect.protocolVersion ?? 4;
    const send = (packet: Packet): void => void socket.write(mqttPacket.generate(packet, { protocolVersion: version }));
    const client: FakeClient = { connect, socket, send, published };
    const answer = this.behaviour.connack ? this.behaviour.connack(connect) : {};
    if (answer === "close") socket.destroy();
    if (answer === "close" || answer === undefined) return undefined;
    const connack = { cmd: "connack", sessionPresent: false, returnCode: 0, reasonCode: 0, ...answer } as const;
    send(connack);
    if ((connack.reasonCode || connack.returnCode) !== 0) return undefined;
    this.behaviour.onClient?.(client);
    return client;
  }

  #hear(packet: Packet, client: FakeClient, published: IPublishPacket[]): void {
    if (packet.cmd === "pingreq") client.send({ cmd: "pingresp" });
    else if (packet.cmd === "subscribe")
      client.send({ cmd: "suback", messageId: packet.messageId!, granted: packet.subscriptions.map(({ qos }) => qos) });
    else if (packet.cmd === "publish") {
      published.push(packet);
      this.published.push(packet);
      if (this.behaviour.onPublish) this.behaviour.onPublish(packet, client);
      else client.send({ cmd: "puback", messageId: packet.messageId!, reasonCode: 0 });
    }
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** The remaining length of a PUBLISH that begins this chunk; 0 if none does. */
function announces(chunk: Uint8Array): number {
  if (chunk[0]! >> 4 !== 3) return 0;
  let length = 0;
  for (let at = 1, factor = 1; at < 5; at++, factor *= 128) {
    length += (chunk[at]! & 0x7f) * factor;
    if ((chunk[at]! & 0x80) === 0) break;
  }
  return length;
}
