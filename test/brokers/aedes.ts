// aedes, the broker of the demo, as a process of its own with the users of the guide.
import { readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../mosquitto.ts";
import { BrokerProcess, launchOwn, type Make } from "./broker.ts";

const PROGRAM = new URL("aedes-process.ts", import.meta.url).pathname;
const MANIFEST = new URL("../../node_modules/aedes/package.json", import.meta.url);

export const aedes: Make = {
  debian: "none, but npm's aedes",
  version: () => (JSON.parse(readFileSync(MANIFEST, "utf8")) as { version: string }).version,
  start: async () => {
    const port = await freePort();
    const broker = new BrokerProcess(port, await mkdtemp(join(tmpdir(), "doorstep-aedes-")), () => ({
      child: launchOwn(process.execPath, [PROGRAM, String(port)]),
      ready: /listening/,
    }));
    await broker.launch();
    return broker;
  },
};
