// The owner's room over a catalogue of so many clips, on its real sockets: for tests and benchmarks of the page and its API.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { AgentClient } from "../agent/cli/agent-client.ts";
import { openBridge, type Bridge } from "../agent/cli/page.ts";
import { stripAudio } from "../agent/capture/strip-audio.ts";
import { Gate } from "../agent/consent/gate.ts";
import { sealFile } from "../agent/consent/seal.ts";
import { Ledger } from "../agent/ledger/ledger.ts";
import type { Status } from "../agent/review/owner.ts";
import { ReviewRoom } from "../agent/review/review-room.ts";
import { SpoolWriter } from "../agent/spool/writer.ts";
import { openDatabase } from "../agent/sqlite.ts";
import { statePaths } from "../agent/state-directory.ts";
import type { VaultRoom } from "../agent/vault-room.ts";
import { Catalogue } from "../agent/vault/catalogue.ts";
import { clipFile, pictureFiles } from "../agent/vault/clip-file.ts";
import { parseConfig } from "../config/parse.ts";
import type { WallTime } from "../drivers/clock/clock.ts";
import { SystemClock } from "../drivers/clock/system.ts";
import { doorstepScene } from "./configs.ts";

const BETWEEN_MS = 4 * 60_000;

/** A catalogue of one clip every four minutes up to `newest`: 360 a day. */
export function filled(file: string, clips: number, newest: WallTime): Catalogue {
  const database = openDatabase(file, new URL("../agent/vault/", import.meta.url));
  const catalogue = new Catalogue(database);
  // One commit for all of them: each by itself would wait for the disk.
  database.exec("begin");
  for (let n = clips - 1; n >= 0; n--) {
    const startedAt = (newest - n * BETWEEN_MS) as WallTime;
    catalogue.add({
      ...{ id: ulid(startedAt).toLowerCase(), state: "ready", startedAt, clockTrusted: true },
      ...{ durationMs: 20_000, preRollMs: 5000, bytes: 5_000_000, width: 1280, height: 720, hasAudio: false },
      ...{ sha256: createHash("sha256").update(String(n)).digest("hex"), triggers: ["pir"], zones: ["path"] },
      ...{ pinned: false, objected: false },
    });
  }
  database.exec("commit");
  return catalogue;
}

const status: Status = {
  device: "porch",
  timezone: "Europe/Paris",
  camera: { state: "on", source: "simulated", detail: "" },
  microphone: { state: "off", detail: "" },
  light: { state: "on", detail: "" },
  recording: { state: "idle" },
  sharing: { state: "enabled", detail: "" },
  broker: { state: "connected", detail: "MQTT 5" },
  clock: { trusted: true, detail: "" },
  config: { file: "/etc/doorstep/doorstep.toml", digest: "", faults: [] },
  clips: { count: 0, bytes: 0, waiting: 0, free: 20e9 },
  alarms: [],
};

/** Call {@link close} whatever happened. */
export class PageStand {
  readonly bridge: Bridge;
  readonly agent: AgentClient;
  readonly catalogue: Catalogue;
  readonly #room: ReviewRoom;
  readonly #ledger: Ledger;
  readonly #folder: string;

  private constructor(parts: {
    bridge: Bridge;
    catalogue: Catalogue;
    room: ReviewRoom;
    ledger: Ledger;
    folder: string;
  }) {
    this.bridge = parts.bridge;
    this.catalogue = parts.catalogue;
    this.#room = parts.room;
    this.#ledger = parts.ledger;
    this.#folder = parts.folder;
    this.agent = new AgentClient(parts.folder);
  }

  static async open(clips: number): Promise<PageStand> {
    const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
    const paths = statePaths(folder);
    const clock = new SystemClock();
    for (const room of [paths.clips, paths.stills, paths.keys]) mkdirSync(room, { recursive: true });
    const catalogue = filled(paths.catalogue, clips, clock.wall());
    const ledger = Ledger.open({
      file: paths.ledger,
      keyFile: join(paths.keys, "ledger.ed25519"),
      device: "porch",
      clock,
    });
    const configFile = join(folder, "doorstep.toml");
    const text = doorstepScene({ broker: "mqtt://127.0.0.1", key: KEY });
    writeFileSync(configFile, text);
    const parsed = parseConfig(text);
    const config = "config" in parsed ? parsed.config : undefined;
    const gate = new Gate({
      ...{ config: config!, ledger, spool: new SpoolWriter(paths.spool), clock, seal: sealFile, stripAudio },
      clips: {
        find: (id) => catalogue.find(id),
        file: (id) => clipFile(paths, id),
        picture: (id, kind) => pictureFiles(paths, id)[kind],
      },
      door: { send: () => {} },
      clockTrusted: () => true,
      deviceKey: ledger.identity().publicKey.base64,
      alarm: () => {},
    });
    const room = new ReviewRoom({
      ...{ clock, paths, version: "0.0.0", configFile, ledger },
      vault: { catalogue } as unknown as VaultRoom,
      pictures: undefined as never,
      policy: () => ({ config, digest: "", faults: [], pendingWidening: [], settled: true, problems: [] }),
      gate: () => gate,
      watch: () => undefined,
      status: () => ({ ...status, clips: { count: clips, bytes: clips * 5_000_000, waiting: 0, free: 20e9 } }),
      selfTest: () => Promise.reject(new TypeError("there is no broker here")),
      verify: () => ledger.verify(),
      accepted: async () => {},
    });
    await room.start();
    return new PageStand({ bridge: await openBridge(folder, 0), catalogue, room, ledger, folder });
  }

  /** A cookie as a browser takes it, of a fresh session. */
  async cookie(): Promise<{ readonly name: string; readonly value: string; readonly url: string }> {
    const { code } = await this.agent.send<{ code: string }>("POST", "/review/code");
    const { address } = this.bridge;
    const response = await fetch(`${address}api/session`, {
      method: "POST",
      headers: { origin: new URL(address).origin, "x-doorstep": "1", "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const [, name, value] = /^(\w+)=([\w-]+)/.exec(response.headers.get("set-cookie") ?? "") ?? [];
    return { name: name!, value: value!, url: address };
  }

  async close(): Promise<void> {
    this.bridge.close();
    await this.#room.stop();
    this.catalogue.close();
    this.#ledger.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
