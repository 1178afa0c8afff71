// A gate in a process of its own that pulls its own plug. argv: folder, and at which of its steps (0-based; -1 for never).
// Prints the name of every step it passes, so that the parent knows how many there are.
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Gate } from "../../../agent/consent/gate.ts";
import type { Spool } from "../../../agent/consent/ports.ts";
import { sealFile } from "../../../agent/consent/seal.ts";
import { stripAudio } from "../../../agent/capture/strip-audio.ts";
import { Ledger } from "../../../agent/ledger/ledger.ts";
import { SpoolWriter } from "../../../agent/spool/writer.ts";
import type { Clip } from "../../../agent/vault/clip.ts";
import type { Config } from "../../../config/config.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

const [folder, last] = [process.argv[2]!, Number(process.argv[3])];
const { config, clips } = JSON.parse(readFileSync(join(folder, "story.json"), "utf8")) as {
  config: Config;
  clips: readonly Clip[];
};

let passed = 0;
function step(name: string): void {
  // Synchronous: what is written is out before the plug is pulled.
  writeSync(1, `${name}\n`);
  if (passed++ === last) process.kill(process.pid, "SIGKILL");
}

const clock = new SimulatedClock("2026-11-22T12:00:05Z");
const ledger = Ledger.open({
  file: join(folder, "ledger", "ledger.db"),
  keyFile: join(folder, "keys", "ledger.ed25519"),
  device: "porch",
  clock,
});

/** What the spool has just done is a step, too; looking is not. */
const spool = new Proxy<Spool>(new SpoolWriter(join(folder, "out")), {
  get(target, key: keyof Spool) {
    const member = target[key];
    if (typeof member !== "function" || key === "list" || key === "prepare")
      return typeof member === "function" ? member.bind(target) : member;
    return async (...given: never[]) => {
      const result = await (member as (...all: never[]) => Promise<unknown>).apply(target, given);
      step(`spool ${key}`);
      return result;
    };
  },
});

const gate = new Gate({
  config,
  ledger,
  spool,
  clips: {
    find: (id) => clips.find((clip) => clip.id === id),
    file: (id) => join(folder, "clips", `${id}.mp4`),
    picture: () => undefined,
  },
  door: { send: () => {} },
  seal: sealFile,
  stripAudio,
  clock,
  clockTrusted: () => true,
  deviceKey: "a".repeat(43) + "=",
  step,
});

await gate.start();
const [visit, other] = [clips[0]!, clips[1]!];
await gate.consider(visit);
await gate.answer(visit.id, "ben", "approved", "cli");
writeSync(1, "approved\n");
await gate.considerEvent({
  kind: "ring",
  at: clock.wall(),
  clockTrusted: true,
  triggers: ["button"],
  zones: "unknown",
});
await gate.consider(other);
await gate.answer(other.id, "anna", "withdrawn", "cli");
writeSync(1, "withdrawn\n");
await gate.stop();
ledger.close();
