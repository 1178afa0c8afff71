// A street of doorbells on a cluster of three brokers, one of which dies. Real: the publisher role with its outbox and session, the
// receiver with its checks, RabbitMQ. Played: the recorders, which put signed clips into the outboxes.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { Receiver } from "../../agent/receiver/receiver.ts";
import { StandIn } from "../agent/publisher/stand-in.ts";
import { FakeDevice } from "../agent/receiver/fake-device.ts";
import { Balancer } from "./balancer.ts";
import { approve } from "./outbox.ts";
import { RabbitCluster } from "./rabbitmq.ts";

const NODES = 3;
export const CLIP_BYTES = 200_000;

/** What became of a fleet's clips. */
export interface FleetOutcome {
  /** Ids of approved clips, and of saved ones as often as they were saved, by doorbell. */
  readonly approved: ReadonlyMap<string, readonly string[]>;
  readonly saved: ReadonlyMap<string, readonly string[]>;
  /** Doorbells and receivers that lost their connection with the node. */
  readonly thrownOut: number;
  /** From the first approval to the last clip saved, in seconds: before the node died, and with its death in the middle. */
  readonly calmS: number;
  readonly deathS: number;
}

/** `doorbells` each have one clip approved; then one more, in the middle of which a node is killed; then a third. */
export async function fleetStory(doorbells: number): Promise<FleetOutcome> {
  const names = Array.from({ length: doorbells }, (_, n) => `porch-${n}`);
  const folder = mkdtempSync(join(tmpdir(), "doorstep-fleet-"));
  writeFileSync(join(folder, "password"), "secret\n");
  await using cluster = await RabbitCluster.start(NODES, names);
  await using balancer = await Balancer.over(cluster.nodes.map(({ port }) => port));
  await using houses = new AsyncDisposableStack();
  houses.defer(() => rmSync(folder, { recursive: true, force: true }));
  const street: House[] = [];
  for (const name of names) street.push(houses.use(await House.of(name, balancer.port, folder)));
  await Promise.all(street.map((house) => house.connected()));

  const calmFrom = performance.now();
  await Promise.all(street.map((house) => house.approve()));
  await Promise.all(street.map((house) => house.hasSaved(1)));
  const calmS = (performance.now() - calmFrom) / 1000;

  const connections = street.reduce((sum, house) => sum + house.connections, 0);
  const deathFrom = performance.now();
  await Promise.all(street.map((house) => house.approve()));
  await Promise.any(street.map((house) => house.hasSaved(2)));
  await cluster.nodes[0]!.kill();
  await Promise.all(street.map((house) => house.approve()));
  await Promise.all(street.map((house) => house.hasSaved(3)));
  const deathS = (performance.now() - deathFrom) / 1000;
  const thrownOut = street.reduce((sum, house) => sum + house.connections, 0) - connections;
  await Promise.all(street.map((house) => house.settled()));
  return {
    approved: new Map(street.map(({ name, approved }) => [name, approved])),
    saved: new Map(street.map(({ name, saved }) => [name, saved])),
    thrownOut,
    calmS,
    deathS,
  };
}

/** One doorbell and whoever receives its clips. */
class House implements AsyncDisposable {
  readonly name: string;
  readonly approved: string[] = [];
  readonly saved: string[] = [];
  readonly #device: FakeDevice;
  readonly #rig: StandIn;
  readonly #stop = new AbortController();
  readonly #received: Promise<void>;
  readonly #disclosures: string[] = [];
  #receiverConnections = 0;
  #waiting: (() => void)[] = [];

  private constructor(device: FakeDevice, rig: StandIn, port: number, folder: string) {
    this.name = device.name;
    this.#device = device;
    this.#rig = rig;
    const receiver = new Receiver({
      url: `mqtt://127.0.0.1:${port}`,
      device: device.name,
      recipient: "anna",
      username: "anna",
      password: "secret",
      out: join(folder, device.name),
      identities: [],
      trust: device.key.publicKey,
      clock: new SystemClock(),
      askEvery: seconds(20),
      listener: {
        connected: () => {
          this.#receiverConnections++;
          this.#changed();
        },
      },
    });
    const clips = receiver.clips();
    void (async () => {
      for await (const { id } of clips) {
        this.saved.push(id);
        this.#changed();
      }
    })();
    this.#received = receiver.run(this.#stop.signal);
  }

  static async of(name: string, port: number, folder: string): Promise<House> {
    const rig = await StandIn.create({
      url: `mqtt://127.0.0.1:${port}`,
      device: name,
      subscriptions: ["+/ack", "+/command"],
      broker: { username: name, password_file: join(folder, "password") },
    });
    return new House(new FakeDevice(name), rig.publish(), port, folder);
  }

  /** How often doorbell and receiver have been let in. */
  get connections(): number {
    const own = this.#rig.heard.filter((message) => message.type === "broker" && message.state === "connected").length;
    return own + this.#receiverConnections;
  }

  async connected(): Promise<void> {
    await this.#rig.brokerState("connected");
    while (this.#receiverConnections === 0) await this.#change();
  }

  async approve(): Promise<void> {
    const { clip, disclosure } = await approve(this.#rig, this.#device, randomBytes(CLIP_BYTES));
    this.approved.push(clip);
    this.#disclosures.push(disclosure);
  }

  async hasSaved(count: number): Promise<void> {
    while (this.saved.length < count) await this.#change();
  }

  /** Every clip has been confirmed. */
  async settled(): Promise<void> {
    for (const id of this.#disclosures) await this.#rig.delivery(id, "confirmed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#received;
    await this.#rig[Symbol.asyncDispose]();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
