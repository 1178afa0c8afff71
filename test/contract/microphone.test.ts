// Every microphone that runs on any machine under its contract: the simulated one, and arecord's driver on a program that pretends.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { SystemClock } from "../../drivers/clock/system.ts";
import { AacMicrophone } from "../../drivers/microphone/aac.ts";
import { Arecord } from "../../drivers/microphone/arecord.ts";
import { SimulatedPcm } from "../../drivers/microphone/simulated.ts";
import { microphoneContract } from "./microphone.ts";

const clock = new SystemClock();
const skip = spawnSync("ffmpeg", ["-version"]).error ? "no ffmpeg" : undefined;

const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** A quiet room, a tenth of a second at a time. */
const program = join(folder, "arecord");
writeFileSync(program, "#!/bin/sh\nwhile :; do head -c 9600 /dev/zero; sleep 0.1; done\n");
chmodSync(program, 0o755);

microphoneContract("a simulated microphone", () => new AacMicrophone(new SimulatedPcm(clock), clock), skip);
microphoneContract(
  "a sound card through arecord",
  () => new AacMicrophone(new Arecord({ device: "default", program }, clock), clock),
  skip,
);
