// The recorder's composition root: the process that sees. Chooses the drivers, puts the rooms together, and has no network.
import { writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { monotonicFactory } from "ulid";
import type { Config } from "../config/config.ts";
import type { Clock } from "../drivers/clock/clock.ts";
import { SystemClock } from "../drivers/clock/system.ts";
import { AssumedClock, type ClockTrust } from "../drivers/clock-trust/clock-trust.ts";
import { NtpClock } from "../drivers/clock-trust/ntp.ts";
import { FfmpegLuma } from "../drivers/luma/ffmpeg.ts";
import { FfmpegPictureDecoder } from "../drivers/picture/ffmpeg.ts";
import { askWorker } from "../drivers/process/worker.ts";
import { NoServiceManager, type ServiceManager } from "../drivers/service-manager/service-manager.ts";
import { Systemd } from "../drivers/service-manager/systemd.ts";
import { DriverError, type DriverErrorCode } from "../drivers/error.ts";
import { sealFile } from "./consent/seal.ts";
import { AgentError, type AgentErrorCode } from "./error.ts";
import { jsonLog } from "./log.ts";
import type { PictureAnswer, PictureTask } from "./picture-worker.ts";
import { hardwareOf, witnessOf } from "./recorder-hardware.ts";
import { RecorderHouse } from "./recorder-house.ts";
import { SpoolWriter } from "./spool/writer.ts";
import { statePaths } from "./state-directory.ts";
import { keysToShow } from "./vault/storyboard.ts";
import type { StoryboardOptions } from "./vault/storyboard-queue.ts";

export interface RecorderOptions {
  readonly configFile: string;
  readonly stateDirectory: string;
  readonly version: string;
  /** Aborts when the process is asked to end. */
  readonly stop: AbortSignal;
}

/** Runs until `stop`. @throws AgentError with whatever kept it from starting. */
export async function runRecorder({ configFile, stateDirectory, version, stop }: RecorderOptions): Promise<void> {
  const clock = new SystemClock();
  const log = jsonLog("recorder", clock, (line) => writeSync(2, line));
  const paths = statePaths(stateDirectory);
  const ulid = monotonicFactory();
  const house = new RecorderHouse({
    clock,
    paths,
    configFile,
    version,
    ids: () => ulid(clock.wall()).toLowerCase(),
    hardware: (config) =>
      hardwareOf({
        ...{ config, clock, environment: process.env },
        onChoice: (choice) => log.info({ ...choice }, "a line has got its driver"),
        onUncounted: (gpio) =>
          log.warn({ gpio }, "the kernel does not count this line's edges: of three while we are busy, one is seen"),
        // systemd's: in memory, and ours alone.
        runtimeDirectory: process.env["RUNTIME_DIRECTORY"] ?? tmpdir(),
      }),
    masks: (config) => witnessOf(config, clock),
    trust: (config) => trustOf(config, clock),
    studio,
    pictures: new FfmpegPictureDecoder(clock),
    luma: new FfmpegLuma(clock),
    spool: new SpoolWriter(paths.spool),
    seal: sealFile,
    stripAudio: async (...about) => (await import("./capture/strip-audio.ts")).stripAudio(...about),
    log,
  });
  const manager = serviceManager();
  await house.start();
  try {
    await manager.ready(house.line());
    log.info({ state: stateDirectory }, "the recorder is up");
    await feedWatchdog(manager, house, clock, stop);
  } finally {
    await house.stop();
    log.info({}, "the recorder has stopped");
  }
}

/** Says every few seconds how things stand; the watchdog is fed only while camera and event loop are healthy. */
async function feedWatchdog(
  manager: ServiceManager,
  house: RecorderHouse,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  if (!manager.watchdog) {
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve, { once: true }));
    return;
  }
  while (!stop.aborted) {
    if (house.healthy()) await manager.alive();
    await manager.status(house.line());
    await clock.sleep(manager.watchdog, stop).catch(() => {});
  }
}

/** Pictures are made in a process of their own: see picture-worker.ts. */
const studio: StoryboardOptions["studio"] = async (path, facts, signal) => {
  const task: PictureTask = { keys: await keysToShow(path, facts), facts };
  const answer = (await askWorker(new URL("./picture-worker.ts", import.meta.url), task, signal)) as PictureAnswer;
  if ("pictures" in answer) return answer.pictures;
  const { from, code, detail } = answer.error;
  if (from === "driver") throw new DriverError(code as DriverErrorCode, detail);
  throw new AgentError(from === "agent" ? (code as AgentErrorCode) : "STORYBOARD_FAILED", detail);
};

function serviceManager(): ServiceManager {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog } = process.env;
  if (!socket) return new NoServiceManager();
  return new Systemd({ socket, ...(watchdog && { watchdogMicroseconds: Number(watchdog) }) });
}

function trustOf(config: Config, clock: Clock): ClockTrust {
  return config.device.clock === "assume" ? new AssumedClock() : new NtpClock({ clock });
}
