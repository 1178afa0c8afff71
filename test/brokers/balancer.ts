// One address for several brokers, as a fleet has it: each connection goes to the next node that answers.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Balancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next = 0;

  private constructor(ports: readonly number[]) {
    this.#server = createServer((client) => {
      this.#keep(client);
      const first = this.#next++;
      this.#pass(
        client,
        ports.map((_, n) => ports[(first + n) % ports.length]!),
      );
    });
  }

  static async over(ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    balancer.#server.listen(0, "127.0.0.1", 512);
    await once(balancer.#server, "listening");
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(client: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined || client.destroyed) return void client.destroy();
    const node = connect(port, "127.0.0.1");
    this.#keep(node);
    node.once("connect", () => {
      client.once("close", () => node.destroy());
      client.pipe(node).pipe(client);
    });
    node.once("close", () => (node.bytesRead || node.bytesWritten ? client.destroy() : this.#pass(client, others)));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }
}
