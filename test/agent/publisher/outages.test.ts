// Brokers that are absent, refuse, lie, cap, hang, die in the middle; publishers that are killed: every clip arrives, once, or is set aside with a reason.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { Aedes } from "aedes";
import { expect, test } from "vitest";
import { freePort, listen, type Message, say, startMosquitto } from "../../mosquitto.ts";
import { FakeBroker } from "./fake-broker.ts";
import { SlowLink } from "./slow-link.ts";
import { StandIn } from "./stand-in.ts";

const whole = (messages: readonly Message[]): Buffer =>
  Buffer.concat(messages.filter(({ topic }) => /\/(data|part\/\d+)$/.test(topic)).map(({ payload }) => payload));
const data = (messages: readonly Message[], clip: string): readonly Message[] =>
  messages.filter(({ topic }) => topic.endsWith(`${clip}/data`));

test("a broker that speaks only 3.1.1 gets the clip all the same", async () => {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  const got: { topic: string; payload: Buffer }[] = [];
  const complete = Promise.withResolvers<void>();
  aedes.subscribe(
    "doorstep/porch/anna/#",
    ({ topic, payload }, done) => {
      got.push({ topic, payload: payload as Buffer });
      if (topic.endsWith("event/clip")) complete.resolve();
      done();
    },
    () => {},
  );
  await using rig = await StandIn.create({ url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const bytes = randomBytes(1_500_000);
  const { id } = await rig.state.spool(bytes);

  rig.publish();
  await complete.promise;

  expect(got[0]!.payload.equals(bytes)).toBe(true);
  expect(await rig.brokerState("connected")).toMatchObject({ protocol: 4 });
  await rig.delivery(id, "accepted");
  await rig.stopPublishing();
  await new Promise<void>((resolve) => aedes.close(resolve));
  server.close();
});

test("a broker that is not there yet gets the clip when it is", async () => {
  const port = await freePort();
  await using rig = await StandIn.create({ url: `mqtt://127.0.0.1:${port}` });
  const { id, clip } = await rig.state.spool(randomBytes(10_000));
  rig.publish();
  expect(await rig.brokerState("unreachable")).toMatchObject({ code: "BROKER_UNREACHABLE" });

  await using broker = await startMosquitto({ port });
  await using anna = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  await rig.delivery(id, "accepted");

  expect(data(await anna.until(3), clip).length).toBe(1);
});

test("a broker that closes on what is too large, without a word, is understood and remembered", async () => {
  await using broker = await FakeBroker.start({
    closesAbove: 400_000,
    connack: ({ protocolVersion }) => (protocolVersion === 5 ? { reasonCode: 0x84 } : {}),
  });
  await using rig = await StandIn.create({ url: broker.url });
  const bytes = randomBytes(1_000_000);
  const first = await rig.state.spool(bytes);

  rig.publish();
  await rig.delivery(first.id, "accepted");
  const connectsToLearn = broker.connects.length;

  expect(
    whole(broker.published.map(({ topic, payload }) => ({ topic, payload: payload as Buffer, retain: false }))).equals(
      bytes,
    ),
  ).toBe(true);
  await rig.stopPublishing();
  const second = await rig.state.spool(bytes);
  rig.publish();
  await rig.delivery(second.id, "accepted");
  expect(broker.connects.length - connectsToLearn).toBe(2);
});

test("a broker that refuses large messages in its own way (message_size_limit) gets parts", async () => {
  await using broker = await startMosquitto({ config: "message_size_limit 300000" });
  await using anna = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  await using rig = await StandIn.create({ url: broker.url });
  const bytes = randomBytes(700_000);
  const { id } = await rig.state.spool(bytes);

  rig.publish();
  await rig.delivery(id, "accepted");
  await anna.until((all) => all.some(({ topic }) => topic.endsWith("/manifest")));

  expect(whole(anna.messages).equals(bytes)).toBe(true);
});

test("a wrong password is told to the owner at once, and nothing of the clip leaves", async () => {
  await using broker = await FakeBroker.start({ connack: () => ({ reasonCode: 0x86 }) });
  await using rig = await StandIn.create({ url: broker.url, broker: { username: "porch" } });
  await rig.state.spool(randomBytes(1000));

  rig.publish();

  expect(await rig.brokerState("refused")).toMatchObject({ code: "BROKER_REFUSED", detail: "CONNACK 0x86" });
  expect(broker.published).toEqual([]);
});

test("a password file that cannot be read is told to the owner, and the broker never called", async () => {
  await using broker = await FakeBroker.start();
  await using rig = await StandIn.create({ url: broker.url, broker: { password_file: "/nowhere/mqtt-password" } });
  rig.publish();
  expect(await rig.brokerState("refused")).toMatchObject({
    code: "SECRET_UNREADABLE",
    detail: "/nowhere/mqtt-password: ENOENT",
  });
  expect(broker.connects).toEqual([]);
});

test("a second device of the same name ends the fight by giving way", async () => {
  await using broker = await FakeBroker.start({
    onClient: (client) => setImmediate(() => client.send({ cmd: "disconnect", reasonCode: 0x8e })),
  });
  broker.behaviour = {
    onPublish: (_packet, client) => {
      client.send({ cmd: "disconnect", reasonCode: 0x8e });
      client.socket.end();
    },
  };
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  expect(await rig.brokerState("refused")).toMatchObject({ code: "BROKER_TAKEN_OVER" });
  expect(broker.connects.length).toBe(1);
});

test("what the broker forbids is set aside with a reason, and the next one goes", async () => {
  await using broker = await FakeBroker.start({
    onPublish: ({ topic, messageId }, client) =>
      client.send({ cmd: "puback", messageId: messageId!, reasonCode: topic.includes("/ben/") ? 0x87 : 0 }),
  });
  await using rig = await StandIn.create({ url: broker.url });
  const refused = await rig.state.spool(randomBytes(1000), { recipient: "ben" });
  const taken = await rig.state.spool(randomBytes(1000));

  rig.publish();

  expect(await rig.delivery(refused.id, "failed")).toMatchObject({ code: "DELIVERY_REFUSED", detail: "PUBACK 0x87" });
  await rig.delivery(taken.id, "accepted");
});

test("a broker that dies in the middle of a clip gets it again when it is back, and the recipient has it once", async () => {
  await using broker = await startMosquitto();
  await using slow = await SlowLink.to(broker.port);
  await using rig = await StandIn.create({ url: slow.url });
  const { id, clip, media } = await rig.state.spool(randomBytes(3_000_000));
  rig.publish();
  await slow.until(500_000);

  await broker.kill();
  await broker.launch();
  await using anna = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  slow.hurry();
  await rig.delivery(id, "accepted");
  await anna.until((all) => all.some(({ topic }) => topic.endsWith("/manifest")));

  expect(data(anna.messages, clip).map(({ payload }) => payload.length)).toEqual([media.bytes]);
});

test("a publisher that is killed while it sends loses nothing and sends nothing twice", async () => {
  await using broker = await startMosquitto();
  await using anna = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  await using slow = await SlowLink.to(broker.port);
  await using rig = await StandIn.create({ url: slow.url });
  // More than all the kernels' buffers on the way can hold, or it would arrive although we died.
  const bytes = randomBytes(20_000_000);
  const { id, clip } = await rig.state.spool(bytes);

  const first = rig.fork();
  await slow.until(500_000);
  const gone = once(first, "exit");
  first.kill("SIGKILL");
  await gone;
  expect(anna.messages).toEqual([]);
  slow.hurry();
  rig.publish();
  await rig.delivery(id, "accepted");
  await anna.until((all) => all.some(({ topic }) => topic.endsWith("/manifest")));

  expect(data(anna.messages, clip).length).toBe(1);
  expect(data(anna.messages, clip)[0]!.payload.equals(bytes)).toBe(true);

  await rig.stopPublishing();
  const before = anna.messages.length;
  rig.heard.length = 0;
  rig.publish();
  await rig.delivery(id, "accepted");
  await say(broker, "doorstep/porch/anna/clip/end", "x");
  await anna.until((all) => all.some(({ topic }) => topic.endsWith("/end")));
  expect(anna.messages.length).toBe(before + 1);
});
