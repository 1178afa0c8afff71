// A recorder for tests of the publisher: the real door and the real spool, and nothing behind them. And a publisher, in this process or its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type {
  DeliveryState,
  HowMuchLeft,
  PublisherToRecorder,
  RetainedDocument,
  SessionDocument,
} from "../../../agent/spool/door.ts";
import { DoorServer } from "../../../agent/spool/door-server.ts";
import { type PublisherOptions, runPublisher } from "../../../agent/publisher.ts";
import { TemporaryState } from "../spool/samples.ts";

type TakenDown = Extract<PublisherToRecorder, { type: "taken_down" }>;
type Heard = Exclude<PublisherToRecorder, { type: "hello" }>;

export interface StandInOptions {
  readonly url: string;
  readonly device?: string;
  readonly broker?: Partial<SessionDocument["broker"]>;
  readonly subscriptions?: readonly string[];
  /** False: the recorder says `closed` to whoever connects. */
  readonly open?: boolean;
  readonly retained?: readonly Omit<RetainedDocument, "type">[];
  /** False: inbound messages are not answered with `stored`. */
  readonly stores?: boolean;
}

/** Recorder and publisher with a state directory of their own. */
export class StandIn implements AsyncDisposable {
  readonly state: TemporaryState;
  readonly heard: Heard[] = [];
  readonly door: DoorServer;
  /** What the recorder says to whoever connects; may be changed. */
  options: StandInOptions;
  #stop = new AbortController();
  #running: Promise<void> | undefined;
  #child: ChildProcess | undefined;
  #waiting: (() => void)[] = [];
  readonly #filing = new Set<Promise<void>>();
  arrivals = 0;

  private constructor(state: TemporaryState, options: StandInOptions) {
    this.state = state;
    this.options = options;
    this.door = new DoorServer({
      path: join(state.root, "door.sock"),
      onPublisher: () => {
        this.arrivals++;
        this.greet();
        this.#changed();
      },
      onMessage: (message) => {
        this.heard.push(message);
        const filing = this.#file(message).finally(() => this.#filing.delete(filing));
        this.#filing.add(filing);
        this.#changed();
      },
      onGone: () => this.#changed(),
    });
  }

  static async create(options: StandInOptions): Promise<StandIn> {
    const rig = new StandIn(await TemporaryState.create(), options);
    await rig.door.start();
    return rig;
  }

  greet(): void {
    const { url, device = "porch", broker, subscriptions = ["anna/ack"], open = true, retained = [] } = this.options;
    this.door.send({ type: "session", v: 1, device, broker: { url, ...broker }, subscriptions });
    for (const document of retained) this.door.send({ type: "retained", ...document });
    this.door.send(open ? { type: "open" } : { type: "closed", retract: [] });
  }

  /** A publisher within this process. */
  publish(more: Partial<PublisherOptions> = {}): this {
    const options = {
      stateDirectory: this.state.root,
      version: "test",
      logLevel: process.env["LOG"] ?? "silent",
      stop: this.#stop.signal,
      ...more,
    };
    this.#running = runPublisher(options);
    return this;
  }

  /** A publisher in a process of its own, to be killed. */
  fork(): ChildProcess {
    const code = `import { runPublisher } from ${JSON.stringify(new URL("../../../agent/publisher.ts", import.meta.url).href)};
      await runPublisher({ stateDirectory: ${JSON.stringify(this.state.root)}, version: "test", logLevel: "silent", stop: new AbortController().signal });`;
    this.#child = spawn(process.execPath, ["--max-semi-space-size=1", "--input-type=module", "-e", code], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    return this.#child;
  }

  /** Ends the publisher of this process as SIGTERM would. */
  async stopPublishing(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#stop = new AbortController();
    this.#running = undefined;
  }

  /** Resolves with the first message that `wanted` accepts, past ones included. */
  async hear<M extends Heard>(wanted: (message: Heard) => message is M): Promise<M>;
  async hear(wanted: (message: Heard) => boolean): Promise<Heard>;
  async hear(wanted: (message: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const found = this.heard.find(wanted);
      if (found) return found;
      await this.#change();
    }
  }

  /** Has the publisher stop sending it; how much had left. */
  async takeDown(id: string): Promise<HowMuchLeft> {
    this.door.send({ type: "take_down", id });
    const {
      type: _,
      id: __,
      ...left
    } = await this.hear((message): message is TakenDown => message.type === "taken_down" && message.id === id);
    return left;
  }

  delivery(id: string, ...states: readonly DeliveryState[]): Promise<Heard> {
    return this.hear((message) => message.type === "delivery" && message.id === id && states.includes(message.state));
  }

  brokerState(state: string): Promise<Heard> {
    return this.hear((message) => message.type === "broker" && message.state === state);
  }

  /** Spools and says so, as the gate does. */
  async clip(...args: Parameters<TemporaryState["spool"]>): ReturnType<TemporaryState["spool"]> {
    const disclosure = await this.state.spool(...args);
    this.door.send({ type: "spooled", id: disclosure.id });
    return disclosure;
  }

  async event(...args: Parameters<TemporaryState["spoolEvent"]>): ReturnType<TemporaryState["spoolEvent"]> {
    const event = await this.state.spoolEvent(...args);
    this.door.send({ type: "spooled", id: event.id });
    return event;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopPublishing();
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGKILL");
      await once(this.#child, "exit");
    }
    await this.door.stop();
    // Nothing may still be moved in folders that are about to go.
    await Promise.all(this.#filing);
    await this.state[Symbol.asyncDispose]();
  }

  async #file(message: Heard): Promise<void> {
    if (message.type === "inbound" && this.options.stores !== false)
      this.door.send({ type: "stored", ref: message.ref });
    if (message.type !== "delivery") return;
    if (message.state === "unheard") return;
    if (message.state === "accepted") {
      // One name looked for, not the folder listed: a thousand may stand there.
      const isEvent = existsSync(join(this.state.writer.root, "new", `${message.id}.json`));
      if (isEvent) await this.state.writer.move(message.id, "sent");
      return;
    }
    const to = message.state === "failed" || message.state === "expired" ? "failed" : "sent";
    if (await this.state.writer.move(message.id, to)) await this.state.writer.unlinkMedia(to, message.id);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
