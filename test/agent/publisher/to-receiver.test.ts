// From the outbox through a real mosquitto to `receive`'s own receiver, where the broker keeps too little or the link is slow.
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { milliseconds } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { Connection } from "../../../agent/publisher/connection.ts";
import { Receiver } from "../../../agent/receiver/receiver.ts";
import { Front } from "../../brokers/front.ts";
import { approve } from "../../brokers/outbox.ts";
import { listen, startMosquitto, type Mosquitto } from "../../mosquitto.ts";
import { FakeDevice } from "../receiver/fake-device.ts";
import { SlowLink } from "./slow-link.ts";
import { StandIn } from "./stand-in.ts";

/** Anna, who comes and goes. */
class Anna implements AsyncDisposable {
  readonly saved: string[] = [];
  readonly #out: string;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  readonly connected: Promise<void>;

  constructor(broker: Mosquitto, device: FakeDevice, out: string) {
    this.#out = out;
    const connected = Promise.withResolvers<void>();
    this.connected = connected.promise;
    const receiver = new Receiver({
      ...{ url: broker.url, device: "porch", recipient: "anna", out: this.#out, identities: [] },
      trust: device.key.publicKey,
      clock: new SystemClock(),
      quiet: milliseconds(300),
      listener: { connected: () => connected.resolve() },
    });
    const running = receiver.run(this.#stop.signal);
    const collecting = (async () => {
      for await (const { id } of receiver.clips()) this.saved.push(id);
    })();
    this.#ended = Promise.all([running, collecting]).then(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

test("of a clip that overflowed the queue of an absent receiver only what is missing is sent again", async () => {
  await using broker = await startMosquitto({ config: "max_packet_size 131072\nmax_queued_messages 10" });
  await using all = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  await using rig = await StandIn.create({ url: broker.url });
  const out = await mkdtemp(join(tmpdir(), "doorstep-anna-"));
  onTestFinished(() => rm(out, { recursive: true }));
  const device = new FakeDevice();
  {
    await using before = new Anna(broker, device, out);
    await before.connected;
  }
  rig.publish();
  const { disclosure, clip } = await approve(rig, device, randomBytes(2_500_000));
  await rig.delivery(disclosure, "accepted");

  await using back = new Anna(broker, device, out);
  await rig.delivery(disclosure, "confirmed");

  expect(back.saved).toEqual([clip]);
  const times = Map.groupBy(all.messages, ({ topic }) => topic.split("/").slice(5).join("/"));
  const again = Array.from(times).flatMap(([leaf, { length }]) =>
    leaf.startsWith("part/") && length > 1 ? [leaf] : [],
  );
  expect(times.size).toBe(20 + 2);
  expect(again.length).toBeGreaterThan(0);
  expect(again.length).toBeLessThanOrEqual(20 - 5);
});

test("a clip that a broker had taken for an absent receiver and forgot when it was killed, persistence and all, is sent again", async () => {
  // As Debian sets it up: everything is saved, every half hour.
  await using broker = await startMosquitto({ config: "persistence true\npersistence_location {dir}/" });
  await using rig = await StandIn.create({ url: broker.url });
  const out = await mkdtemp(join(tmpdir(), "doorstep-anna-"));
  onTestFinished(() => rm(out, { recursive: true }));
  const device = new FakeDevice();
  {
    await using before = new Anna(broker, device, out);
    await before.connected;
  }
  rig.publish();
  const { disclosure, clip } = await approve(rig, device, randomBytes(300_000));
  await rig.delivery(disclosure, "accepted");

  await broker.kill();
  await rig.brokerState("unreachable");
  await broker.launch();
  await using back = new Anna(broker, device, out);
  await rig.delivery(disclosure, "confirmed");

  expect(back.saved).toEqual([clip]);
  await using late = await listen(broker, ["doorstep/porch/status"]);
  expect((await late.until(1))[0]).toMatchObject({ retain: true, payload: Buffer.from("online") });
});

test("through a broker that throws large messages away and says that it has them (message_size_limit, 3.1.1) clips arrive, and it is remembered", async () => {
  await using broker = await startMosquitto({ config: "message_size_limit 300000" });
  await using front = await Front.before(broker.port, true);
  await using all = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  await using rig = await StandIn.create({ url: `mqtt://127.0.0.1:${front.port}` });
  const out = await mkdtemp(join(tmpdir(), "doorstep-anna-"));
  onTestFinished(() => rm(out, { recursive: true }));
  const device = new FakeDevice();
  await using anna = new Anna(broker, device, out);
  await anna.connected;
  rig.publish();
  const first = await approve(rig, device, randomBytes(700_000));
  expect(await rig.brokerState("connected")).toMatchObject({ protocol: 4 });
  await rig.delivery(first.disclosure, "accepted");
  expect(anna.saved).toEqual([]);

  await rig.delivery(first.disclosure, "confirmed");
  expect(anna.saved).toEqual([first.clip]);

  // Another life of the publisher: nothing has to be lost for it to know.
  await rig.stopPublishing();
  rig.publish();
  const second = await approve(rig, device, randomBytes(700_000));
  await rig.delivery(second.disclosure, "confirmed");
  const media = all.messages.filter(({ topic }) => topic.includes(second.clip) && /data|part/.test(topic));
  expect(media.map(({ payload }) => payload.length)).toEqual([173_464, 173_464, 173_464, 173_464, 6_144]);
  const { brokers } = JSON.parse(await readFile(join(rig.state.root, "publisher", "limits.json"), "utf8")) as {
    brokers: Record<string, unknown>;
  };
  expect(brokers).toHaveProperty([`mqtt://127.0.0.1:${front.port} anna`, "limit"], 174_488);
});

test("a clip that takes longer than the broker's patience with a silent client arrives all the same", async () => {
  await using broker = await startMosquitto();
  await using slow = await SlowLink.to(broker.port);
  const connection = new Connection({
    ...{ url: slow.url, clientId: "porch", tls: {}, protocol: 5, willTopic: "doorstep/porch/status" },
    // mosquitto gives up after one and a half times this.
    keepaliveS: 1,
    clock: new SystemClock(),
    onMessage: () => {},
  });
  await connection.admitted;
  const began = performance.now();
  const chunk = Buffer.alloc(262_144);
  const body = { bytes: 90 * chunk.length, chunks: () => Array.from({ length: 90 }, () => chunk) };
  expect((await connection.publish({ topic: "doorstep/porch/a", retain: false }, body)).kind).toBe("unheard");
  expect(performance.now() - began).toBeGreaterThan(2_000);
  connection.cut();
});
