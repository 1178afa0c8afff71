// One connection against brokers that hang, refuse, lie and close in the middle. Time is told, not waited for.
import { expect, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { Connection, type ConnectionOptions, type Inbound } from "../../../agent/publisher/connection.ts";
import type { Outgoing } from "../../../agent/publisher/packet.ts";
import { FakeBroker, type FakeClient } from "./fake-broker.ts";

const message: Outgoing = { topic: "doorstep/porch/anna/event/ring", retain: false };

function dial(url: string, change: Partial<ConnectionOptions> = {}): Connection {
  return new Connection({
    url,
    clientId: "porch",
    tls: {},
    protocol: 5,
    willTopic: "doorstep/porch/status",
    keepaliveS: 60,
    clock: new SimulatedClock(),
    onMessage: () => {},
    ...change,
  });
}

/** A payload that comes piece by piece, as from a disk; `gate` is waited for after `before` pieces. */
async function* pieces(
  count: number,
  size: number,
  before = count,
  gate?: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n++) {
    if (n === before) await gate?.();
    yield Buffer.alloc(size, n);
  }
}

test("a broker says what it takes, and is told who we are and what to say when we are gone", async () => {
  await using broker = await FakeBroker.start({
    connack: () => ({ properties: { maximumPacketSize: 5000, receiveMaximum: 2 } }),
  });
  const connection = dial(broker.url, { username: "porch", password: "secret" });

  expect(await connection.admitted).toEqual({
    protocol: 5,
    packetLimit: 5000,
    packetLimitAnnounced: true,
    receiveMaximum: 2,
  });

  expect(broker.connects[0]).toMatchObject({
    clientId: "porch",
    // A session that outlasts a blink, or the broker would say `offline` at once, whatever the delay of the will.
    clean: false,
    properties: { sessionExpiryInterval: 10 },
    username: "porch",
    keepalive: 60,
    protocolVersion: 5,
  });
  expect(broker.connects[0]!.password!.toString()).toBe("secret");
  expect(broker.connects[0]!.will).toMatchObject({ topic: "doorstep/porch/status", retain: true, qos: 1 });
  await connection.close();
  expect((await connection.ended).why).toBe("closed by us");
});

for (const { name, reason, outcome } of [
  { name: "taken", reason: 0, outcome: { kind: "accepted" } },
  { name: "taken for nobody", reason: 0x10, outcome: { kind: "unheard" } },
  { name: "refused to this user", reason: 0x87, outcome: { kind: "refused", reason: 0x87 } },
] as const)
  test(`a message that is ${name} is told apart`, async () => {
    await using broker = await FakeBroker.start({
      onPublish: ({ messageId }, client) => client.send({ cmd: "puback", messageId: messageId!, reasonCode: reason }),
    });
    const connection = dial(broker.url);
    await connection.admitted;
    expect(await connection.publish(message, Buffer.from("{}"))).toEqual(outcome);
    connection.cut();
  });

test("a broker that acknowledges another message than ours is not believed, and hung up on in time", async () => {
  await using broker = await FakeBroker.start({
    onPublish: ({ messageId }, client) => client.send({ cmd: "puback", messageId: messageId! + 1, reasonCode: 0 }),
  });
  const clock = new SimulatedClock();
  const connection = dial(broker.url, { clock });
  await connection.admitted;
  const outcome = connection.publish(message, Buffer.from("{}"));
  await broker.until(({ published }) => published.length === 1);

  await clock.advance(seconds(31));

  expect(await outcome).toEqual({ kind: "lost", left: "all" });
  expect(await connection.ended).toMatchObject({ why: "broken", code: "BROKER_SILENT", underWay: 0 });
});

test("an answer that MQTT does not know breaks the connection instead of silencing it", async () => {
  await using broker = await FakeBroker.start({
    // What mosquitto 2.0 says to a message above its message_size_limit.
    onPublish: ({ messageId }, { socket }) =>
      void socket.write(Buffer.from([0x40, 4, messageId! >> 8, messageId! & 255, 0x95, 0])),
  });
  const connection = dial(broker.url);
  await connection.admitted;
  const body = { bytes: 30_000, chunks: () => pieces(3, 10_000) };
  expect(await connection.publish(message, body)).toEqual({ kind: "lost", left: "all" });
  const { why, underWay } = await connection.ended;
  expect(why).toBe("too large");
  expect(underWay).toBeGreaterThan(30_000);
});

test("a payload goes between other messages in one piece, whatever wants to be sent meanwhile", async () => {
  await using broker = await FakeBroker.start();
  const connection = dial(broker.url);
  await connection.admitted;
  const gate = Promise.withResolvers<void>();

  const large = connection.publish(
    { ...message, topic: "large" },
    { bytes: 40_000, chunks: () => pieces(4, 10_000, 2, () => gate.promise) },
  );
  const small = connection.publish({ ...message, topic: "small" }, Buffer.from("x"));
  gate.resolve();

  expect(await Promise.all([large, small])).toEqual([{ kind: "accepted" }, { kind: "accepted" }]);
  expect(broker.published.map(({ topic, payload }) => [topic, payload.length])).toEqual([
    ["large", 40_000],
    ["small", 1],
  ]);
  connection.cut();
});

test("what is withdrawn before its turn leaves no trace, and what is half sent is cut so that nobody gets it", async () => {
  await using broker = await FakeBroker.start();
  const connection = dial(broker.url);
  await connection.admitted;
  const reached = Promise.withResolvers<void>();
  const stall = (): Promise<void> => {
    reached.resolve();
    return new Promise(() => {});
  };
  const [first, second] = [new AbortController(), new AbortController()];

  const half = connection.publish(
    { ...message, topic: "half" },
    { bytes: 40_000, chunks: () => pieces(4, 10_000, 2, stall) },
    first.signal,
  );
  const waiting = connection.publish({ ...message, topic: "waiting" }, Buffer.from("x"), second.signal);
  second.abort();
  expect(await waiting).toEqual({ kind: "lost", left: "none" });
  await reached.promise;
  first.abort();

  expect(await half).toEqual({ kind: "lost", left: "part" });
  expect((await connection.ended).underWay).toBe(0);
  expect(broker.published).toEqual([]);
});

test("of messages that were under way together when the broker hung up, the first is the suspect", async () => {
  await using broker = await FakeBroker.start({
    onPublish: ({ topic }, { socket }) => void (topic === "second" && socket.end()),
  });
  const connection = dial(broker.url);
  await connection.admitted;
  const outcomes = ["first", "second"].map((topic) => connection.publish({ ...message, topic }, Buffer.from("x")));
  expect(await Promise.all(outcomes)).toEqual([
    { kind: "lost", left: "all" },
    { kind: "lost", left: "all", innocent: true },
  ]);
});

test("a source that finds its bytes altered cuts the message before its end", async () => {
  await using broker = await FakeBroker.start();
  const connection = dial(broker.url);
  await connection.admitted;
  async function* altered(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10_000);
    throw new DOMException("not what was disclosed");
  }
  expect(await connection.publish(message, { bytes: 20_000, chunks: altered })).toEqual({ kind: "lost", left: "part" });
  expect(broker.published).toEqual([]);
});

for (const { name, reason, protocol, why } of [
  { name: "a wrong password", reason: 0x86, protocol: 5, why: "refused" },
  { name: "a wrong password on 3.1.1", reason: 4, protocol: 4, why: "refused" },
  { name: "a version it does not speak", reason: 1, protocol: 5, why: "other protocol" },
  { name: "a version it does not speak, in MQTT 5 words", reason: 0x84, protocol: 5, why: "other protocol" },
  { name: "a broker that is busy", reason: 0x89, protocol: 5, why: "broken" },
] as const)
  test(`${name} is told apart from a broker that is not there`, async () => {
    await using broker = await FakeBroker.start({
      connack: () => (protocol === 5 ? { reasonCode: reason } : { returnCode: reason }),
    });
    const connection = dial(broker.url, { protocol });
    expect(await connection.ended).toMatchObject({ why, admitted: false });
  });

test("a broker that is not there, one that hangs up, and one that takes our name away are three things", async () => {
  await using gone = await FakeBroker.start();
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  expect(await dial(url).ended).toMatchObject({ why: "unreachable", code: "BROKER_UNREACHABLE" });

  await using closing = await FakeBroker.start({ connack: () => "close" });
  expect(await dial(closing.url).ended).toMatchObject({ why: "broken", code: "BROKER_CLOSED", admitted: false });

  await using jealous = await FakeBroker.start({
    onClient: (client) => client.send({ cmd: "disconnect", reasonCode: 0x8e }),
  });
  const third = dial(jealous.url);
  await third.admitted;
  third.publish(message, Buffer.from("x")).catch(() => {});
  for (const socket of [jealous]) await socket.until(({ published }) => published.length === 1);
  third.cut();
  expect(await third.ended).toMatchObject({ why: "taken over", code: "BROKER_TAKEN_OVER" });
});

test("an inbound message is acknowledged when we say so, and sixteen wait at most", async () => {
  const got: Inbound[] = [];
  const acknowledged: number[] = [];
  let client: FakeClient | undefined;
  await using broker = await FakeBroker.start({
    onClient: (admitted) => {
      client = admitted;
    },
  });
  const all = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const connection = dial(broker.url, {
    onMessage: (inbound) => {
      got.push(inbound);
      if (got.length === 16) all.resolve();
      if (got.length === 20) rest.resolve();
    },
  });
  await connection.admitted;
  await broker.until(() => client !== undefined);
  client!.socket.on("data", (chunk) => {
    if (chunk[0] === 0x40)
      for (let at = 0; at < chunk.length; at += 2 + chunk[at + 1]!) acknowledged.push(chunk.readUInt16BE(at + 2));
  });

  for (let id = 1; id <= 20; id++)
    client!.send({
      cmd: "publish",
      topic: "doorstep/porch/anna/ack",
      payload: String(id),
      qos: 1,
      dup: false,
      retain: id === 1,
      messageId: id,
    });
  await all.promise;
  expect(got.length).toBe(16);
  expect(acknowledged).toEqual([]);
  expect(got.map(({ retained }) => retained).slice(0, 2)).toEqual([true, false]);

  for (let at = 0; at < 16; at++) connection.acknowledge(got[at]!.messageId!);
  await rest.promise;
  await broker.until(() => acknowledged.length === 16);
  expect(acknowledged).toEqual(Array.from({ length: 16 }, (_, n) => n + 1));
  connection.cut();
});

test("a message of theirs that is too large is dropped, acknowledged, and the next one read", async () => {
  const got = Promise.withResolvers<Inbound>();
  let client: FakeClient | undefined;
  await using broker = await FakeBroker.start({
    onClient: (admitted) => {
      client = admitted;
    },
  });
  const connection = dial(broker.url, { protocol: 4, onMessage: got.resolve });
  await connection.admitted;
  await broker.until(() => client !== undefined);
  const answered = new Promise<Buffer>((resolve) => client!.socket.once("data", resolve));

  const topic = "doorstep/porch/anna/ack";
  client!.send({
    cmd: "publish",
    topic,
    payload: Buffer.alloc(3_000_000),
    qos: 1,
    dup: false,
    retain: false,
    messageId: 9,
  });
  client!.send({ cmd: "publish", topic, payload: "hello", qos: 1, dup: false, retain: false, messageId: 10 });

  expect((await got.promise).payload.toString()).toBe("hello");
  expect(await answered).toEqual(Buffer.from([0x40, 2, 0, 9]));
  connection.cut();
});
