// A gate with a real ledger, a real spool and real files, on a simulated clock: everything but camera and network.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Config, Recipient } from "../../../config/config.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import type { WallTime } from "../../../drivers/clock/clock.ts";
import { Gate } from "../../../agent/consent/gate.ts";
import type { GateParts } from "../../../agent/consent/ports.ts";
import { sealFile } from "../../../agent/consent/seal.ts";
import { stripAudio } from "../../../agent/capture/strip-audio.ts";
import type { Entry, EntryType } from "../../../agent/ledger/entry.ts";
import { Ledger } from "../../../agent/ledger/ledger.ts";
import type { EventDisclosure, MediaDisclosure, PictureKind, SpoolFolder } from "../../../agent/spool/disclosure.ts";
import type { RecorderToPublisher } from "../../../agent/spool/door.ts";
import { SpoolWriter } from "../../../agent/spool/writer.ts";
import type { Clip } from "../../../agent/vault/clip.ts";

export const START = "2026-11-22T12:00:00Z";

export const recipient = (name: string, some: Partial<Recipient> = {}): Recipient => ({
  name,
  clips: "ask",
  stills: "never",
  previews: "never",
  events: "never",
  audio: false,
  toldOfAsks: false,
  toldOfState: false,
  homeAssistant: false,
  encryption: { kind: "plain" },
  triggers: "all",
  zones: "all",
  hours: "always",
  until: "forever",
  maxPerDay: "unlimited",
  ...some,
});

/** A configuration as far as consent reads one. */
export const config = (recipients: readonly Recipient[], some: Partial<Config> = {}): Config =>
  ({
    device: { name: "porch", timezone: "Europe/Paris", clock: "assume" },
    sharing: { enabled: true },
    recipients,
    approvals: { channels: ["page", "cli"], askExpiresMs: 72 * 3_600_000 },
    requests: { accept: false },
    zones: [],
    lines: {},
    ...some,
  }) as Config;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export class Rig {
  readonly folder: string;
  readonly clock: SimulatedClock;
  readonly said: RecorderToPublisher[] = [];
  readonly alarms: string[] = [];
  readonly clips = new Map<string, Clip>();
  trusted = true;
  config: Config;
  ledger: Ledger;
  gate: Gate;
  #made = 0;

  constructor(first: Config, folder?: string, some: Partial<GateParts> = {}) {
    this.folder = folder ?? mkdtempSync(join(tmpdir(), "doorstep-consent-"));
    this.clock = new SimulatedClock(START);
    this.config = first;
    mkdirSync(join(this.folder, "clips"), { recursive: true });
    this.ledger = this.#openLedger();
    this.gate = this.#openGate(some);
    onTestFinished(async () => {
      await this.gate.stop();
      if (this.ledger.database.open) this.ledger.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  #openLedger(): Ledger {
    return Ledger.open({
      file: join(this.folder, "ledger", "ledger.db"),
      keyFile: join(this.folder, "keys", "ledger.ed25519"),
      device: "porch",
      clock: this.clock,
      clockTrusted: () => this.trusted,
    });
  }

  #openGate(some: Partial<GateParts>): Gate {
    return new Gate({
      config: this.config,
      ledger: this.ledger,
      spool: new SpoolWriter(join(this.folder, "out")),
      clips: {
        find: (id) => this.clips.get(id),
        file: (id) => join(this.folder, "clips", `${id}.mp4`),
        picture: (id, kind) => this.#picture(id, kind),
      },
      door: { send: (message) => void this.said.push(message) },
      seal: sealFile,
      stripAudio,
      clock: this.clock,
      clockTrusted: () => this.trusted,
      deviceKey: "a".repeat(43) + "=",
      alarm: (code, detail) => void this.alarms.push(`${code}: ${detail}`),
      ...some,
    });
  }

  #picture(id: string, kind: PictureKind): string | undefined {
    const file = join(this.folder, "clips", `${id}.${kind}`);
    return statSync(file, { throwIfNoEntry: false }) ? file : undefined;
  }

  /** What a power cut and a restart do: new objects over the same state directory. */
  async restart(some: Partial<GateParts> = {}): Promise<void> {
    await this.gate.stop();
    if (this.ledger.database.open) this.ledger.close();
    this.ledger = this.#openLedger();
    this.gate = this.#openGate(some);
    await this.gate.start();
  }

  /** Writes a recording into the vault and its line into the ledger, as capture does. */
  clip(some: Partial<Clip> = {}, bytes: Uint8Array = Buffer.alloc(5000, this.#made + 1)): Clip {
    const id = `01${String(++this.#made).padStart(24, "0")}`;
    const made: Clip = {
      id,
      state: "ready",
      startedAt: this.clock.wall(),
      clockTrusted: true,
      durationMs: 12_500,
      preRollMs: 5000,
      bytes: bytes.length,
      sha256: sha256(bytes),
      width: 1280,
      height: 720,
      hasAudio: false,
      triggers: ["pir"],
      zones: "unknown",
      pinned: false,
      objected: false,
      ...some,
    };
    writeFileSync(join(this.folder, "clips", `${id}.mp4`), bytes);
    this.clips.set(id, made);
    this.ledger.append("clip.ready", id, {
      sha256: made.sha256,
      bytes: made.bytes,
      duration_s: made.durationMs / 1000,
      started: new Date(made.startedAt).toISOString(),
      clock_trusted: made.clockTrusted,
      triggers: made.triggers,
      zones: made.zones,
      audio: made.hasAudio,
      objected: made.objected,
    });
    return made;
  }

  still(clip: Clip, bytes: Uint8Array = Buffer.alloc(900, 0x4a)): void {
    writeFileSync(join(this.folder, "clips", `${clip.id}.still`), bytes);
  }

  preview(clip: Clip, bytes: Uint8Array = Buffer.alloc(9_000, 0x57)): void {
    writeFileSync(join(this.folder, "clips", `${clip.id}.preview`), bytes);
  }

  async change(recipients: readonly Recipient[], some: Partial<Config> = {}): Promise<void> {
    this.config = config(recipients, some);
    await this.gate.policyChanged(this.config);
  }

  /** Names in a folder of the door; info and checkpoints, which every recipient has, are left out unless asked for. */
  names(folder: SpoolFolder): string[] {
    return readdirSync(join(this.folder, "out", folder)).sort();
  }

  /** Clips, stills and previews that stand in a folder, with their documents. */
  media(folder: SpoolFolder = "new"): (MediaDisclosure & { readonly files: readonly string[] })[] {
    return this.names(folder)
      .filter((name) => !name.endsWith(".json"))
      .map((name) => ({
        ...(JSON.parse(
          readFileSync(join(this.folder, "out", folder, name, "disclosure.json"), "utf8"),
        ) as MediaDisclosure),
        files: readdirSync(join(this.folder, "out", folder, name)).sort(),
      }));
  }

  /** Small messages that stand in new/, as "recipient topic payload"; info and checkpoint are left out. */
  events(): string[] {
    return this.names("new")
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(this.folder, "out", "new", name), "utf8")) as EventDisclosure)
      .filter(({ topic, payload }) => (topic !== "info" && topic !== "checkpoint") || payload === "")
      .map(({ recipient, topic, payload }) => `${recipient} ${topic} ${kindOf(payload)}`);
  }

  entries<T extends EntryType>(type: T): Entry<T>[] {
    return this.ledger.entries({ type, limit: 1000 });
  }

  /** Where the clip stands, as "anna asks". */
  shares(clip: Clip): string[] {
    return this.gate
      .shares(clip.id)
      .map(({ recipient, state, kind }) => `${recipient} ${state}${kind === "clip" ? "" : ` (${kind})`}`);
  }

  wall(): WallTime {
    return this.clock.wall();
  }

  /** The last message of one type that the publisher was told. */
  last<T extends RecorderToPublisher["type"]>(type: T): Extract<RecorderToPublisher, { type: T }> | undefined {
    return this.said.findLast((message): message is Extract<RecorderToPublisher, { type: T }> => message.type === type);
  }
}

function kindOf(payload: string): string {
  if (payload.startsWith("-----BEGIN AGE")) return "sealed";
  return payload.startsWith("{") ? (JSON.parse(payload) as { event_type?: string }).event_type! : payload || "(empty)";
}

/** A gate that has been started. */
export async function opened(first: Config, some: Partial<GateParts> = {}): Promise<Rig> {
  const rig = new Rig(first, undefined, some);
  await rig.gate.start();
  return rig;
}
