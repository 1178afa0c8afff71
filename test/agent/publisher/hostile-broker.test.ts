// Brokers that lie in what they announce, answer what was not asked, and say what no broker should: clips still go, or are set
// aside with a reason, and the publisher lives.
import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { Connection, type Outcome } from "../../../agent/publisher/connection.ts";
import type { Line } from "../../../agent/publisher/session.ts";
import { SelfTest } from "../../../agent/publisher/self-test.ts";
import { listen, startMosquitto } from "../../mosquitto.ts";
import { FakeBroker, type FakeClient } from "./fake-broker.ts";
import { SlowLink } from "./slow-link.ts";
import { StandIn } from "./stand-in.ts";

const LIES = [
  { name: "no message may be retained", properties: { retainAvailable: false } },
  { name: "QoS 1 is not known", properties: { maximumQoS: 0 } },
  { name: "our name is another", properties: { assignedClientIdentifier: "somebody-else" } },
  { name: "there are topic aliases", properties: { topicAliasMaximum: 65_535 } },
  { name: "we should ping every hour", properties: { serverKeepAlive: 3_600 } },
  { name: "subscriptions with wildcards do not exist", properties: { wildcardSubscriptionAvailable: false } },
  { name: "it takes four gigabytes", properties: { maximumPacketSize: 4_294_967_295 } },
];

for (const { name, properties } of LIES)
  test(`a clip goes through a broker that says ${name}`, async () => {
    await using broker = await FakeBroker.start({ connack: () => ({ sessionPresent: true, properties }) });
    await using rig = await StandIn.create({ url: broker.url });
    const bytes = randomBytes(50_000);
    const { id } = await rig.state.spool(bytes);
    rig.publish();
    await rig.delivery(id, "accepted");
    const data = broker.published.find(({ topic }) => topic.endsWith("/data"));
    expect(bytes.equals(data!.payload as Buffer)).toBe(true);
    expect(broker.connects.length).toBe(1);
  });

test("a broker that says it takes twenty bytes is sent nothing larger, and each thing is set aside with the reason", async () => {
  await using broker = await FakeBroker.start({ connack: () => ({ properties: { maximumPacketSize: 20 } }) });
  await using rig = await StandIn.create({ url: broker.url });
  const clip = await rig.state.spool(randomBytes(50_000));
  const ring = await rig.state.spoolEvent();
  rig.publish();
  for (const { id } of [clip, ring])
    expect(await rig.delivery(id, "failed")).toMatchObject({ code: "DELIVERY_TOO_LARGE" });
  expect(broker.published.filter(({ topic }) => topic.includes("/anna/"))).toEqual([]);
});

test("a broker that takes one message at a time is never sent a second before it has answered", async () => {
  let open = 0;
  let most = 0;
  await using broker = await FakeBroker.start({
    connack: () => ({ properties: { receiveMaximum: 1 } }),
    onPublish: ({ messageId }, client) => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open--;
        client.send({ cmd: "puback", messageId: messageId!, reasonCode: 0 });
      });
    },
  });
  await using rig = await StandIn.create({ url: broker.url });
  const clips = [
    await rig.state.spool(),
    await rig.state.spool(),
    await rig.state.spool(undefined, { recipient: "ben" }),
  ];
  rig.publish();
  for (const { id } of clips) await rig.delivery(id, "accepted");
  expect(most).toBe(1);
});

test("an acknowledgement that comes before the message has gone is not believed until it has", async () => {
  let client: FakeClient | undefined;
  await using broker = await FakeBroker.start({
    onClient: (admitted) => void (client = admitted),
    onPublish: () => {},
  });
  const connection = dial(broker.url);
  await connection.admitted;
  await broker.until(() => client !== undefined);
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(10_000);
    reached.resolve();
    await gate.promise;
    yield Buffer.alloc(10_000);
  }
  let outcome: Outcome | undefined;
  const sending = connection
    .publish({ topic: "doorstep/porch/anna/clip/x/data", retain: false }, { bytes: 20_000, chunks })
    .then((answer) => (outcome = answer));
  await reached.promise;
  for (const messageId of [1, 1, 2, 65_535]) client!.send({ cmd: "puback", messageId, reasonCode: 0 });
  client!.send({ cmd: "publish", topic: "t", payload: "now", qos: 0, dup: false, retain: false });
  await heard.promise;
  expect(outcome).toBeUndefined();
  gate.resolve();
  expect(await sending).toEqual({ kind: "accepted" });
  connection.cut();
});

test("a topic that is no text, a topic of control characters, an endless one: none ends the publisher or reaches the recorder's rules", async () => {
  let client: FakeClient | undefined;
  await using broker = await FakeBroker.start({ onClient: (admitted) => void (client = admitted) });
  await using rig = await StandIn.create({ url: broker.url, subscriptions: ["anna/command"] });
  rig.publish();
  await broker.until(({ published }) => published.length > 0);
  const own = Buffer.from("doorstep/porch/anna/command");
  for (const [n, topic] of [
    Buffer.concat([own, Buffer.from([0xff, 0xfe])]),
    Buffer.concat([own, Buffer.from([0])]),
    Buffer.concat([own, Buffer.from("\n")]),
    Buffer.concat([own, Buffer.from(`/${"x".repeat(9_000)}`)]),
    Buffer.concat([own, Buffer.from([0xed, 0xa0, 0x80])]),
  ].entries())
    client!.socket.write(publishOf(topic, Buffer.from([0xc3, 0x28, 0xff]), n + 1));
  client!.socket.write(publishOf(own, Buffer.from([0xc3, 0x28, 0xff]), 9));

  const { id } = await rig.clip();
  await rig.delivery(id, "accepted");
  const inbound = await rig.hear((message) => message.type === "inbound" && message.topic === "anna/command");
  expect(inbound).toMatchObject({ payload_base64: Buffer.from([0xc3, 0x28, 0xff]).toString("base64") });
  expect(rig.arrivals).toBe(1);
});

test("whatever bytes a broker says, each message of ours has its answer, and nothing is thrown", async () => {
  let client: FakeClient | undefined;
  await using broker = await FakeBroker.start({
    onClient: (admitted) => void (client = admitted),
    onPublish: () => {},
  });
  const packet = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }))
      .map(([first, rest]) => Uint8Array.from([first, rest.length, ...rest])),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(packet, { maxLength: 12 }),
      fc.constantFrom<(4 | 5)[]>(4, 5),
      async (packets, protocol) => {
        const clock = new SimulatedClock();
        client = undefined;
        const connection = dial(broker.url, { clock, protocol });
        await connection.admitted;
        await broker.until(() => client !== undefined);
        const sending = connection.publish({ topic: "doorstep/porch/status", retain: false }, Buffer.from("x"));
        for (const bytes of packets) client!.socket.write(bytes);
        // Whoever answers nothing is hung up on.
        client!.socket.end();
        await connection.ended;
        await clock.advance(seconds(31));
        expect(["accepted", "unheard", "refused", "lost"]).toContain((await sending).kind);
      },
    ),
    { numRuns: 60 },
  );
});

test("a large message has as long as a slow link needs, and no longer", async () => {
  await using broker = await FakeBroker.start({ onPublish: () => {} });
  const clock = new SimulatedClock();
  const connection = dial(broker.url, { clock });
  await connection.admitted;
  const body = { bytes: 1_000_000, chunks: () => [Buffer.alloc(1_000_000)] };
  let outcome: Outcome | undefined;
  const sending = connection.publish({ topic: "doorstep/porch/a", retain: false }, body).then((was) => (outcome = was));
  await broker.until(({ published }) => published.length === 1);
  await clock.advance(seconds(99));
  expect(outcome).toBeUndefined();
  await clock.advance(seconds(2));
  await sending;
  expect(outcome).toEqual({ kind: "lost", left: "all" });
});

test("on 3.1.1, where a forbidden message is acknowledged all the same, the self-test finds that it does not come back", async () => {
  const clock = new SimulatedClock();
  const selfTest = new SelfTest(clock, () => 0.5);
  const line: Line = {
    protocol: 4,
    limitFor: () => 1_000_000,
    swallowed: () => {},
    places: 4,
    proven: 0,
    publish: () => Promise.resolve({ kind: "accepted" }),
  };
  const outcome = selfTest.run(line, "porch");
  selfTest.heard("somebody else's");
  await clock.advance(seconds(11));
  expect(await outcome).toMatch(/did not come back within 10 s: check the access list/);
});

test("of two devices with one name, at a broker that says nothing of it, each is told in words and no clip is lost", async () => {
  await using broker = await startMosquitto();
  await using anna = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  await using first = await StandIn.create({ url: broker.url });
  first.publish();
  await first.brokerState("connected");
  await using second = await StandIn.create({ url: broker.url });
  second.publish();
  const told = (rig: StandIn): Promise<unknown> =>
    rig.hear((message) => message.type === "broker" && /another device has its name/.test(message.detail ?? ""));
  await Promise.any([told(first), told(second)]);

  const sent = [await first.clip(), await second.clip()];
  await Promise.all([first.delivery(sent[0]!.id, "accepted"), second.delivery(sent[1]!.id, "accepted")]);
  await anna.until((all) => sent.every(({ clip }) => all.some(({ topic }) => topic.endsWith(`${clip}/manifest`))));
});

test("a broker that is killed between two parts gets the rest when it is back, and no part it has acknowledged again", async () => {
  await using broker = await startMosquitto({ config: "max_packet_size 262144" });
  await using slow = await SlowLink.to(broker.port);
  await using rig = await StandIn.create({ url: slow.url });
  await using before = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  const bytes = randomBytes(2_500_000);
  const { id, media } = await rig.state.spool(bytes);
  rig.publish();
  await before.until(2);
  await broker.kill();
  const had = before.messages.map(({ topic }) => topic);

  await broker.launch();
  await using after = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  slow.hurry();
  await rig.delivery(id, "accepted");
  await after.until((all) => all.some(({ topic }) => topic.endsWith("/manifest")));

  const got = after.messages.map(({ topic }) => topic);
  // The last that arrived may not have been acknowledged before the broker died.
  expect(got.filter((topic) => had.slice(0, -1).includes(topic))).toEqual([]);
  const parts = new Map([...before.messages, ...after.messages].map(({ topic, payload }) => [topic, payload]));
  const whole = Array.from({ length: Math.ceil(media.bytes / 261_120) }, (_, n) =>
    [...parts].find(([topic]) => topic.endsWith(`/part/${n}`)),
  );
  expect(Buffer.concat(whole.map((part) => part![1])).equals(bytes)).toBe(true);
});

const heard = Promise.withResolvers<void>();

function dial(url: string, change: { readonly clock?: SimulatedClock; readonly protocol?: 4 | 5 } = {}): Connection {
  const { clock = new SimulatedClock(), protocol = 5 } = change;
  return new Connection({
    url,
    clientId: "porch",
    tls: {},
    protocol,
    willTopic: "doorstep/porch/status",
    keepaliveS: 600,
    clock,
    onMessage: () => heard.resolve(),
  });
}

/** A PUBLISH of QoS 1, MQTT 5, whatever the topic's bytes are. */
function publishOf(topic: Buffer, payload: Buffer, messageId: number): Buffer {
  const variable = Buffer.concat([uint16(topic.length), topic, uint16(messageId), Buffer.from([0]), payload]);
  const length = variable.length < 128 ? [variable.length] : [(variable.length & 0x7f) | 0x80, variable.length >> 7];
  return Buffer.concat([Buffer.from([0x32, ...length]), variable]);
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
