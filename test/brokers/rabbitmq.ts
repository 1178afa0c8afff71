// RabbitMQ with its MQTT plugin, by the files of the guide; alone, or several of them as one cluster. Its own epmd, too: Erlang's
// directory of nodes would otherwise be started behind our back and stay.
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../mosquitto.ts";
import { type Broker, BrokerProcess, killed, launchOwn, type Make, until, versionOf } from "./broker.ts";

/** Debian's wrapper in /usr/sbin changes to the user rabbitmq and its folders; this is the program behind it. */
const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const GUIDE = new URL("../../docs/guide/rabbitmq/", import.meta.url);

/** Nodes that know each other. `await using` ends them all. */
export class RabbitCluster implements AsyncDisposable {
  readonly nodes: readonly Broker[];
  readonly #dir: string;
  readonly #directory: ChildProcess;

  private constructor(nodes: readonly Broker[], dir: string, directory: ChildProcess) {
    this.nodes = nodes;
    this.#dir = dir;
    this.#directory = directory;
  }

  /**
   * Starts `count` nodes. Before 3.13 one after the other, for each must find those before it; later ones wait for each other.
   * `doorbells` are let in as the guide lets "porch" in.
   */
  static async start(count: number, doorbells: readonly string[] = []): Promise<RabbitCluster> {
    const dir = await mkdtemp(join(tmpdir(), "doorstep-rabbitmq-"));
    const epmdPort = await freePort();
    const epmd = launchOwn("epmd", ["-d", "-port", String(epmdPort), "-address", "127.0.0.1"]);
    const cluster = (nodes: readonly Broker[]): RabbitCluster => new RabbitCluster(nodes, dir, epmd);
    const nodes: Broker[] = [];
    try {
      const fault = await until(epmd, /epmd running/);
      if (fault !== undefined) throw new Error(`epmd did not start:\n${fault}`);
      const names = Array.from({ length: count }, (_, n) => `node${n}@localhost`);
      for (const name of names) {
        const node = await nodeOf(name, { dir, epmdPort, names, doorbells });
        nodes.push(node);
        if (!isModern()) await node.launch();
      }
      if (isModern()) await Promise.all(nodes.map((node) => node.launch()));
    } catch (error) {
      await cluster(nodes)[Symbol.asyncDispose]();
      throw error;
    }
    return cluster(nodes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
    await killed(this.#directory);
    await rm(this.#dir, { recursive: true, force: true });
  }
}

interface Setting {
  readonly dir: string;
  readonly epmdPort: number;
  readonly names: readonly string[];
  readonly doorbells: readonly string[];
}

async function nodeOf(name: string, { dir, epmdPort, names, doorbells }: Setting): Promise<Broker> {
  const own = join(dir, name);
  const [port, peerPort] = [await freePort(), await freePort()];
  await mkdir(own);
  const file = async (file: string, text: string): Promise<string> => {
    await writeFile(join(own, file), text);
    return join(own, file);
  };
  const example = asOf(versionNumber(), await readFile(new URL("rabbitmq.conf", GUIDE), "utf8"));
  const definitions = await file(
    "definitions.json",
    withDoorbells(await readFile(new URL("definitions.json", GUIDE), "utf8"), doorbells),
  );
  const peers = names.map((peer, n) => `cluster_formation.classic_config.nodes.${n + 1} = ${peer}`);
  const config = example
    .replace("= 1883", `= 127.0.0.1:${port}`)
    .replace("/etc/rabbitmq/definitions.json", definitions)
    .concat("log.file = false\nlog.console = true\n")
    .concat(names.length > 1 ? `cluster_formation.peer_discovery_backend = classic_config\n${peers.join("\n")}\n` : "");
  // Queues of readers who are away outlive a node only if the others have them, too.
  const advanced = `[{rabbitmq_mqtt, [{durable_queue_type, ${names.length > 1 ? "quorum" : "classic"}}]}].\n`;
  const env = {
    PATH: process.env["PATH"],
    // The script becomes the broker instead of waiting for it, or what ends the script would leave the broker behind.
    detached: "true",
    // The nodes' shared secret is made there.
    HOME: dir,
    ERL_CRASH_DUMP: join(own, "crash.dump"),
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_CONF_ENV_FILE: await file("env.conf", ""),
    RABBITMQ_NODENAME: name,
    RABBITMQ_CONFIG_FILE: await file("rabbitmq.conf", config),
    RABBITMQ_ADVANCED_CONFIG_FILE: await file("advanced.config", advanced),
    RABBITMQ_ENABLED_PLUGINS_FILE: await file("enabled_plugins", "[rabbitmq_mqtt]."),
    RABBITMQ_MNESIA_BASE: join(own, "mnesia"),
    RABBITMQ_LOG_BASE: join(own, "log"),
    RABBITMQ_DIST_PORT: String(peerPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
  };
  return new BrokerProcess(port, own, () => ({
    child: launchOwn(PROGRAM, [], env),
    ready: /Server startup complete/,
  }));
}

/** The guide's users and rights, with those of "porch" once more for each other doorbell. */
function withDoorbells(guide: string, names: readonly string[]): string {
  if (names.length === 0) return guide;
  const definitions = JSON.parse(guide) as Record<string, readonly Readonly<Record<string, string>>[]>;
  const users = Object.entries(definitions).map(([key, list]) => {
    const porch = list.filter(({ name, user }) => (user ?? name) === "porch");
    const more = names.flatMap((name) => porch.map((one) => ({ ...one, [one["user"] ? "user" : "name"]: name })));
    return [key, [...list, ...more]];
  });
  return JSON.stringify({ ...Object.fromEntries(users), policies: versionNumber() < 4 ? [MIRRORED] : [] });
}

/** As docs/guide/fleet.md has it for RabbitMQ before 4: without this a client cannot come back whose queue was on the node that died. */
const MIRRORED = {
  vhost: "/",
  name: "doorstep",
  pattern: "^mqtt-subscription-",
  "apply-to": "queues",
  definition: { "ha-mode": "all" },
};

/** The guide's configuration as a version reads it: what one knows another refuses. */
const asOf = (version: number, config: string): string =>
  version >= MODERN
    ? config
    : config.replace(/^mqtt\.max_session_expiry.*$/m, "").replace("# mqtt.subscription_ttl", "mqtt.subscription_ttl");

/** 3.013 for 3.13.7. */
function versionNumber(): number {
  const [major = 0, minor = 0] = (rabbitmq.version() ?? "").split(".").map(Number);
  return major + minor / 1000;
}

/** From here on it speaks MQTT 5. */
const MODERN = 3.013;
export const isModern = (): boolean => versionNumber() >= MODERN;

export const rabbitmq: Make = {
  debian: "rabbitmq-server",
  version: () => (existsSync(PROGRAM) ? versionOf("dpkg-query", ["-W", "rabbitmq-server"], /\t([\d.]+)/) : undefined),
  start: async () => {
    const cluster = await RabbitCluster.start(1);
    const [node] = cluster.nodes as [Broker];
    return {
      port: node.port,
      kill: () => node.kill(),
      launch: () => node.launch(),
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    };
  },
};
