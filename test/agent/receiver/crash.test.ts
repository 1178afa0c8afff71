// A receiver whose power fails again and again, each time a little later in what it writes.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import type { ReceiveOptions } from "../../../agent/cli/receive.ts";
import { startMosquitto } from "../../mosquitto.ts";
import { FakeDevice } from "./fake-device.ts";
import { FakePublisher } from "./fake-publisher.ts";

const PROGRAM = new URL("receive-process.ts", import.meta.url).pathname;
const NOT_AFTER = "2099-01-01T00:00:00.000Z";

test(
  "a receiver killed at any step of its writing loses no clip and never leaves a false one",
  { timeout: 120_000 },
  async () => {
    const broker = await startMosquitto();
    const folder = mkdtempSync(join(tmpdir(), "doorstep-crash-"));
    const out = join(folder, "clips");
    mkdirSync(out);
    const device = new FakeDevice();
    const publisher = await FakePublisher.connect(broker.url, device);
    const identity = await generateX25519Identity();
    const keys = [await identityToRecipient(identity)];
    writeFileSync(join(folder, "anna.key"), `${identity}\n`);
    writeFileSync(join(folder, "porch.pub"), `${device.key.publicKey.base64}\n`);
    const options: ReceiveOptions = {
      url: broker.url,
      device: "porch",
      as: "anna",
      out,
      identity: join(folder, "anna.key"),
      trust: join(folder, "porch.pub"),
    };
    const clips = [
      await device.disclose(randomBytes(40_000), { keys, notAfter: NOT_AFTER, partBytes: 10_000 }),
      await device.disclose(randomBytes(40_000), { keys, notAfter: NOT_AFTER }),
      await device.disclose(randomBytes(40_000), { notAfter: NOT_AFTER, partBytes: 15_000 }),
    ];
    for (const clip of clips) publisher.pending(clip);
    const arrived = (clip: string): boolean =>
      publisher.heard.some((ack) => ack.type === "arrived" && ack.clip === clip);
    let kills = 0;

    try {
      for (let step = 1; !clips.every(({ clip }) => arrived(clip)); step += 4) {
        const receiver = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: "inherit" });
        const gone = once(receiver, "exit");
        let events = 0;
        const watcher = watch(out, { recursive: true }, () => {
          if (++events === step) receiver.kill("SIGKILL");
        });
        const done = (async () => {
          while (!clips.every(({ clip }) => arrived(clip)))
            await publisher.hears("arrived", publisher.heard.filter(({ type }) => type === "arrived").length + 1);
        })();
        await Promise.race([gone, done]);
        watcher.close();
        if (receiver.signalCode === "SIGKILL") kills++;
        receiver.kill("SIGKILL");
        await gone;

        for (const { clip, media } of clips) {
          const file = join(out, `${clip}.mp4`);
          if (existsSync(file)) expect(readFileSync(file).equals(media)).toBe(true);
        }
      }

      expect(kills).toBeGreaterThan(3);
      expect(
        readdirSync(out)
          .filter((name) => name.endsWith(".mp4"))
          .sort(),
      ).toEqual(clips.map(({ clip }) => `${clip}.mp4`).sort());
      for (const { clip, receipt } of clips)
        expect(readFileSync(join(out, `${clip}.receipt.jws`), "utf8").trim()).toBe(receipt);
    } finally {
      publisher.close();
      await broker.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
