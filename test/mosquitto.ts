// A real mosquitto for tests: on a free loopback port, in its own folder, stopped and removed afterwards. And its two clients.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface MosquittoOptions {
  /** Added to the configuration, one setting a line: `max_packet_size 131072`. */
  readonly config?: string;
  /** Replaces the plain listener and `allow_anonymous true`; "{port}" and "{dir}" are filled in. */
  readonly listener?: string;
  /** Files put beside the configuration before the start: {"acl": "user anna\n…"}. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** A port that is known to be free, to come back on the same one. */
  readonly port?: number;
}

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
}

/** A running broker, ended by `stop` or `await using`. `url` is mqtt://127.0.0.1:port. */
export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly dir: string;
  readonly url: string;
  log = "";
  #process: ChildProcess | undefined;

  constructor(port: number, dir: string) {
    this.port = port;
    this.dir = dir;
    this.url = `mqtt://127.0.0.1:${port}`;
  }

  /** Starts it (again, after {@link kill}) and waits until it listens. */
  async launch(): Promise<void> {
    const child = spawn("mosquitto", ["-c", join(this.dir, "mosquitto.conf")], { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    this.log = "";
    const gone = once(child, "exit").then(
      () => "exited",
      (error: Error) => error.message,
    );
    const running = new Promise<"running">((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
        if (/mosquitto version \S+ running/.test(this.log)) resolve("running");
      });
    });
    const end = await Promise.race([gone, running]);
    if (end !== "running") throw new Error(`mosquitto did not start (apt-get install mosquitto?): ${end}\n${this.log}`);
  }

  /** Ends it without a chance to say goodbye to anyone, as a power cut would. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  /** Stops answering, without closing anything, until "SIGCONT". */
  pause(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#process?.kill(signal);
  }

  async stop(): Promise<void> {
    await this.kill("SIGKILL");
    await rm(this.dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const dir = await mkdtemp(join(tmpdir(), "doorstep-mosquitto-"));
  const broker = new Mosquitto(options.port ?? (await freePort()), dir);
  const fill = (text: string): string => text.replaceAll("{port}", String(broker.port)).replaceAll("{dir}", dir);
  const listener = options.listener ?? "listener {port} 127.0.0.1\nallow_anonymous true";
  const config = `user root\nlog_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\nlog_type information\n${listener}\n${options.config ?? ""}\n`;
  await writeFile(join(dir, "mosquitto.conf"), fill(config));
  for (const [name, content] of Object.entries(options.files ?? {}))
    await writeFile(join(dir, name), typeof content === "string" ? fill(content) : content, { mode: 0o600 });
  await broker.launch().catch(async (error: unknown) => {
    await broker.stop();
    throw error;
  });
  return broker;
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/**
 * `mosquitto_sub` collecting in the background. Resolves once it is subscribed; `messages` grows as they come.
 * `until(n)` waits for n messages in all, `stop()` ends it.
 */
export async function listen(
  broker: { readonly port: number },
  filters: readonly string[],
  more: readonly string[] = [],
): Promise<Listener> {
  const args = [
    "-h",
    "127.0.0.1",
    "-p",
    String(broker.port),
    "-q",
    "1",
    "-V",
    "mqttv5",
    "-d",
    "-F",
    "DOORSTEP %r %l %t %x",
  ];
  // stdbuf: with a pipe for its output, mosquitto_sub says nothing until it ends.
  const child = spawn(
    "stdbuf",
    ["-oL", "mosquitto_sub", ...args, ...filters.flatMap((filter) => ["-t", filter]), ...more],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  child.once("error", () => {});
  const listener = new Listener(child);
  await listener.ready;
  return listener;
}

export class Listener implements AsyncDisposable {
  readonly messages: Message[] = [];
  readonly ready: Promise<void>;
  readonly #process: ChildProcess;
  #waiting: (() => void)[] = [];

  constructor(process: ChildProcess) {
    this.#process = process;
    const subscribed = Promise.withResolvers<void>();
    this.ready = subscribed.promise;
    process.once("exit", (code) =>
      subscribed.reject(new Error(`mosquitto_sub ended with ${code} (apt-get install mosquitto-clients?)`)),
    );
    this.ready.catch(() => {});
    let pieces: string[] = [];
    process.stdout!.setEncoding("latin1").on("data", (text: string) => {
      if (!text.includes("\n")) return void pieces.push(text);
      const lines = (pieces.join("") + text).split("\n");
      pieces = [lines.pop()!];
      for (const line of lines) {
        if (line.startsWith("Subscribed")) subscribed.resolve();
        const found = /^DOORSTEP (\d) \d+ (\S+) ([0-9a-f]*)$/.exec(line);
        if (found)
          this.messages.push({ retain: found[1] === "1", topic: found[2]!, payload: Buffer.from(found[3]!, "hex") });
      }
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Waits until `enough` holds of what has come so far. */
  async until(enough: number | ((messages: readonly Message[]) => boolean)): Promise<readonly Message[]> {
    const done = typeof enough === "number" ? (all: readonly Message[]) => all.length >= enough : enough;
    while (!done(this.messages)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.messages;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** `mosquitto_pub` of one message, QoS 1, returning when the broker has it. */
export async function say(
  broker: { readonly port: number },
  topic: string,
  payload: string | Uint8Array,
  more: readonly string[] = [],
): Promise<void> {
  const args = ["-h", "127.0.0.1", "-p", String(broker.port), "-q", "1", "-t", topic, "-s", ...more];
  const child = spawn("mosquitto_pub", args, { stdio: ["pipe", "inherit", "inherit"] });
  const gone = once(child, "exit") as Promise<[code: number | null]>;
  child.stdin.end(payload);
  const [code] = await gone;
  if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
}
