// The publisher's end of door.sock: knocks until it is let in, hands on what it hears, and says when the line is lost, which means closed.
import { connect, type Socket } from "node:net";
import { type Clock, milliseconds } from "../../drivers/clock/clock.ts";
import { AgentError } from "../error.ts";
import type { PublisherToRecorder, RecorderToPublisher } from "./door.ts";
import { LineSplitter, readFromRecorder, writeLine } from "./door-lines.ts";

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 5_000;
/** Whatever the system calls it: the recorder takes one publisher, and says nothing to another. */
const TURNED_AWAY = "turned away: another publisher may have the line";

/** Where to knock, and what to do with what is heard. */
export interface DoorClientOptions {
  readonly path: string;
  readonly version: string;
  readonly clock: Clock;
  readonly onOpen: () => void;
  readonly onMessage: (message: RecorderToPublisher) => void;
  /** The line is lost, or was never got: the publisher must behave as if told `closed`. Called once for each loss. */
  readonly onLost: (why: string) => void;
}

/** One line to the recorder at a time. */
export class DoorClient {
  readonly #options: DoorClientOptions;
  #socket: Socket | undefined;

  constructor(options: DoorClientOptions) {
    this.#options = options;
  }

  /** Keeps the line until `stop` aborts. Never throws. */
  async run(stop: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    let told = false;
    while (!stop.aborted) {
      const { connected, heard, why } = await this.#converse(stop);
      if (stop.aborted) return;
      pause = heard ? FIRST_PAUSE_MS : Math.min(pause * 2, LAST_PAUSE_MS);
      if (connected || !told) this.#options.onLost(why);
      told = true;
      await this.#options.clock.sleep(milliseconds(pause), stop).catch(() => {});
    }
  }

  /** Says it. Returns false when the line is down: the recorder asks, or is told again, when it is back. */
  send(message: PublisherToRecorder): boolean {
    const line = writeLine(message);
    if (!this.#socket || this.#socket.destroyed || this.#socket.connecting) return false;
    // What is said in one breath goes in one call to the kernel.
    const socket = this.#socket;
    socket.cork();
    setImmediate(() => socket.uncork());
    socket.write(line);
    return true;
  }

  #converse(stop: AbortSignal): Promise<{ connected: boolean; heard: boolean; why: string }> {
    const { path, version, onOpen, onMessage } = this.#options;
    const socket = connect(path);
    this.#socket = socket;
    const lines = new LineSplitter(readFromRecorder);
    let connected = false;
    let heard = false;
    let why = "the recorder left";
    const hangUp = (): void => void socket.destroy();
    stop.addEventListener("abort", hangUp, { once: true });
    socket.once("connect", () => {
      connected = true;
      socket.write(writeLine({ type: "hello", v: 1, version }));
      onOpen();
    });
    socket.on("data", (chunk: Buffer) => {
      heard = true;
      try {
        for (const message of lines.push(chunk)) onMessage(message);
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        why = error.message;
        socket.destroy();
      }
    });
    socket.on("error", (error) => (why = error.message));
    return new Promise((resolve) => {
      socket.once("close", () => {
        stop.removeEventListener("abort", hangUp);
        this.#socket = undefined;
        resolve({ connected, heard, why: connected && !heard && !stop.aborted ? TURNED_AWAY : why });
      });
    });
  }
}
