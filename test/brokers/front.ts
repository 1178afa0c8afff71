// A port before a broker that speaks only MQTT 3.1.1: whoever comes with 5 is turned away as NATS and aedes do it. What follows is
// passed on untouched. And it can pull the plug.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** CONNACK of 3.1.1: unacceptable protocol version. */
const OTHER_VERSION = Buffer.from([0x20, 2, 0, 1]);

export class Front implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, only311: boolean) {
    this.#server = createServer((client) => {
      this.#keep(client);
      client.once("data", (first) => {
        if (only311 && first[first.indexOf("MQTT") + 4] === 5) return void client.end(OTHER_VERSION);
        const broker = connect(port, "127.0.0.1");
        this.#keep(broker);
        broker.once("close", () => client.destroy());
        client.once("close", () => broker.destroy());
        broker.write(first);
        client.pipe(broker).pipe(client);
      });
    });
  }

  static async before(port: number, only311: boolean): Promise<Front> {
    const front = new Front(port, only311);
    front.#server.listen(0, "127.0.0.1");
    await once(front.#server, "listening");
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
