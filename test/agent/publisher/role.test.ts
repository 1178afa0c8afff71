// What the recorder says is what happens: nothing before `open`, nothing after `closed` but taking back, and every word of a receiver in its place.
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Manifest } from "../../../agent/publisher/topics.ts";
import { listen, say, startMosquitto, type Message } from "../../mosquitto.ts";
import { FakeBroker, type FakeClient } from "./fake-broker.ts";
import { SlowLink } from "./slow-link.ts";
import { StandIn } from "./stand-in.ts";

const shown = (messages: readonly Message[]): string[] =>
  messages.map(({ topic, payload, retain }) => `${topic} ${payload.toString()}${retain ? " (retained)" : ""}`);
const waitFor = (topic: string) => (all: readonly Message[]) => all.some((message) => message.topic === topic);

test("while sharing is closed the broker is never even called", async () => {
  await using broker = await FakeBroker.start();
  await using rig = await StandIn.create({ url: broker.url, open: false });
  await rig.state.spool();
  rig.publish();
  await rig.hear(({ type }) => type === "retracted");
  expect(broker.connects).toEqual([]);
});

test("closing takes back what was retained, says offline, and then nothing leaves until it is opened again", async () => {
  await using broker = await startMosquitto();
  await using all = await listen(broker, ["#"]);
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  const on = await rig.event({ topic: "motion", payload: "ON", retain: true });
  const still = await rig.clip(randomBytes(100), { kind: "still" });
  await rig.delivery(on.id, "accepted");
  await rig.delivery(still.id, "accepted");

  rig.door.send({ type: "closed", retract: ["anna/motion"] });
  rig.door.send({ type: "closed", retract: ["anna/latest/still"] });
  await rig.hear(({ type }) => type === "retracted");
  await rig.event();

  await all.until(waitFor("doorstep/porch/status"));
  const since = (await all.until((messages) => shown(messages).includes("doorstep/porch/status offline"))).slice(
    all.messages.findIndex(({ topic, payload }) => topic.endsWith("/motion") && payload.toString() === "OFF"),
  );
  expect(shown(since)).toEqual([
    "doorstep/porch/anna/motion OFF",
    "doorstep/porch/anna/motion ",
    "doorstep/porch/anna/latest/still ",
    "doorstep/porch/anna/latest/receipt ",
    "doorstep/porch/status offline",
  ]);
  await using late = await listen(broker, ["#"]);
  expect(shown(await late.until(1))).toEqual(["doorstep/porch/status offline (retained)"]);
  const before = all.messages.length;

  rig.door.send({ type: "open" });
  await all.until((messages) => messages.length >= before + 2);
  expect(shown(all.messages.slice(before))[0]).toBe("doorstep/porch/status online");
});

test("a preview reaches whoever listens and stands nowhere, and a display is told when it is taken back", async () => {
  await using broker = await startMosquitto();
  await using all = await listen(broker, ["#"]);
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  const bytes = randomBytes(300_000);
  const preview = await rig.clip(bytes, { kind: "preview" });
  await rig.delivery(preview.id, "unconfirmed");

  await all.until(waitFor("doorstep/porch/anna/latest/preview-receipt"));
  const picture = all.messages.find(({ topic }) => topic === "doorstep/porch/anna/latest/preview")!;
  expect(picture.payload.equals(bytes)).toBe(true);
  expect(shown(all.messages)).toContainEqual(
    expect.stringMatching(/^doorstep\/porch\/anna\/latest\/preview-receipt ey/),
  );
  await using late = await listen(broker, ["#"]);
  expect(shown(await late.until(1))).toEqual(["doorstep/porch/status online (retained)"]);

  rig.door.send({ type: "closed", retract: ["anna/latest/preview"] });
  await rig.hear(({ type }) => type === "retracted");
  const after = await late.until((messages) => shown(messages).includes("doorstep/porch/status offline"));
  expect(shown(after)).toContain("doorstep/porch/anna/latest/preview ");
});

test("a preview too large for this broker is set aside, and the clip behind it arrives", async () => {
  await using broker = await startMosquitto({ config: "max_packet_size 131072" });
  await using _all = await listen(broker, ["#"]);
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  const preview = await rig.clip(randomBytes(200_000), { kind: "preview" });
  const clip = await rig.clip(randomBytes(200_000));

  const failed = await rig.delivery(preview.id, "failed");
  expect(failed).toMatchObject({ code: "DELIVERY_TOO_LARGE" });
  await rig.delivery(clip.id, "accepted");
});

test("what could not be taken back is taken back by the next publisher, before anything else", async () => {
  await using broker = await startMosquitto();
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  const note = await rig.event({ topic: "checkpoint", payload: "a note", retain: true });
  await rig.delivery(note.id, "accepted");
  await broker.kill();
  await rig.brokerState("unreachable");
  rig.door.send({ type: "closed", retract: ["anna/checkpoint"] });
  await rig.takeDown(note.id);
  await rig.stopPublishing();
  expect(rig.heard.some(({ type }) => type === "retracted")).toBe(false);
  expect(await readFile(join(rig.state.root, "publisher", "retractions.json"), "utf8")).toContain(
    "doorstep/porch/anna/checkpoint",
  );

  await broker.launch();
  await say(broker, "doorstep/porch/anna/checkpoint", "a note", ["-r"]);
  rig.options = { ...rig.options, open: false };
  rig.publish();
  await rig.hear(({ type }) => type === "retracted");

  await using late = await listen(broker, ["doorstep/#"]);
  expect(shown(await late.until(1))).toEqual(["doorstep/porch/status offline (retained)"]);
  expect(await readdir(join(rig.state.root, "publisher"))).not.toContain("retractions.json");
});

test("a recorder that goes away silences the publisher, and nothing goes until it says open again", async () => {
  await using broker = await startMosquitto();
  await using all = await listen(broker, ["#"]);
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  await all.until((messages) => shown(messages).includes("doorstep/porch/status online"));

  await rig.door.stop();
  await all.until((messages) => shown(messages).includes("doorstep/porch/status offline"));
  await rig.state.spool(randomBytes(100));
  rig.options = { ...rig.options, open: false };
  await rig.door.start();
  await rig.hear(({ type }) => type === "retracted");

  expect(shown(all.messages)).toEqual(["doorstep/porch/status online", "doorstep/porch/status offline"]);
});

test("what is taken down before it was sent, in the middle, and after is answered none, none and all", async () => {
  await using broker = await startMosquitto();
  await using anna = await listen(broker, ["doorstep/porch/anna/#"]);
  await using slow = await SlowLink.to(broker.port);
  await using rig = await StandIn.create({ url: slow.url });
  const middle = await rig.state.spool(randomBytes(20_000_000));
  const before = await rig.state.spool(randomBytes(1000));
  rig.publish();
  await slow.until(1_000_000);

  expect(await rig.takeDown(before.id)).toEqual({ sent: "none" });
  expect(await rig.takeDown(middle.id)).toEqual({ sent: "none" });
  slow.hurry();
  for (const { id } of [middle, before]) await rig.state.writer.remove("new", id);
  const after = await rig.clip(randomBytes(1000));
  await rig.delivery(after.id, "accepted");
  expect(await rig.takeDown(after.id)).toEqual({ sent: "all" });
  expect(await rig.takeDown("01jdzzzzzzzzzzzzzzzzzzzzzz")).toEqual({ sent: "none" });

  await anna.until(4);
  expect(anna.messages.every(({ topic }) => topic.includes(after.clip) || topic.endsWith("event/clip"))).toBe(true);
});

test("what is taken down between two parts is answered with how many had gone, and the rest stays here", async () => {
  const gate = Promise.withResolvers<void>();
  await using broker = await FakeBroker.start({
    connack: () => ({ properties: { maximumPacketSize: 50_000 } }),
    onPublish: ({ topic, messageId }, client) => {
      const answer = (): void => client.send({ cmd: "puback", messageId: messageId!, reasonCode: 0 });
      if (topic.endsWith("/part/1")) void gate.promise.then(answer);
      else answer();
    },
  });
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  const { id } = await rig.clip(randomBytes(500_000));
  await broker.until(({ published }) => published.some(({ topic }) => topic.endsWith("/part/1")));

  const answer = rig.takeDown(id);
  await rig.state.writer.remove("new", id);
  gate.resolve();

  expect(await answer).toEqual({ sent: "part", parts: 2, of: 11 });
  const next = await rig.event();
  await rig.delivery(next.id, "accepted");
  expect(broker.published.filter(({ topic }) => topic.includes("/part/")).length).toBe(2);
  expect(broker.published.some(({ topic }) => topic.endsWith("/manifest"))).toBe(false);
});

test("a clip that somebody altered in the outbox reaches nobody, and is set aside with the reason", async () => {
  await using broker = await startMosquitto();
  await using anna = await listen(broker, ["doorstep/porch/anna/#"]);
  await using rig = await StandIn.create({ url: broker.url });
  const { id } = await rig.state.spool(Buffer.alloc(600_000));
  const altered = Buffer.alloc(600_000);
  altered[300_000] = 1;
  await writeFile(join(rig.state.writer.root, "new", id, "clip.mp4"), altered);
  rig.publish();

  expect(await rig.delivery(id, "failed")).toMatchObject({ code: "SPOOL_MEDIA_ALTERED" });

  const next = await rig.event();
  await rig.delivery(next.id, "accepted");
  await anna.until(1);
  expect(anna.messages.map(({ topic }) => topic)).toEqual(["doorstep/porch/anna/event/ring"]);
});

test("what is past its time is not sent, whatever stands in the outbox", async () => {
  await using broker = await FakeBroker.start();
  await using rig = await StandIn.create({ url: broker.url });
  const past = { not_after: "2020-01-01T00:00:00Z" };
  const [clip, event] = [await rig.state.spool(randomBytes(100), past), await rig.state.spoolEvent(past)];
  rig.publish();
  await rig.delivery(clip.id, "expired");
  await rig.delivery(event.id, "expired");
  expect(broker.published.filter(({ topic }) => topic !== "doorstep/porch/status")).toEqual([]);
});

test("a clip that nobody was there for is sent when a receiver says hello", async () => {
  await using broker = await startMosquitto();
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  const { id, clip } = await rig.clip(randomBytes(1000));
  const event = await rig.event();
  await rig.delivery(event.id, "accepted");
  await rig.delivery(id, "unheard");

  await using anna = await listen(broker, ["doorstep/porch/anna/#"]);
  await say(broker, "doorstep/porch/anna/ack", '{"v":1,"type":"hello"}');
  await rig.delivery(id, "accepted");

  expect(
    (await anna.until((all) => all.length >= 5)).filter(({ topic }) => topic.endsWith(`${clip}/data`)).length,
  ).toBe(1);
});

test("a receiver that names missing parts gets those, receipt and manifest, and no more than a few times", async () => {
  await using broker = await startMosquitto({ config: "max_packet_size 131072" });
  await using anna = await listen(broker, ["doorstep/porch/anna/clip/#"]);
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  const { id, clip } = await rig.clip(randomBytes(500_000));
  await rig.delivery(id, "accepted");
  await anna.until((all) => all.some(({ topic }) => topic.endsWith("/manifest")));
  const manifests = (): Manifest[] =>
    anna.messages
      .filter(({ topic }) => topic.endsWith("/manifest"))
      .map(({ payload }) => JSON.parse(payload.toString()) as Manifest);
  const before = anna.messages.length;

  for (let asked = 1; asked <= 15; asked++) {
    await say(broker, "doorstep/porch/anna/ack", JSON.stringify({ v: 1, type: "missing", clip, parts: [1, 3, 99] }));
    if (asked <= 12) await anna.until(() => manifests().length === 1 + asked);
  }
  const event = await rig.event({ topic: "event/motion" });
  await rig.delivery(event.id, "accepted");

  expect(anna.messages.slice(before, before + 4).map(({ topic }) => topic.split("/").slice(5).join("/"))).toEqual([
    "part/1",
    "part/3",
    "receipt",
    "manifest",
  ]);
  expect(manifests().length).toBe(13);
  expect(new Set(manifests().map((manifest) => JSON.stringify(manifest))).size).toBe(1);
});

test("a command is handed to the recorder, and acknowledged to the broker only when that has it", async () => {
  let client: FakeClient | undefined;
  const acknowledged: number[] = [];
  await using broker = await FakeBroker.start({
    onClient: (admitted) => {
      client = admitted;
      admitted.socket.on("data", (chunk) => {
        for (let at = 0; at < chunk.length; at += 2 + chunk[at + 1]!)
          if (chunk[at] === 0x40) acknowledged.push(chunk.readUInt16BE(at + 2));
      });
    },
  });
  await using rig = await StandIn.create({ url: broker.url, subscriptions: ["anna/command"], stores: false });
  rig.publish();
  await broker.until(({ published }) => published.length > 0);
  const publish = { cmd: "publish", topic: "doorstep/porch/anna/command", qos: 1, dup: false, retain: false } as const;

  client!.send({ ...publish, payload: "old", retain: true, messageId: 1 });
  client!.send({ ...publish, payload: '{"v":1,"type":"pause"}', messageId: 2 });
  client!.send({ ...publish, payload: Buffer.alloc(5000), messageId: 3 });
  const inbound = await rig.hear((message) => message.type === "inbound");
  await broker.until(() => acknowledged.length === 2);

  expect(inbound).toEqual({
    type: "inbound",
    ref: 1,
    topic: "anna/command",
    payload_base64: Buffer.from('{"v":1,"type":"pause"}').toString("base64"),
  });
  expect(acknowledged).toEqual([1, 3]);
  rig.door.send({ type: "stored", ref: 1 });
  await broker.until(() => acknowledged.length === 3);
  expect(acknowledged).toEqual([1, 3, 2]);
  expect(rig.heard.filter(({ type }) => type === "inbound").length).toBe(1);
});

test("ten thousand commands at once are turned away after the first few, and clips still go", async () => {
  let client: FakeClient | undefined;
  await using broker = await FakeBroker.start({
    onClient: (admitted) => {
      client = admitted;
    },
  });
  await using rig = await StandIn.create({ url: broker.url, subscriptions: ["anna/command"] });
  rig.publish();
  await broker.until(({ published }) => published.length > 0);

  for (let n = 0; n < 10_000; n++)
    client!.send({
      cmd: "publish",
      topic: "doorstep/porch/anna/command",
      payload: "{}",
      qos: 1,
      dup: false,
      retain: false,
      messageId: (n % 60_000) + 1,
    });
  const { id } = await rig.clip(randomBytes(10_000));
  await rig.delivery(id, "accepted");

  expect(rig.heard.filter(({ type }) => type === "inbound").length).toBeLessThan(60);
});

test("discovery documents are retained again at every connection, and when Home Assistant starts", async () => {
  await using broker = await startMosquitto();
  await using all = await listen(broker, ["homeassistant/#"]);
  const document = { topic: "homeassistant/device/porch_anna/config", document: { o: { name: "doorstep" } } };
  await using rig = await StandIn.create({ url: broker.url, retained: [document] });
  rig.publish();
  await all.until(1);
  await broker.kill();
  await broker.launch();
  await rig.hear((message) => message.type === "broker" && message.state === "unreachable");
  await using again = await listen(broker, ["homeassistant/#"]);
  await again.until(1);

  expect(shown(again.messages).map((line) => line.replace(" (retained)", ""))).toEqual([
    `${document.topic} {"o":{"name":"doorstep"}}`,
  ]);
  rig.door.send({ type: "retained", topic: document.topic });
  await again.until(2);
  expect(shown(again.messages)[1]).toBe(`${document.topic} `);
});

test("the self-test says whether a message of ours comes back", async () => {
  await using broker = await startMosquitto();
  await using rig = await StandIn.create({ url: broker.url });
  rig.publish();
  await rig.brokerState("connected");
  await rig.event().then(({ id }) => rig.delivery(id, "accepted"));
  rig.door.send({ type: "selftest", ref: 5 });
  expect(await rig.hear(({ type }) => type === "selftest")).toEqual({ type: "selftest", ref: 5, outcome: "ok" });
});
