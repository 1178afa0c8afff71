// The program's entry: reads arguments and environment, and loads the role that was asked for, never both into one process.
import { readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import { SystemClock } from "../drivers/clock/system.ts";
import type { Light } from "../drivers/light/light.ts";
import type { LumaFile } from "../drivers/luma/luma.ts";
import type { PdfMaker } from "../drivers/pdf/pdf.ts";
import type { PictureDecoder } from "../drivers/picture/picture.ts";
import { guarded } from "./cli/guarded.ts";
import type { Io } from "./cli/io.ts";
import { roleArguments, type RunOptions } from "./role-arguments.ts";

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
      return (await import("./both-roles.ts")).runBothRoles({ ...options, clock, stop: interrupt.signal });
  }
}
