// The program's entry: reads arguments and environment, and loads the role that was asked for, never both into one process.
import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import type { Config } from "../config/config.ts";
import { milliseconds, type Duration } from "../drivers/clock/clock.ts";
import { SystemClock } from "../drivers/clock/system.ts";
import type { Light } from "../drivers/light/light.ts";
import type { LumaFile } from "../drivers/luma/luma.ts";
import type { PdfMaker } from "../drivers/pdf/pdf.ts";
import type { PictureDecoder } from "../drivers/picture/picture.ts";
import { guarded } from "./cli/guarded.ts";
import type { Io } from "./cli/io.ts";
import type { RunOptions } from "./cli/run.ts";
import { roleArguments } from "./role-arguments.ts";

const RESTART_FIRST = milliseconds(250);
const RESTART_LAST = milliseconds(30_000);

const clock = new SystemClock();
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort(signal));

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  terminal: process.stdout.isTTY ?? false,
  columns: process.stdout.columns ?? 100,
  defaultState: process.env["DOORSTEP_STATE"] ?? "/var/lib/doorstep",
  /** Asked for only by commands that show times: the tables behind it cost eight megabytes. */
  get timeZone() {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  },
  interrupted: interrupt.signal,
  exit: (code) => {
    process.exitCode = code;
  },
};

const args = process.argv.slice(2);
const role = roleArguments(args, io.defaultState);
if (role) await guarded(io, false, () => launch(role));
else
  await (await import("./cli/program.ts")).run({ io, clock, version, launch, recordings, pictures, pdfs, light }, args);

async function light(config: Config): Promise<Light | undefined> {
  const { lightOf } = await import("./recorder-hardware.ts");
  return lightOf({ config, clock, onChoice: () => {} });
}

async function recordings(): Promise<LumaFile> {
  const { FfmpegLuma } = await import("../drivers/luma/ffmpeg.ts");
  return new FfmpegLuma(clock);
}

async function pictures(): Promise<PictureDecoder> {
  const { FfmpegPictureDecoder } = await import("../drivers/picture/ffmpeg.ts");
  return new FfmpegPictureDecoder(clock);
}

async function pdfs(): Promise<PdfMaker> {
  const { RsvgPdfMaker } = await import("../drivers/pdf/rsvg.ts");
  return new RsvgPdfMaker(clock);
}

async function launch(options: RunOptions): Promise<void> {
  switch (options.role) {
    case "recorder": {
      const { runRecorder } = await import("./recorder.ts");
      return runRecorder({ ...options, version, stop: interrupt.signal });
    }
    case "publisher": {
      const { runPublisher } = await import("./publisher.ts");
      return runPublisher({
        stateDirectory: options.stateDirectory,
        version,
        // systemd's StateDirectory=: the publisher may not write into the recorder's.
        ...(process.env["STATE_DIRECTORY"] && { ownDirectory: process.env["STATE_DIRECTORY"] }),
        ...(process.env["CREDENTIALS_DIRECTORY"] && { credentialsDirectory: process.env["CREDENTIALS_DIRECTORY"] }),
        stop: interrupt.signal,
      });
    }
    case "all":
      return both(options);
  }
}

/** Both roles as children of a process that neither sees nor speaks. A publisher that dies is started again; without a recorder there is nothing. */
async function both({ configFile, stateDirectory }: RunOptions): Promise<void> {
  const start = (role: string): ChildProcess =>
    fork(process.argv[1]!, ["run", "--role", role, "--config", configFile, "--state", stateDirectory], {
      execArgv: process.execArgv,
    });
  const recorder = start("recorder");
  const ended = once(recorder, "exit") as Promise<[code: number | null]>;
  const over = new AbortController();
  const speaking = keepPublisher(() => start("publisher"), over.signal);
  interrupt.signal.addEventListener("abort", () => recorder.kill("SIGTERM"), { once: true });
  const [code] = await ended;
  over.abort();
  await speaking;
  process.exitCode = code ?? 1;
}

async function keepPublisher(start: () => ChildProcess, over: AbortSignal): Promise<void> {
  for (let pause: Duration = RESTART_FIRST; !over.aborted; pause = milliseconds(Math.min(pause * 2, RESTART_LAST))) {
    const startedAt = clock.uptime();
    const publisher = start();
    const stop = (): void => void publisher.kill("SIGTERM");
    over.addEventListener("abort", stop, { once: true });
    await once(publisher, "exit");
    over.removeEventListener("abort", stop);
    if (clock.uptime() - startedAt > RESTART_LAST) pause = RESTART_FIRST;
    await clock.sleep(pause, over).catch(() => {});
  }
}
