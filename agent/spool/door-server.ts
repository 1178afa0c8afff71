// The recorder's end of door.sock: one publisher at a time, a closed set of lines, and nobody there means nothing is being sent.
import { chmodSync, chownSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { AgentError } from "../error.ts";
import type { Service } from "../lifecycle.ts";
import type { PublisherToRecorder, RecorderToPublisher } from "./door.ts";
import { LineSplitter, readFromPublisher, writeLine } from "./door-lines.ts";
import { checkSocketPath } from "../socket-path.ts";

/** What may wait in memory for a publisher that does not read; then it is taken for dead. */
const BACKLOG_BYTES = 4 * 1024 * 1024;

/** Where to listen, and what to do with what is heard. */
export interface DoorServerOptions {
  readonly path: string;
  /** The folder whose group may knock: `spool/out`. Without it the socket keeps the recorder's own group. */
  readonly groupOf?: string;
  /** A publisher has said hello: send it session, retained, open or closed, and what stands in new/ it finds by itself. */
  readonly onPublisher: (version: string) => void;
  /** What it said after hello. */
  readonly onMessage: (message: Exclude<PublisherToRecorder, { type: "hello" }>) => void;
  /** It is gone. Nothing is being sent until the next {@link onPublisher}. */
  readonly onGone?: (why: string) => void;
}

/** door.sock, for one publisher. */
export class DoorServer implements Service {
  readonly name = "door";
  readonly #options: DoorServerOptions;
  #server: Server | undefined;
  #publisher: Socket | undefined;
  #greeted = false;

  constructor(options: DoorServerOptions) {
    this.#options = options;
  }

  /** Whether a publisher is there and has said hello. */
  get connected(): boolean {
    return this.#greeted;
  }

  /**
   * Listens. A stale socket is removed, so the state directory's exclusive lock must be held already.
   *
   * @throws AgentError SOCKET_PATH_TOO_LONG or SOCKET_NOT_OPENED.
   */
  async start(): Promise<void> {
    const { path, groupOf } = this.#options;
    checkSocketPath(path);
    rmSync(path, { force: true });
    const server = createServer((socket) => this.#knock(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) => reject(new AgentError("SOCKET_NOT_OPENED", `${path}: ${error.message}`, error)));
      server.listen(path, resolve);
    });
    try {
      if (groupOf) chownSync(path, statSync(path).uid, statSync(groupOf).gid);
      chmodSync(path, 0o660);
    } catch (error) {
      server.close();
      throw new AgentError("SOCKET_NOT_OPENED", `${path}: ${(error as Error).message}`, error);
    }
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    this.#publisher?.destroy();
    await closed;
    rmSync(this.#options.path, { force: true });
  }

  /**
   * Says it to the publisher. Returns false when there is none: then nothing has been said, and nothing is being sent.
   *
   * @throws AgentError DOOR_LINE_TOO_LONG or DOOR_LINE_REFUSED: the message breaks the language.
   */
  send(message: RecorderToPublisher): boolean {
    const line = writeLine(message);
    if (!this.#publisher || !this.#greeted) return false;
    this.#publisher.write(line);
    if (this.#publisher.writableLength > BACKLOG_BYTES) this.#publisher.destroy();
    return true;
  }

  /** One publisher at a time: a newcomer is turned away, so a second one cannot silence the first. A dead one's socket closes with it. */
  #knock(socket: Socket): void {
    if (this.#publisher) {
      socket.destroy();
      return;
    }
    this.#publisher = socket;
    const lines = new LineSplitter(readFromPublisher);
    let why = "the publisher left";
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const message of lines.push(chunk)) this.#hear(message);
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        why = error.message;
        socket.destroy();
      }
    });
    socket.on("error", (error) => (why = error.message));
    socket.on("close", () => {
      this.#publisher = undefined;
      this.#greeted = false;
      this.#options.onGone?.(why);
    });
  }

  #hear(message: PublisherToRecorder): void {
    if (message.type === "hello") {
      if (this.#greeted) throw new AgentError("DOOR_LINE_REFUSED", "a second hello");
      this.#greeted = true;
      this.#options.onPublisher(message.version);
      return;
    }
    if (!this.#greeted) throw new AgentError("DOOR_LINE_REFUSED", `${message.type} before hello`);
    this.#options.onMessage(message);
  }
}
