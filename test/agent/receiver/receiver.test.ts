// A receiver at a real broker: mosquitto over MQTT 5 and the demo's broker over 3.1.1, with a device that follows the specification.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { AgentError } from "../../../agent/error.ts";
import { Receiver, type ReceiverOptions } from "../../../agent/receiver/receiver.ts";
import type { SavedClip } from "../../../agent/receiver/open.ts";
import { minutes, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { startMosquitto, type Mosquitto } from "../../mosquitto.ts";
import { FakeDevice, sha256 } from "./fake-device.ts";
import { FakePublisher } from "./fake-publisher.ts";

let broker: Mosquitto;
let identity: string;
let key: string;
beforeAll(async () => {
  broker = await startMosquitto();
  identity = await generateX25519Identity();
  key = await identityToRecipient(identity);
});
afterAll(() => broker.stop());

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-receiver-"));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

let houses = 0;
/** Each test has a device of its own on the shared broker. */
const newDevice = (): FakeDevice => new FakeDevice(`porch-${++houses}`);

class Running {
  readonly clock = new SimulatedClock("2026-11-22T12:00:00Z");
  readonly out: string;
  readonly saved: SavedClip[] = [];
  readonly events: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #stop = new AbortController();
  #waiting: (() => void)[] = [];

  constructor(device: FakeDevice, options: Partial<ReceiverOptions> = {}) {
    this.out = options.out ?? temporary();
    const note = (text: string): void => {
      this.events.push(text);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    const receiver = new Receiver({
      url: broker.url,
      device: device.name,
      recipient: device.recipient,
      out: this.out,
      identities: [identity],
      trust: device.key.publicKey,
      clock: this.clock,
      random: () => 0.5,
      listener: {
        connected: (version) => note(`connected ${version}`),
        disconnected: () => note("disconnected"),
        refused: (_clip, { code }) => note(`refused ${code}`),
        alarm: ({ code }) => note(`alarm ${code}`),
        trusted: () => note("trusted"),
        withdrawn: () => note("withdrawn"),
        progress: () => note("progress"),
        event: (name) => note(`event ${name}`),
      },
      ...options,
    });
    const clips = receiver.clips();
    void (async () => {
      for await (const clip of clips) {
        this.saved.push(clip);
        note(`saved ${clip.id}`);
      }
    })();
    this.ended = receiver.run(this.#stop.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    endings.push(() => this.stop());
  }

  /** Waits until `event` has been noted `n` times. */
  async until(event: string, n = 1): Promise<void> {
    while (this.events.filter((noted) => noted === event).length < n)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }
}

async function publisherOf(device: FakeDevice, url = broker.url): Promise<FakePublisher> {
  const publisher = await FakePublisher.connect(url, device);
  endings.push(() => publisher.close());
  return publisher;
}

test("an encrypted clip crosses the broker, is saved, and the device hears that it has arrived", async () => {
  const device = newDevice();
  const publisher = await publisherOf(device);
  const anna = new Running(device);
  await anna.until("connected 5");
  const sent = await device.disclose(randomBytes(300_000), { keys: [key] });

  await publisher.send(sent.messages);
  const ack = await publisher.hears("arrived");

  expect(ack).toEqual({ v: 1, type: "arrived", clip: sent.clip, sha256: sha256(sent.sent) });
  expect(readFileSync(join(anna.out, `${sent.clip}.mp4`)).equals(sent.media)).toBe(true);
  expect(anna.saved.map(({ id }) => id)).toEqual([sent.clip]);
});

test("a receiver that starts late says hello and is sent what was pending", async () => {
  const device = newDevice();
  const publisher = await publisherOf(device);
  const sent = await device.disclose(randomBytes(50_000), { keys: [key], partBytes: 5_000 });
  publisher.pending(sent);

  const anna = new Running(device);
  await anna.until(`saved ${sent.clip}`);
  await publisher.hears("arrived");

  expect(publisher.heard.map(({ type }) => type)).toEqual(["hello", "arrived"]);
});

test("a receiver asks every ten minutes what is pending: a broker may lose what it has acknowledged", async () => {
  const device = newDevice();
  const publisher = await publisherOf(device);
  const anna = new Running(device);
  await anna.until("connected 5");
  await publisher.hears("hello");
  const lost = await device.disclose(randomBytes(1_000));
  publisher.pending(lost);

  await anna.clock.advance(minutes(10));
  await publisher.hears("hello", 2);

  await anna.until(`saved ${lost.clip}`);
  await publisher.hears("arrived");
});

test("a lost part is asked for after twenty quiet seconds, and only that part", async () => {
  const device = newDevice();
  const publisher = await publisherOf(device);
  const anna = new Running(device);
  await publisher.hears("hello");
  const sent = await device.disclose(randomBytes(10_000), { partBytes: 1_000 });

  const ring = {
    suffix: "event/ring",
    payload: Buffer.from('{"v":1,"event_type":"ring","at":"2026-11-22T12:00:00Z"}'),
  };
  await publisher.send([...sent.messages.filter(({ suffix }) => !suffix.endsWith("part/7")), ring]);
  await anna.until("event ring");
  publisher.pending(sent);
  await anna.clock.advance(seconds(19));
  const early = publisher.heard.length;
  await anna.clock.advance(seconds(2));
  const asked = await publisher.hears("missing");
  await anna.until(`saved ${sent.clip}`);

  expect(early).toBe(1);
  expect(asked).toEqual({ v: 1, type: "missing", clip: sent.clip, parts: [7] });
});

test("what is sent while the receiver is away is kept by the broker and saved when it comes back", async () => {
  const device = newDevice();
  const publisher = await publisherOf(device);
  const before = new Running(device);
  await publisher.hears("hello");
  await before.stop();
  const sent = await device.disclose(randomBytes(20_000), { keys: [key] });
  await publisher.send(sent.messages);

  const after = new Running(device, { out: before.out });
  await after.until(`saved ${sent.clip}`);

  expect(readFileSync(join(after.out, `${sent.clip}.mp4`)).equals(sent.media)).toBe(true);
});

test("a receiver outlives its broker and is told what it missed", async () => {
  const own = await startMosquitto();
  endings.push(() => own.stop());
  const device = newDevice();
  const anna = new Running(device, { url: own.url });
  await anna.until("connected 5");

  await own.kill();
  await anna.until("disconnected");
  await own.launch();
  const publisher = await publisherOf(device, own.url);
  const sent = await device.disclose(randomBytes(1_000));
  publisher.pending(sent);
  await anna.clock.advance(seconds(2));
  await anna.until(`saved ${sent.clip}`);

  expect(anna.events.filter((event) => event === "connected 5")).toHaveLength(2);
});

test("what the device did not hear it is told again when it comes back, even after a restart of the receiver", async () => {
  const device = newDevice();
  const away = await FakePublisher.connect(broker.url, device);
  const before = new Running(device);
  await away.hears("hello");
  const sent = await device.disclose(randomBytes(1_000));
  await away.send(sent.messages.slice(0, -1));
  away.close();
  // The last message comes from somebody who does not listen: nobody is subscribed to ack.
  const deaf = spawn("mosquitto_pub", [
    "-p",
    String(broker.port),
    "-q",
    "1",
    "-s",
    "-t",
    `doorstep/${device.name}/anna/clip/${sent.clip}/manifest`,
  ]);
  deaf.stdin.end(sent.messages.at(-1)!.payload);
  await once(deaf, "exit");
  await before.until(`saved ${sent.clip}`);
  await before.stop();

  const publisher = await publisherOf(device);
  const after = new Running(device, { out: before.out });
  await after.until("connected 5");
  const ack = await publisher.hears("arrived");
  await publisher.status("online");
  await publisher.hears("hello", 2);

  expect(ack).toEqual({ v: 1, type: "arrived", clip: sent.clip, sha256: sha256(sent.sent) });
});

test("the key announced first is trusted, a second one raises the alarm and what it signs is not saved", async () => {
  const device = newDevice();
  const impostor = new FakeDevice(device.name);
  const publisher = await publisherOf(device);
  await publisher.send([device.info], true);
  const anna = new Running(device, { trust: "first" });
  await anna.until("trusted");

  await publisher.send([impostor.info], true);
  await anna.until("alarm DEVICE_KEY_CHANGED");
  await publisher.send((await impostor.disclose(randomBytes(100))).messages);
  await anna.until("refused RECEIPT_SIGNATURE_WRONG");

  expect(anna.saved).toEqual([]);
});

test("a broker that speaks only MQTT 3.1.1 is served just as well", async () => {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(async () => {
    await new Promise<void>((resolve) => aedes.close(resolve));
    server.close();
  });
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const device = newDevice();
  const publisher = await publisherOf(device, url);
  const anna = new Running(device, { url });
  await anna.until("disconnected");
  await anna.clock.advance(seconds(2));
  await publisher.hears("hello");
  const sent = await device.disclose(randomBytes(200_000), { keys: [key] });

  await publisher.send(sent.messages);
  await publisher.hears("arrived");

  expect(anna.events).toContain("connected 4");
  expect(anna.saved.map(({ id }) => id)).toEqual([sent.clip]);
});

test("a broker that is not there is given up after half a minute, with a code that says so", async () => {
  const anna = new Running(newDevice(), { url: "mqtt://127.0.0.1:1" });
  for (let attempt = 1; attempt <= 6; attempt++) {
    await Promise.race([anna.until("disconnected", attempt), anna.ended]);
    await anna.clock.advance(seconds(20));
  }

  const error = await anna.ended;

  expect(error).toBeInstanceOf(AgentError);
  expect((error as AgentError).code).toBe("BROKER_NOT_REACHED");
});

test("a broker that refuses the password is not tried again and again", async () => {
  const own = await startMosquitto({
    listener: "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {dir}/passwd",
    files: { passwd: "" },
  });
  endings.push(() => own.stop());

  const error = await new Running(newDevice(), { url: own.url, username: "anna", password: "wrong" }).ended;

  expect((error as AgentError).code).toBe("RECEIVER_NOT_ADMITTED");
});

test("an out folder that cannot be written ends the receiver, and the broker keeps the clip", async () => {
  const device = newDevice();
  const publisher = await publisherOf(device);
  const out = temporary();
  const before = new Running(device, { out });
  await publisher.hears("hello");
  rmSync(join(out, ".partial"), { recursive: true });
  writeFileSync(join(out, ".partial"), "a file where a folder should be");
  const sent = await device.disclose(randomBytes(1_000));
  await publisher.send(sent.messages);
  const error = await before.ended;

  rmSync(join(out, ".partial"));
  const after = new Running(device, { out });
  await after.until(`saved ${sent.clip}`);

  expect((error as AgentError).code).toBe("OUT_NOT_WRITABLE");
});

test("a second receiver on the same folder does not start, instead of the two fighting for ever", async () => {
  const device = newDevice();
  const first = new Running(device);
  await first.until("connected 5");

  const second = await new Running(device, { out: first.out }).ended;
  await first.stop();
  const third = new Running(device, { out: first.out });
  await third.until("connected 5");

  expect((second as AgentError).code).toBe("RECEIVER_RUNS_TWICE");
  expect(first.events).toEqual(["connected 5"]);
});

test("anybody can collect an encrypted clip with mosquitto_sub and age alone", async () => {
  const device = newDevice();
  const publisher = await publisherOf(device);
  const folder = temporary();
  writeFileSync(join(folder, "key.txt"), `${identity}\n`);
  const collecting = spawn(
    "sh",
    [
      "-c",
      `mosquitto_sub -p ${broker.port} -q 1 -t 'doorstep/${device.name}/anna/clip/+/data' -C 1 -N | age -d -i key.txt > clip.mp4`,
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  const finished = once(collecting, "exit");
  const sent = await device.disclose(randomBytes(100_000), { keys: [key] });

  // mosquitto_sub says nothing when it is ready: send until it has had one.
  while (collecting.exitCode === null) await publisher.send(sent.messages);

  expect((await finished)[0]).toBe(0);
  expect(readFileSync(join(folder, "clip.mp4")).equals(sent.media)).toBe(true);
});

test("over TLS the broker's certificate is checked, and there is no way round it", async () => {
  const folder = temporary();
  const openssl = (...args: string[]): Buffer =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ed25519",
    "-nodes",
    "-keyout",
    "key.pem",
    "-out",
    "cert.pem",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=IP:127.0.0.1",
  );
  const own = await startMosquitto({
    listener: "listener {port} 127.0.0.1\nallow_anonymous true\ncertfile {dir}/cert.pem\nkeyfile {dir}/key.pem",
    files: { "cert.pem": readFileSync(join(folder, "cert.pem")), "key.pem": readFileSync(join(folder, "key.pem")) },
  });
  endings.push(() => own.stop());
  const url = own.url.replace("mqtt:", "mqtts:");
  const ca = readFileSync(join(folder, "cert.pem"), "utf8");

  const trusting = new Running(newDevice(), { url, ca });
  await trusting.until("connected 5");
  const wary = new Running(newDevice(), { url, reachWithin: seconds(0) });

  expect(((await wary.ended) as AgentError).code).toBe("BROKER_NOT_REACHED");
});
