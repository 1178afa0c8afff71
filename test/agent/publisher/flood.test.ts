// A quarter of a gigabyte said to us in one message, the most that MQTT has words for: the publisher counts it and keeps none of it,
// clips go, and where the rest never comes the broker is called again.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { LimitStore } from "../../../agent/publisher/limits.ts";
import { type Line, Session } from "../../../agent/publisher/session.ts";
import { FakeBroker, type FakeClient } from "./fake-broker.ts";
import { StandIn } from "./stand-in.ts";

const LARGEST = 268_435_455;
const TOPIC = "doorstep/porch/anna/ack";
const MESSAGE_ID = 7;
const MAY_GROW_KB = 20_000;

/** Fixed header, topic and packet id of a QoS 1 PUBLISH of MQTT 5 that is as long as can be said. */
const HEAD = Buffer.concat([
  Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0, TOPIC.length]),
  Buffer.from(TOPIC),
  Buffer.from([0, MESSAGE_ID, 0]),
]);

async function flood(socket: Socket): Promise<void> {
  socket.write(HEAD);
  const block = Buffer.alloc(1 << 20, "x");
  for (let left = LARGEST - (HEAD.length - 5); left > 0; left -= block.length)
    if (!socket.write(block.subarray(0, Math.min(left, block.length)))) await once(socket, "drain");
}

/** Peak memory of a process so far, in kB. */
const peak = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);

test(
  "a message of 256 MB is refused without being kept, on the same connection, while clips go to everybody",
  { timeout: 60_000 },
  async () => {
    let client: FakeClient | undefined;
    /** Nothing can be said in the middle of a message. */
    let said = Promise.resolve();
    await using broker = await FakeBroker.start({
      onClient: (admitted) => void (client = admitted),
      onPublish: ({ messageId }, admitted) =>
        void said.then(() => admitted.send({ cmd: "puback", messageId: messageId!, reasonCode: 0 })),
    });
    await using rig = await StandIn.create({ url: broker.url });
    const child = rig.fork();
    const first = await rig.state.spool(randomBytes(2_000_000));
    await rig.delivery(first.id, "accepted");
    const before = peak(child.pid!);
    const refused = Promise.withResolvers<Buffer>();
    client!.socket.on("data", (chunk: Buffer) => {
      // PUBACK of MQTT 5 with a reason: quota exceeded.
      if (chunk.includes(Buffer.from([0x40, 4, 0, MESSAGE_ID, 0x97, 0]))) refused.resolve(chunk);
    });

    said = flood(client!.socket);
    const clips = [
      await rig.clip(randomBytes(2_000_000)),
      await rig.clip(randomBytes(2_000_000), { recipient: "ben" }),
    ];
    await refused.promise;
    for (const { id } of clips) await rig.delivery(id, "accepted");
    expect(broker.connects.length).toBe(1);
    expect(peak(child.pid!) - before).toBeLessThan(MAY_GROW_KB);
  },
);

test("a broker that announces 256 MB and says no more is hung up on with a reason, called again after a pause, and spoken to", async () => {
  const message = { topic: "doorstep/porch/anna/event/ring", retain: false };
  await using broker = await FakeBroker.start({
    onPublish: ({ messageId }, client) => {
      if (broker.connects.length === 1) client.socket.write(HEAD);
      else client.send({ cmd: "puback", messageId: messageId!, reasonCode: 0 });
    },
  });
  const rig = sessionWith(broker);
  const sending = (await rig.line()).publish(message, Buffer.from("{}"));
  await broker.until(({ published }) => published.length === 1);

  await rig.clock.advance(seconds(30));
  expect(await sending).toMatchObject({ kind: "lost" });
  await rig.state("unreachable BROKER_SILENT");
  expect(broker.connects.length).toBe(1);

  await rig.clock.advance(seconds(1));
  expect(await (await rig.line()).publish(message, Buffer.from("{}"))).toEqual({ kind: "accepted" });
  await rig.session.disconnect("goodbye");
});

test("a broker that does so instead of answering what we subscribe to is not waited for either", async () => {
  const subscribed = Promise.withResolvers<void>();
  await using broker = await FakeBroker.start({
    onClient: ({ socket }) => {
      if (broker.connects.length > 1) return;
      socket.write(HEAD);
      socket.once("data", () => subscribed.resolve());
    },
  });
  const rig = sessionWith(broker);
  await subscribed.promise;

  await rig.clock.advance(seconds(31));
  await rig.state("unreachable BROKER_SILENT");
  await rig.clock.advance(seconds(2));

  await rig.line();
  await rig.session.disconnect("goodbye");
});

/** The publisher's session, on a clock that stands. */
function sessionWith(broker: FakeBroker): SessionRig {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-flood-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clock = new SimulatedClock();
  const states: string[] = [];
  let lineUp = Promise.withResolvers<Line>();
  let changed = Promise.withResolvers<void>();
  const session = new Session({
    clock,
    chance: () => 0.5,
    limits: new LimitStore(folder),
    secrets: () => Promise.resolve({ tls: {} }),
    largest: () => 0,
    onState: (state, { code }) => {
      states.push([state, code].filter(Boolean).join(" "));
      changed.resolve();
      changed = Promise.withResolvers();
    },
    onLine: (line) => lineUp.resolve(line),
    onGone: () => (lineUp = Promise.withResolvers()),
    onInbound: () => {},
  });
  void session.connect({ url: broker.url, device: "porch", subscriptions: [TOPIC] });
  return {
    clock,
    session,
    line: () => lineUp.promise,
    state: async (wanted) => {
      while (!states.includes(wanted)) await changed.promise;
    },
  };
}

interface SessionRig {
  readonly clock: SimulatedClock;
  readonly session: Session;
  readonly line: () => Promise<Line>;
  /** Waits until the recorder has been told this. */
  readonly state: (wanted: string) => Promise<void>;
}
