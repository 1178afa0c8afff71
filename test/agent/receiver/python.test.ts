// docs/guide/receive.py, written from the specification alone, against the same device as our own receiver.
import { spawn, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { beforeAll, expect, test } from "vitest";
import { mosquitto } from "../../brokers/mosquitto.ts";
import { FakeDevice, sha256 } from "./fake-device.ts";
import { FakePublisher } from "./fake-publisher.ts";

const PROGRAM = new URL("../../../docs/guide/receive.py", import.meta.url).pathname;
const NOT_AFTER = "2099-01-01T00:00:00.000Z";

beforeAll(() => {
  try {
    execFileSync("/usr/bin/python3", ["-c", "import paho.mqtt, cryptography"]);
  } catch {
    throw new Error("this test needs Debian's python3-paho-mqtt and python3-cryptography: apt-get install them");
  }
});

test.each([4, 5] as const)(
  "the guide's Python receiver, at the guide's broker, saves true clips of a device that speaks MQTT %d, and no other",
  async (version) => {
    // It would drop what comes behind a thousand: more than that may be said before the receiver answers.
    const broker = await mosquitto("max_queued_messages 0").start();
    const folder = mkdtempSync(join(tmpdir(), "doorstep-python-"));
    const device = new FakeDevice();
    const identity = await generateX25519Identity();
    const keys = [await identityToRecipient(identity)];
    writeFileSync(join(folder, "key.txt"), `${identity}\n`);
    writeFileSync(join(folder, "porch.pub"), `${device.key.publicKey.base64}\n`);
    writeFileSync(join(folder, "password"), "secret\n");
    const porch = { username: "porch", password: "secret" };
    const publisher = await FakePublisher.connect(`mqtt://127.0.0.1:${broker.port}`, device, porch, version);
    const args = [
      "127.0.0.1",
      String(broker.port),
      "porch",
      "anna",
      join(folder, "password"),
      join(folder, "key.txt"),
      join(folder, "porch.pub"),
      folder,
    ];
    const receiver = spawn("/usr/bin/python3", [PROGRAM, ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    receiver.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    try {
      const small = await device.disclose(randomBytes(100), { notAfter: NOT_AFTER });
      const whole = await device.disclose(randomBytes(200_000), { keys, notAfter: NOT_AFTER });
      const parts = await device.disclose(randomBytes(200_000), { keys, partBytes: 30_000, notAfter: NOT_AFTER });
      const forged = await new FakeDevice().disclose(randomBytes(1_000), { notAfter: NOT_AFTER });
      const foreign = await device.disclose(randomBytes(1_000), { notAfter: NOT_AFTER, claims: { sub: "ben" } });
      const late = await device.disclose(randomBytes(1_000), { notAfter: "2020-01-01T00:00:00.000Z" });
      const other = await device.disclose(randomBytes(1_000), { notAfter: NOT_AFTER });
      const confused = { ...other.manifest, media: { ...other.manifest.media, type: "image/jpeg" } };
      const contradicted = other.messages.map(({ suffix, payload }) =>
        suffix.endsWith("/manifest") ? { suffix, payload: Buffer.from(JSON.stringify(confused)) } : { suffix, payload },
      );
      const second = await device.disclose(randomBytes(1_000), { clip: whole.clip, notAfter: NOT_AFTER });

      // It has no hello to say that it is there: send until it answers.
      while (publisher.heard.length === 0) await publisher.send(small.messages);
      await publisher.send([
        ...whole.messages,
        ...forged.messages,
        ...foreign.messages,
        ...late.messages,
        ...contradicted,
      ]);
      await publisher.send([...second.messages, ...whole.messages, ...parts.messages.toReversed()]);
      const arrived = (clip: string): boolean =>
        publisher.heard.some((ack) => ack.type === "arrived" && ack.clip === clip);
      while (!arrived(parts.clip)) await publisher.hears("arrived", publisher.heard.length + 1);

      const saved = readdirSync(folder).filter((name) => name.endsWith(".mp4"));
      const beside = `${whole.clip}.${sha256(second.receipt).slice(0, 8)}.mp4`;
      expect(saved.sort()).toEqual([...[small, whole, parts].map(({ clip }) => `${clip}.mp4`), beside].sort());
      expect(readFileSync(join(folder, beside)).equals(second.media)).toBe(true);
      for (const { clip, media } of [small, whole, parts])
        expect(readFileSync(join(folder, `${clip}.mp4`)).equals(media)).toBe(true);
      for (const { clip } of [forged, foreign, late, other]) expect(said).toContain(clip);
    } finally {
      const ended = once(receiver, "exit");
      receiver.kill("SIGKILL");
      await ended;
      publisher.close();
      await broker[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
