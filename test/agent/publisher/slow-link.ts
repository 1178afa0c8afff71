// A slow link to a broker on this machine: 64 KiB at a time, with pauses, until it is told to hurry.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const PAUSE_MS = 10;

export class SlowLink implements AsyncDisposable {
  /** Bytes that have gone towards the broker. */
  passed = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fast = false;
  #waiting: (() => void)[] = [];

  readonly #pauseMs: number;

  private constructor(port: number, pauseMs: number) {
    this.#pauseMs = pauseMs;
    this.#server = createServer((client) => this.#join(client, connect(port, "127.0.0.1")));
  }

  static async to(port: number, pauseMs = PAUSE_MS): Promise<SlowLink> {
    const link = new SlowLink(port, pauseMs);
    link.#server.listen(0, "127.0.0.1");
    await once(link.#server, "listening");
    return link;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  hurry(): void {
    this.#fast = true;
  }

  /** Breaks every connection; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async until(bytes: number): Promise<void> {
    while (this.passed < bytes) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #join(client: Socket, broker: Socket): void {
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    broker.pipe(client);
    client.on("data", (chunk) => {
      this.passed += chunk.length;
      const full = !broker.write(chunk);
      if (full || !this.#fast) client.pause();
      if (full) broker.once("drain", () => client.resume());
      else if (!this.#fast) setTimeout(() => client.resume(), this.#pauseMs);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }
}
