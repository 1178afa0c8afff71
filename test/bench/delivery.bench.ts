// What delivery costs, against standard tools in the same run: clips plain and encrypted, a queue that drains, and memory.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { connectAsync } from "mqtt";
import { sealFile } from "../../agent/consent/seal.ts";
import type { MediaDisclosure } from "../../agent/spool/disclosure.ts";
import { newId, RECEIPT, mediaDisclosure } from "../agent/spool/samples.ts";
import { StandIn } from "../agent/publisher/stand-in.ts";
import { startMosquitto, type Mosquitto } from "../mosquitto.ts";
import type { Figure } from "./ledger.bench.ts";

const LAUNCHER = new URL("../../doorstep", import.meta.url).pathname;
const CLIP_BYTES = 5_000_000;
const ROUNDS = 15;
const WAITING = 100;
const QUEUED = 1_000;
const DRAINS = 3;
/** A few seconds of a doorbell's picture, and what is small enough for messages to cost more than their bytes. */
const QUEUES = [
  { bytes: 1_000_000, said: "1 MB", wanted: ">= 0.8" },
  { bytes: 100_000, said: "100 kB", wanted: "" },
] as const;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/**
 * A 5 MB clip, plain: from telling a connected publisher that the clip stands in the outbox to the subscriber's last byte, against
 * `mosquitto_pub -f` of the same bytes from its start to the same subscriber's last byte. A publisher is always connected and
 * `mosquitto_pub` never: what it takes to start, connect and say nothing is named beside it.
 */
export async function plainFigure(): Promise<Figure> {
  await using broker = await startMosquitto();
  const subscriber = await Subscriber.on(broker);
  await using rig = await StandIn.create({ url: broker.url });
  await using _publisher = await Publisher.of(rig);
  const bytes = randomBytes(CLIP_BYTES);
  const file = join(broker.dir, "clip.mp4");
  writeFileSync(file, bytes);

  const [ours, theirs, starts]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await rig.state.spool(bytes);
    ours.push(await subscriber.timed(() => rig.door.send({ type: "spooled", id })));
    await rig.delivery(id, "accepted");
    theirs.push(await subscriber.timed(() => publishFile(broker, file)));
    starts.push(await timed(() => once(spawn("mosquitto_pub", ["-p", String(broker.port), "-t", "x", "-n"]), "exit")));
  }
  subscriber.close();
  const other = `mosquitto_pub (${median(starts).toFixed(1)} ms of it to start and connect)`;
  return figure("clip of 5 MB, plain: outbox to subscriber / mosquitto_pub", ours, theirs, "<= 1.0", other);
}

/**
 * The same sealed to one key: from the clip's file, the outbox's fsyncs included, against `age | mosquitto_pub -s` from their start.
 * Both end at the subscriber's last byte.
 */
export async function sealedFigure(): Promise<Figure> {
  await using broker = await startMosquitto();
  const subscriber = await Subscriber.on(broker);
  await using rig = await StandIn.create({ url: broker.url });
  await using _publisher = await Publisher.of(rig);
  const key = await identityToRecipient(await generateX25519Identity());
  const file = join(broker.dir, "clip.mp4");
  writeFileSync(file, randomBytes(CLIP_BYTES));

  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    let id = "";
    ours.push(
      await subscriber.timed(async () => {
        ({ id } = await spoolSealed(rig, file, key));
        rig.door.send({ type: "spooled", id });
      }),
    );
    await rig.delivery(id, "accepted");
    theirs.push(await subscriber.timed(() => publishSealed(broker, file, key)));
  }
  subscriber.close();
  return figure("clip of 5 MB, encrypted: file to subscriber / age | mosquitto_pub", ours, theirs, "<= 1.5", "age |");
}

/**
 * A thousand clips that have come into the outbox of a running publisher while nothing could go, each with its receipt, its manifest
 * and the news of it, against one mosquitto_pub that pipelines messages of the same sizes; as rates, both from the first message at
 * the subscriber to the last.
 */
export async function drainFigures(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const queue of QUEUES) figures.push(await drainFigure(queue));
  return figures;
}

async function drainFigure({ bytes, said, wanted }: (typeof QUEUES)[number]): Promise<Figure> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < DRAINS; round++) {
    // Else it drops what a subscriber is too slow for, and the last message never comes.
    await using broker = await startMosquitto({ config: "max_queued_messages 0" });
    const drained = await drain(broker, text(bytes));
    ours.push(drained.ms);
    theirs.push(await pipeline(broker, drained.sizes));
  }
  const rate = (ms: number): string => ((QUEUED * bytes) / 1e3 / ms).toFixed(0);
  return {
    name: `1,000 queued clips of ${said}: rate of draining / mosquitto_pub's`,
    ratio: median(theirs) / median(ours),
    wanted,
    detail: `${rate(median(ours))} MB/s and ${rate(median(theirs))} MB/s in messages of the same sizes, medians of ${DRAINS}`,
  };
}

async function drain(
  broker: Mosquitto,
  clip: Buffer,
): Promise<{ readonly ms: number; readonly sizes: readonly number[] }> {
  await using rig = await StandIn.create({ url: broker.url });
  await using _publisher = await Publisher.of(rig);
  // The outage: the publisher runs, clips come into the outbox, and nothing can go.
  rig.door.send({ type: "closed", retract: [] });
  await rig.hear(({ type }) => type === "retracted");
  for (let n = 0; n < QUEUED; n++) await rig.clip(clip);
  // What is answered after them is answered by a publisher that knows them all.
  const id = newId();
  rig.door.send({ type: "take_down", id });
  await rig.hear((message) => message.type === "taken_down" && message.id === id);
  const counter = await Counter.on(broker, "doorstep/porch/anna/#");
  rig.door.send({ type: "open" });
  const ms = await counter.span(4 * QUEUED);
  return { ms, sizes: await counter.end() };
}

async function pipeline(broker: Mosquitto, sizes: readonly number[]): Promise<number> {
  const counter = await Counter.on(broker, "own");
  const publisher = spawn("mosquitto_pub", ["-p", String(broker.port), "-q", "1", "-t", "own", "-l"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  publisher.stdin.on("error", () => {});
  const line = Buffer.concat([text(Math.max(...sizes)), Buffer.from("\n")]);
  for (const size of sizes)
    if (!publisher.stdin.write(line.subarray(line.length - 1 - size))) await once(publisher.stdin, "drain");
  publisher.stdin.end();
  const ms = await counter.span(sizes.length);
  await counter.end();
  return ms;
}

/** So many bytes without a newline among them. */
const text = (bytes: number): Buffer =>
  Buffer.from(randomBytes((bytes * 3) / 4 + 3).toString("base64")).subarray(0, bytes);

/** Peak resident memory of a publisher while a hundred 5 MB clips drain, divided by its idle memory. */
export async function memoryFigure(): Promise<Figure> {
  await using broker = await startMosquitto();
  const subscriber = await Subscriber.on(broker);
  await using rig = await StandIn.create({ url: broker.url });
  await using publisher = await Publisher.of(rig);
  const megabytes = (field: string): number =>
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${publisher.pid}/status`, "utf8"))![1]) / 1024;
  const ring = await rig.event();
  await rig.delivery(ring.id, "accepted");
  const idleMb = megabytes("VmRSS");

  const bytes = randomBytes(CLIP_BYTES);
  const clips: string[] = [];
  for (let n = 0; n < WAITING; n++) clips.push((await rig.state.spool(bytes)).id);
  const from = performance.now();
  for (const id of clips) rig.door.send({ type: "spooled", id });
  for (const id of clips) await rig.delivery(id, "accepted");
  const seconds = (performance.now() - from) / 1000;
  const peakMb = megabytes("VmHWM");
  subscriber.close();
  const rate = (WAITING * CLIP_BYTES) / 1e6 / seconds;
  return {
    name: "publisher's memory while 100 clips of 5 MB drain, peak / idle",
    ratio: peakMb / idleMb,
    wanted: "<= 1.3",
    detail: `idle ${idleMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB, ${rate.toFixed(0)} MB/s`,
  };
}

/** The publisher as the launcher starts it, connected to its broker. */
class Publisher implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** The launcher keeps compiled sources between starts. */
  static async of(rig: StandIn): Promise<Publisher> {
    const args = ["run", "--role", "publisher", "--state", rig.state.root];
    const publisher = new Publisher(spawn(LAUNCHER, args, { stdio: "ignore" }));
    await rig.brokerState("connected");
    return publisher;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await gone;
  }
}

/** Whoever waits for a clip, and looks at the clock when its last byte is there. */
class Subscriber {
  readonly close: () => void;
  #arrived: (at: number) => void = () => {};

  private constructor(close: () => void) {
    this.close = close;
  }

  static async on(broker: Mosquitto): Promise<Subscriber> {
    const client = await connectAsync(broker.url);
    const subscriber = new Subscriber(() => client.end(true));
    client.on("message", (_topic, payload) => {
      if (payload.length >= CLIP_BYTES) subscriber.#arrived(performance.now());
    });
    await client.subscribeAsync("#", { qos: 1 });
    return subscriber;
  }

  /** Milliseconds from the beginning of `send` to the next clip; `send` has ended too. */
  async timed(send: () => unknown): Promise<number> {
    const arrival = new Promise<number>((resolve) => (this.#arrived = resolve));
    const from = performance.now();
    const sent = send();
    const ms = (await arrival) - from;
    await sent;
    return ms;
  }
}

/** `mosquitto_sub` that only counts: quicker than any broker. */
class Counter {
  readonly #child: ChildProcess;
  readonly #sizes: number[] = [];
  #first = 0;
  #last = 0;
  #wake: () => void = () => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async on(broker: Mosquitto, topic: string): Promise<Counter> {
    // stdbuf: with a pipe for its output, mosquitto_sub says nothing until it ends.
    const sub = ["-oL", "mosquitto_sub", "-p", String(broker.port), "-q", "1", "-t", topic, "-F", "%l", "-d"];
    const child = spawn("stdbuf", sub, { stdio: ["ignore", "pipe", "inherit"] });
    const counter = new Counter(child);
    const subscribed = Promise.withResolvers<void>();
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      if (lines.some((line) => line.startsWith("Subscribed"))) subscribed.resolve();
      counter.#count(lines.filter((line) => /^\d+$/.test(line)).map(Number));
    });
    await subscribed.promise;
    return counter;
  }

  /** Milliseconds from the first message to the last, once so many have come. */
  async span(count: number): Promise<number> {
    while (this.#sizes.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#last - this.#first;
  }

  /** Ends the counting, and returns the size of each message in bytes, in order. */
  async end(): Promise<readonly number[]> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await gone;
    return this.#sizes;
  }

  #count(fresh: readonly number[]): void {
    if (fresh.length === 0) return;
    this.#last = performance.now();
    if (this.#sizes.length === 0) this.#first = this.#last;
    this.#sizes.push(...fresh);
    this.#wake();
  }
}

/** Seals as the gate does, into the outbox. */
async function spoolSealed({ state: { writer } }: StandIn, file: string, key: string): Promise<MediaDisclosure> {
  const draft = mediaDisclosure(new Uint8Array(0));
  const name = "clip.mp4.age";
  const sealed = await sealFile(file, join(await writer.stage(draft.id), name), [key]);
  const media = { ...draft.media, ...sealed, file: name, encrypted: true } as const;
  const disclosure = { ...draft, media };
  await writer.fsyncStaged(draft.id);
  await writer.publish(draft.id, { disclosure, receipt: RECEIPT });
  return disclosure;
}

async function publishFile({ port }: Mosquitto, file: string): Promise<void> {
  await once(spawn("mosquitto_pub", ["-p", String(port), "-q", "1", "-t", "clip", "-f", file]), "exit");
}

async function publishSealed({ port }: Mosquitto, file: string, key: string): Promise<void> {
  await once(
    spawn("sh", ["-c", 'age -r "$1" "$2" | mosquitto_pub -p "$3" -q 1 -t clip -s', "sh", key, file, String(port)]),
    "exit",
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

const figure = (
  name: string,
  ours: readonly number[],
  theirs: readonly number[],
  wanted: string,
  other: string,
): Figure => ({
  name,
  ratio: median(ours) / median(theirs),
  wanted,
  detail: `${median(ours).toFixed(1)} ms, ${other} ${median(theirs).toFixed(1)} ms, medians of ${ROUNDS}`,
});
