// The demo's stage: a broker on loopback with an ear on every topic, and the two roles as separate processes over a state of their own.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Aedes } from "aedes";
import { AgentClient } from "./agent-client.ts";

/** What the ear on `#` heard of the device. */
export interface Heard {
  readonly topic: string;
  readonly bytes: number;
}

/** Starts what the story needs and takes it all down again, whatever happened. */
export class Stage {
  readonly folder: string;
  readonly state: string;
  readonly configFile: string;
  readonly received: string;
  readonly agent: AgentClient;
  readonly heard: Heard[] = [];
  #broker: Aedes | undefined;
  #server: Server | undefined;
  #recorder: ChildProcess | undefined;
  #publisher: ChildProcess | undefined;
  #listeners = new Set<(heard: Heard) => void>();
  #receivers: ChildProcess[] = [];
  #threshold: { left: number; readonly reached: () => void } | undefined;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    this.state = join(this.folder, "state");
    this.configFile = join(this.folder, "doorstep.toml");
    this.received = join(this.folder, "anna");
    mkdirSync(this.state, { mode: 0o711 });
    this.agent = new AgentClient(this.state);
  }

  /** Opens the broker. It stores nothing and knows no password: it lives for one story on loopback. */
  async openBroker(): Promise<void> {
    this.#broker = await Aedes.createBroker();
    this.#broker.on("publish", (packet, client) => {
      if (client?.id !== "porch") return;
      const heard = { topic: packet.topic, bytes: packet.payload.length };
      this.heard.push(heard);
      for (const listener of this.#listeners) listener(heard);
    });
    const { handle } = this.#broker;
    this.#server = createServer((socket) => {
      socket.on("data", (chunk: Buffer) => this.#arrived(chunk.length));
      handle(socket);
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get brokerUrl(): string {
    return `mqtt://127.0.0.1:${(this.#server!.address() as AddressInfo).port}`;
  }

  /** Says something on the broker as anybody could who may write there. */
  async say(topic: string, payload: string): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#broker!.publish(
        { cmd: "publish", topic, payload: Buffer.from(payload), qos: 1, retain: false, dup: false },
        (error) => (error ? reject(error) : resolve()),
      ),
    );
  }

  /** Calls `listener` for each message the ear hears from now on, until the returned function is called. */
  listen(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once `bytes` more have reached the broker: in the middle of a clip, not between two. */
  async bytesArriving(bytes: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#threshold = { left: bytes, reached: resolve };
    });
  }

  #arrived(bytes: number): void {
    if (!this.#threshold) return;
    this.#threshold.left -= bytes;
    if (this.#threshold.left > 0) return;
    this.#threshold.reached();
    this.#threshold = undefined;
  }

  /** Resolves once somebody else than the device listens: a receiver. */
  async somebodyListens(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#broker!.on("subscribe", (_, client) => {
        if (client.id !== "porch") resolve();
      });
    });
  }

  writeConfig(text: string): void {
    writeFileSync(this.configFile, text);
  }

  startRecorder(): void {
    this.#recorder = this.#fork(
      ["run", "--role", "recorder", "--config", this.configFile, "--state", this.state],
      "recorder",
    );
  }

  startPublisher(): void {
    this.#publisher = this.#fork(["run", "--role", "publisher", "--state", this.state], "publisher");
  }

  /** SIGKILL: what a power cut or an out-of-memory killer does. */
  async killPublisher(): Promise<void> {
    const ended = once(this.#publisher!, "exit");
    this.#publisher!.kill("SIGKILL");
    await ended;
  }

  /** `doorstep receive` as a process of its own, as anna would run it. */
  startReceiver(args: readonly string[]): ChildProcess {
    const receiver = fork(process.argv[1]!, ["receive", ...args], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#receivers.push(receiver);
    return receiver;
  }

  /** Runs a command of ours to its end: exit code, and what it printed. */
  async doorstep(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
    const child = fork(process.argv[1]!, args, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    let text = "";
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    const [code] = (await once(child, "close")) as [number | null];
    return { code: code ?? 1, text };
  }

  async close(): Promise<void> {
    for (const child of [...this.#receivers, this.#publisher, this.#recorder]) {
      if (!child || child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    await new Promise<void>((resolve) => (this.#broker ? this.#broker.close(() => resolve()) : resolve()));
    this.#server?.close();
  }

  /** Removes everything but what anna received, which somebody may want to play. */
  sweep(): void {
    for (const entry of readdirSync(this.folder))
      if (entry !== basename(this.received)) rmSync(join(this.folder, entry), { recursive: true, force: true });
  }

  #fork(args: readonly string[], name: string): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), "a");
    return fork(process.argv[1]!, args, { stdio: ["ignore", log, log, "ipc"] });
  }
}
