// What is said to the device over MQTT: who may say what, and that nobody can tell what became of it.
import { expect, test } from "vitest";
import { parseConfig } from "../../config/parse.ts";
import { milliseconds } from "../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../drivers/clock/simulated.ts";
import { InboundDesk, type InboundRooms } from "../../agent/inbound-desk.ts";
import { config } from "../configs.ts";

function rig({ accept = true, fails = false }: { accept?: boolean; fails?: boolean } = {}) {
  const text = config({
    recording: "yard.mp4",
    broker: "mqtt://broker.lan",
    recipients: [{ name: "anna" }],
    more: `[requests]\naccept = ${accept}`,
  });
  const parsed = parseConfig(text);
  const clock = new SimulatedClock();
  const told: string[] = [];
  const rooms: InboundRooms = {
    gate: {
      pause: async (scope, by) => void told.push(`pause ${JSON.stringify(scope)} by ${by}`),
      forgo: async (clip, by) => void told.push(`${by} forgoes ${clip}`),
    },
    answers: {
      receive: async (payload) => {
        if (fails) throw new RangeError("the disk is full");
        told.push(`answer ${payload.length}`);
        return { taken: true, detail: "" };
      },
    },
    requests: { receive: (payload) => void told.push(`request ${payload.length}`) },
  };
  const faults: unknown[] = [];
  const desk = new InboundDesk({
    clock,
    rooms: () => rooms,
    config: () => ("config" in parsed ? parsed.config : undefined),
    onAnswer: () => {},
    onFault: (error) => faults.push(error),
  });
  const say = async (topic: string, payload: string): Promise<boolean> => {
    let stored = false;
    void desk.receive(topic, Buffer.from(payload)).then(() => (stored = true));
    await clock.advance(milliseconds(250));
    return stored;
  };
  return { desk, clock, told, faults, say };
}

test("a recipient may pause and forgo what is its own, and nothing else", async () => {
  const { say, told } = rig();

  await say("anna/command", '{"v":1,"type":"pause"}');
  await say("anna/command", '{"v":1,"type":"withdraw","clip":"01k0000000000000000000000a"}');
  for (const wish of [
    '{"v":1,"type":"resume"}',
    '{"v":1,"type":"approve"}',
    '{"v":2,"type":"pause"}',
    "[]",
    "null",
    "{",
  ])
    await say("anna/command", wish);

  expect(told).toEqual(['pause "anna" by anna', "anna forgoes 01k0000000000000000000000a"]);
});

test("nobody who is not in the configuration commands anything, least of all for everybody", async () => {
  const { say, told } = rig();

  for (const topic of ["/command", "mallory/command", "anna/command/more", "anna/status", "status"])
    await say(topic, '{"v":1,"type":"pause"}');

  expect(told).toEqual([]);
});

test("answers and requests reach their rooms, requests only while they are accepted", async () => {
  const open = rig();
  const shut = rig({ accept: false });

  for (const { say } of [open, shut]) {
    await say("approval", "12");
    await say("request", "123");
  }

  expect(open.told).toEqual(["answer 2", "request 3"]);
  expect(shut.told).toEqual(["answer 2"]);
});

test("whatever becomes of a stranger's message, it is acknowledged at the same instant (§10.3.5)", async () => {
  for (const [settings, topic] of [
    [{}, "request"],
    [{ accept: false }, "request"],
    [{}, "approval"],
    [{ fails: true }, "approval"],
    [{}, "nonsense"],
  ] as const) {
    const { desk, clock, faults } = rig(settings);
    let acknowledged = false;
    void desk.receive(topic, Buffer.from("{}")).then(() => (acknowledged = true));
    await clock.advance(milliseconds(249));
    expect(acknowledged).toBe(false);
    await clock.advance(milliseconds(1));
    expect(acknowledged).toBe(true);
    expect(faults.length).toBe("fails" in settings ? 1 : 0);
  }
});
