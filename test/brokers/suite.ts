// The same questions to every broker: Doorstep must get every clip through, and say in words what a broker will not do. What is found
// is compared with test/golden/brokers, from which docs/reference/brokers.md is made.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SystemClock } from "../../drivers/clock/system.ts";
import { Receiver } from "../../agent/receiver/receiver.ts";
import { type DeliveryRecord, RecordStore } from "../../agent/publisher/records.ts";
import { SlowLink } from "../agent/publisher/slow-link.ts";
import { StandIn, type StandInOptions } from "../agent/publisher/stand-in.ts";
import { FakeDevice } from "../agent/receiver/fake-device.ts";
import type { Broker, Make } from "./broker.ts";
import { type Findings, goldenName, QUESTIONS, type Question } from "./findings.ts";
import { Front } from "./front.ts";
import { approve } from "./outbox.ts";
import { Reader } from "./reader.ts";

/** A broker, spoken to in one version of MQTT. */
export interface Column {
  readonly name: string;
  /** How it was set up, if not as the guide does. */
  readonly note?: string;
  readonly make: Make;
  /** The version Doorstep ends up with. */
  readonly protocol: 4 | 5;
  /** Whether the broker would take 5 and is kept from it. */
  readonly only311?: boolean;
}

const OWN = "doorstep/porch/anna";
const folder = mkdtempSync(join(tmpdir(), "doorstep-brokers-"));
writeFileSync(join(folder, "password"), "secret\n");
writeFileSync(join(folder, "wrong"), "guess\n");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

/** Asks everything of one broker; all of it is skipped, by name, where the broker is not installed. */
export function questions({ name, note = "", make, protocol, only311 = false }: Column): void {
  const version = make.version();
  const missing = version === undefined ? `not installed (Debian: ${make.debian}), so not asked` : undefined;
  describe([`${name} over MQTT ${protocol === 5 ? "5" : "3.1.1"}`, note, missing].filter(Boolean).join(", "), () => {
    const found: Partial<Record<Question, string>> = {};
    let broker: Broker;
    let front: Front;
    beforeAll(async () => {
      if (version === undefined) return;
      broker = await make.start();
      front = await Front.before(broker.port, only311);
    }, 120_000);
    afterAll(async () => {
      await front?.[Symbol.asyncDispose]();
      await broker?.[Symbol.asyncDispose]();
    });

    const ask = (question: Question, answer: () => Promise<string>): void =>
      test.skipIf(version === undefined)(QUESTIONS[question], { timeout: 120_000 }, async () => {
        found[question] = await answer();
      });
    const reader = async (...[user, filters, more]: [string, string[], object?]): Promise<Reader> => {
      const one = await Reader.on({ port: broker.port, protocol }, user, filters, more);
      endings.push(() => one[Symbol.asyncDispose]());
      return one;
    };
    const standIn = async (options: Partial<StandInOptions> = {}): Promise<StandIn> => {
      const rig = await StandIn.create({
        url: `mqtt://127.0.0.1:${front.port}`,
        subscriptions: ["+/ack", "+/command"],
        ...options,
        broker: { username: "porch", password_file: join(folder, "password"), ...options.broker },
      });
      endings.push(() => rig[Symbol.asyncDispose]());
      return rig.publish();
    };
    const receiver = async (device: FakeDevice): Promise<Anna> => {
      const anna = new Anna(front.port, device);
      endings.push(() => anna.stop());
      await anna.until(() => anna.connections === 1);
      return anna;
    };
    /** What `more` hears of `filters`, once it has certainly heard everything that was there before. */
    const later = async (filter: string): Promise<readonly string[]> => {
      const one = await reader("anna", [filter, `${OWN}/event/sentinel`]);
      const porch = await reader("porch", []);
      await porch.say(`${OWN}/event/sentinel`, "now");
      await one.until(({ payload }) => payload.toString() === "now");
      return one.heard.filter(({ topic }) => !topic.endsWith("sentinel")).map(({ topic }) => topic);
    };

    ask("spoken", async () => {
      const rig = await standIn();
      expect(await rig.brokerState("connected")).toMatchObject({ protocol });
      if (protocol === 5 || only311) return `MQTT ${protocol === 5 ? "5" : "3.1.1"}`;
      return rig.heard.some((message) => message.type === "broker" && message.state === "unreachable")
        ? "MQTT 3.1.1; hangs up on 5 without a word, and is tried again"
        : "MQTT 3.1.1; refuses 5, and is tried again at once";
    });

    ask("clip", async () => {
      const device = new FakeDevice();
      const anna = await receiver(device);
      const rig = await standIn();
      const { disclosure, clip } = await approve(rig, device, randomBytes(300_000));
      await rig.delivery(disclosure, "confirmed");
      expect(anna.saved).toEqual([clip]);
      return `arrives ${modeOf(rig, disclosure)}, and is confirmed`;
    });

    ask("large", async () => {
      const device = new FakeDevice();
      const anna = await receiver(device);
      const rig = await standIn();
      const { disclosure, clip } = await approve(rig, device, randomBytes(5_000_000));
      await rig.delivery(disclosure, "confirmed");
      expect(anna.saved).toEqual([clip]);
      const states = rig.heard.flatMap((message) => (message.type === "broker" ? [message.state] : []));
      const broke = states.slice(states.indexOf("connected")).filter((state) => state === "unreachable").length;
      const learned = broke > 0 ? `, learned from ${broke} broken connections` : "";
      return `arrives ${modeOf(rig, disclosure)}${learned}`;
    });

    ask("unheard", async () => {
      const [ha, anna] = [new FakeDevice("porch", "ha"), new FakeDevice()];
      await reader("anna", [`${OWN}/#`]);
      const rig = await standIn();
      await rig.brokerState("connected");
      const { disclosure, clip } = await approve(rig, ha, randomBytes(1_000));
      // What is acknowledged all the way was sent after the other: the broker has answered for that, too.
      await rig.delivery((await approve(rig, anna, randomBytes(1_000))).disclosure, "accepted");
      const said = record(rig, disclosure).unheard > 0;
      const late = await reader("ha", ["doorstep/porch/ha/#"]);
      if (!said) await rig.delivery(disclosure, "accepted");
      await late.say("doorstep/porch/ha/ack", '{"v":1,"type":"hello"}');
      await late.until(({ topic }) => topic.endsWith(`${clip}/data`));
      await late.until(({ topic }) => topic.endsWith(`${clip}/manifest`));
      return said
        ? "the broker says so; sent at the receiver's `hello`"
        : "taken and lost; sent again at the receiver's `hello`";
    });

    ask("away", async () => {
      const session = {
        clientId: "anna-away",
        clean: false,
        ...(protocol === 5 && { properties: { sessionExpiryInterval: 600 } }),
      };
      const before = await reader("anna", [`${OWN}/#`], session);
      await before.client.endAsync();
      const rig = await standIn();
      const { disclosure, clip } = await approve(rig, new FakeDevice(), randomBytes(300_000));
      await rig.delivery(disclosure, "accepted");
      await rig.stopPublishing();
      const back = await reader("anna", [`${OWN}/event/sentinel`], session);
      const porch = await reader("porch", []);
      await porch.say(`${OWN}/event/sentinel`, "now");
      await back.until(({ payload }) => payload.toString() === "now");
      expect(back.heard.map(({ topic }) => topic)).toContain(`${OWN}/clip/${clip}/data`);
      return "the broker keeps it for a lasting session";
    });

    ask("broken", async () => {
      const device = new FakeDevice();
      const anna = await receiver(device);
      const slow = await SlowLink.to(front.port);
      endings.push(() => slow[Symbol.asyncDispose]());
      const rig = await standIn({ url: slow.url });
      const { disclosure, clip } = await approve(rig, device, randomBytes(5_000_000));
      await slow.until(1_500_000);
      slow.cut();
      slow.hurry();
      await rig.delivery(disclosure, "confirmed");
      expect(anna.saved).toEqual([clip]);
      return "arrives, once";
    });

    ask("killed", async () => {
      const device = new FakeDevice();
      const anna = await receiver(device);
      // Not through the front, which would answer for a broker that is not there.
      const rig = await standIn({ url: `mqtt://127.0.0.1:${only311 ? front.port : broker.port}` });
      await rig.brokerState("connected");
      await broker.kill();
      await rig.brokerState("unreachable");
      const { disclosure, clip } = await approve(rig, device, randomBytes(300_000));
      await broker.launch();
      await rig.delivery(disclosure, "confirmed");
      expect(anna.saved).toEqual([clip]);
      return "arrives, once, when the broker is back";
    });

    ask("still", async () => {
      const rig = await standIn();
      const { id } = await rig.state.spool(randomBytes(30_000), { kind: "still" });
      rig.door.send({ type: "spooled", id });
      await rig.delivery(id, "accepted");
      return (await later(`${OWN}/latest/still`)).includes(`${OWN}/latest/still`) ? "is there" : "is not kept";
    });

    ask("wildcard", async () => {
      const rig = await standIn();
      const { id } = await rig.state.spool(randomBytes(30_000), { kind: "still" });
      rig.door.send({ type: "spooled", id });
      await rig.delivery(id, "accepted");
      return (await later(`${OWN}/latest/+`)).includes(`${OWN}/latest/still`) ? "is there" : "is not sent";
    });

    ask("discovery", async () => {
      const topic = "homeassistant/device/porch/ha/config";
      const rig = await standIn({ retained: [{ topic, document: { o: { name: "doorstep" } } }] });
      const { id } = await rig.event({ recipient: "anna" });
      await rig.delivery(id, "accepted");
      const ha = await reader("ha", ["homeassistant/device/+/+/config"]);
      await ha.say("homeassistant/status", "online");
      await ha.until((heard) => heard.topic === topic && !heard.retain);
      const kept = ha.heard.some((heard) => heard.topic === topic && heard.retain);
      return `${kept ? "finds the device, and is told again" : "is told"} when it says that it has started`;
    });

    ask("retracted", async () => {
      const rig = await standIn();
      const { id } = await rig.state.spool(randomBytes(30_000), { kind: "still" });
      rig.door.send({ type: "spooled", id });
      await rig.delivery(id, "accepted");
      rig.door.send({ type: "closed", retract: ["anna/latest/still"] });
      await rig.hear(({ type }) => type === "retracted");
      expect(await later(`${OWN}/latest/still`)).toEqual([]);
      return "is gone for who comes later";
    });

    ask("will", async () => {
      const cable = await Front.before(broker.port, only311);
      const ha = await reader("ha", ["doorstep/porch/status"]);
      const rig = await standIn({ url: `mqtt://127.0.0.1:${cable.port}` });
      await ha.until(({ payload }) => payload.toString() === "online");
      await cable[Symbol.asyncDispose]();
      await ha.until(({ payload }) => payload.toString() === "offline");
      await rig.stopPublishing();
      return "the broker says `offline` for it";
    });

    ask("password", async () => {
      const rig = await standIn({ broker: { password_file: join(folder, "wrong") } });
      const said = await rig.brokerState("refused");
      expect(said).toMatchObject({ code: "BROKER_REFUSED" });
      return `\`${said.type === "broker" ? `${said.code}: ${said.detail}` : ""}\``;
    });

    ask("forbidden", async () => {
      const rig = await standIn({ device: "shed" });
      await rig.brokerState("connected");
      rig.door.send({ type: "selftest", ref: 1 });
      const answer = await rig.hear(({ type }) => type === "selftest");
      const outcome = answer.type === "selftest" ? answer.outcome : "";
      if (!outcome.includes("connect")) return `\`${outcome}\``;
      // It hangs up, and nothing is said of why until it has done so again.
      const again = await rig.hear((message) => message.type === "broker" && /access list/.test(message.detail ?? ""));
      return `\`${again.type === "broker" ? again.detail : ""}\``;
    });

    test.skipIf(version === undefined)("is what docs/reference/brokers.md says", async ({ skip }) => {
      const column = { broker: name, version: version!, note, protocol: `MQTT ${protocol === 5 ? "5" : "3.1.1"}` };
      const golden = new URL(`../golden/brokers/${goldenName(column)}`, import.meta.url).pathname;
      // What a version does that the page does not speak of is proven above all the same.
      if (!existsSync(golden)) skip(`the page does not speak of ${name} ${version}: with an empty ${golden} it will`);
      const findings: Findings = { ...column, found: found as Findings["found"] };
      await expect(`${JSON.stringify(findings, null, 2)}\n`).toMatchFileSnapshot(golden);
    });
  });
}

/** The real receiver, as anna. */
class Anna {
  readonly saved: string[] = [];
  connections = 0;
  readonly #stop = new AbortController();
  readonly #out = mkdtempSync(join(folder, "anna-"));
  readonly #ended: Promise<void>;
  #waiting: (() => void)[] = [];

  constructor(port: number, device: FakeDevice) {
    const receiver = new Receiver({
      url: `mqtt://127.0.0.1:${port}`,
      device: "porch",
      recipient: device.recipient,
      username: device.recipient,
      password: "secret",
      out: this.#out,
      identities: [],
      trust: device.key.publicKey,
      clock: new SystemClock(),
      listener: {
        connected: () => {
          this.connections++;
          for (const wake of this.#waiting.splice(0)) wake();
        },
      },
    });
    const clips = receiver.clips();
    void (async () => {
      for await (const { id } of clips) this.saved.push(id);
    })();
    this.#ended = receiver.run(this.#stop.signal);
  }

  async until(enough: () => boolean): Promise<void> {
    while (!enough()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

/** What the publisher remembers of a disclosure. */
const record = ({ state }: StandIn, id: string): DeliveryRecord =>
  new RecordStore(join(state.root, "publisher")).get(id)!;

function modeOf(rig: StandIn, id: string): string {
  const bytes = record(rig, id).part_bytes;
  return bytes === 0 ? "in one message" : `in parts of ${bytes.toLocaleString("en")} bytes`;
}
