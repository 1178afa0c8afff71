// The recorder asks its publisher whether the broker lets this device speak and be heard: `doorstep doctor` says the answer.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Gate } from "../../agent/consent/gate.ts";
import { DoorKeeper } from "../../agent/door-keeper.ts";
import { runPublisher } from "../../agent/publisher.ts";
import type { Config } from "../../config/config.ts";
import { mosquitto } from "../brokers/mosquitto.ts";

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

/** A door with no gate but one that opens it, in a state directory of its own. */
async function door(config: object): Promise<{ keeper: DoorKeeper; root: string; connected: Promise<void> }> {
  const root = mkdtempSync(join(tmpdir(), "doorstep-door-"));
  const connected = Promise.withResolvers<void>();
  const keeper: DoorKeeper = new DoorKeeper({
    path: join(root, "door.sock"),
    version: "1.0.0",
    groupOf: root,
    gate: () =>
      ({
        publisherConnected: () => keeper.send({ type: "open" }),
        brokerConnected: async () => connected.resolve(),
      }) as unknown as Gate,
    config: () =>
      ({ recipients: [], approvals: { channels: [] }, requests: { accept: false }, ...config }) as unknown as Config,
    onInbound: async () => {},
    onBroker: () => {},
    onFault: (error) => connected.reject(error),
  });
  await keeper.start();
  endings.push(
    () => rmSync(root, { recursive: true }),
    () => keeper.stop(),
  );
  return { keeper, root, connected: connected.promise };
}

test.each([
  ["porch", "ok"],
  ["shed", "the broker refused the message (PUBACK 0x87)"],
])("a device called %s, let in as porch, is told: %s", async (name, outcome) => {
  const broker = await mosquitto().start();
  endings.push(async () => broker[Symbol.asyncDispose]());
  const mqtt = { url: `mqtt://127.0.0.1:${broker.port}`, username: "porch", discoveryPrefix: "homeassistant" };
  const { keeper, root, connected } = await door({ device: { name }, mqtt: { ...mqtt, passwordFile: "/nowhere" } });
  writeFileSync(join(root, "mqtt-password"), "secret");
  const stop = new AbortController();
  const running = runPublisher({
    stateDirectory: root,
    version: "test",
    credentialsDirectory: root,
    logLevel: "silent",
    stop: stop.signal,
  });
  endings.push(async () => {
    stop.abort();
    await running;
  });
  await connected;
  expect(await keeper.selfTest()).toBe(outcome);
});

test("without a publisher nobody is kept waiting", async () => {
  const { keeper } = await door({ device: { name: "porch" } });
  expect(await keeper.selfTest()).toBe("no publisher is connected");
});
