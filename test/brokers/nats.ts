// nats-server with JetStream and MQTT, by the configuration of the guide.
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../mosquitto.ts";
import { BrokerProcess, launchOwn, type Make, versionOf } from "./broker.ts";

const EXAMPLE = new URL("../../docs/guide/nats/nats-server.conf", import.meta.url);

export const nats: Make = {
  debian: "nats-server",
  version: () => versionOf("nats-server", ["--version"], /v(\d\S*)/),
  start: async () => {
    const dir = await mkdtemp(join(tmpdir(), "doorstep-nats-"));
    const port = await freePort();
    const config = (await readFile(EXAMPLE, "utf8"))
      .replace("127.0.0.1:4222", "127.0.0.1:-1")
      .replace("0.0.0.0:1883", `127.0.0.1:${port}`)
      .replace("/var/lib/nats", dir);
    await writeFile(join(dir, "nats-server.conf"), config);
    const broker = new BrokerProcess(port, dir, () => ({
      child: launchOwn("nats-server", ["-c", join(dir, "nats-server.conf")]),
      ready: /Server is ready/,
    }));
    await broker.launch();
    return broker;
  },
};
