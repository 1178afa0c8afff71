// One still picture while the camera sleeps: node-libcamera, with its shell and its unbounded wait kept in check.
//
// node-libcamera joins keys and values into a command line for /bin/sh, calls programs by names that are gone, and can
// neither be stopped nor limited in time. So nothing reaches it but known keys with harmless values, a finite time, and a
// file of ours to write to; a directory with the old names stands on PATH while it looks for the program; and the program's
// process id comes back through a file.
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { still as startStill } from "node-libcamera";
import { type Clock, type Duration, after, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import type { Stills } from "./camera.ts";
import type { Ending } from "../process/process.ts";
import { whyRpicamEnded } from "./rpicam-failure.ts";

/** What to take a still with. */
export interface StillOptions {
  /** Place of the camera in `rpicam-hello --list-cameras`. */
  readonly index: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Degrees. */
  readonly rotation: 0 | 180;
  /** True when any mask or property is configured: rpicam-still paints nothing over, so no still is taken then. */
  readonly masked: boolean;
  /** In memory, ours alone, without spaces: the picture is there for a moment. */
  readonly runtimeDirectory: string;
  /** The process's own environment. PATH and two variables of ours are set in it for the length of one call. */
  readonly environment: Record<string, string | undefined>;
  /** Default "rpicam-still". */
  readonly program?: string;
  /** From the start to the finished picture. Default 15 s. */
  readonly limit?: Duration;
}

/** The directory that holds the names node-libcamera looks for. */
const NAMES = fileURLToPath(new URL("rpicam-names", import.meta.url));
const KEYS = ["camera", "width", "height", "rotation", "timeout", "nopreview", "quality", "output"] as const;
const HARMLESS = /^[A-Za-z0-9_.,:/+-]+$/;
/** Long enough for exposure and white balance to settle. */
const SETTLE_MS = 1500;
const QUALITY = 85;

/** Takes stills, one at a time. */
export class StillCamera implements Stills {
  readonly #options: StillOptions;
  readonly #clock: Clock;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(options: StillOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * A JPEG of this moment. The camera is open only until it resolves or rejects; by then the program has ended.
   *
   * @throws DriverError CAMERA_STILL_MASKED, CAMERA_STILL_REFUSED (a setting that must not reach a shell),
   *   CAMERA_STILL_FAILED, CAMERA_STALLED, and what {@link whyRpicamEnded} tells.
   */
  still(signal?: AbortSignal): Promise<Uint8Array> {
    const taking = this.#taking.then(() => this.#take(signal));
    this.#taking = taking.catch(() => {});
    return taking;
  }

  async #take(signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const { masked, runtimeDirectory, index, width, height, rotation, limit = seconds(15) } = this.#options;
    if (masked) throw new DriverError("CAMERA_STILL_MASKED", "a still would show what the masks hide");
    const name = join(runtimeDirectory, `still-${randomUUID()}`);
    const [output, pidFile] = [`${name}.jpg`, `${name}.pid`];
    const picture = { camera: index, width, height, rotation, timeout: SETTLE_MS, quality: QUALITY };
    const options = checked({ ...picture, nopreview: true, output });
    const overdue = { limit: false };
    const stop = (): void => void kill(pidFile);
    const spare = after(this.#clock, limit, () => {
      overdue.limit = true;
      stop();
    });
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await this.#run(options, pidFile);
      return await readPicture(output);
    } catch (error) {
      signal?.throwIfAborted();
      if (overdue.limit) throw new DriverError("CAMERA_STALLED", `no still within ${limit / 1000} s`, error);
      throw error instanceof DriverError ? error : whyRpicamEnded(endingOf(error));
    } finally {
      spare();
      signal?.removeEventListener("abort", stop);
      await Promise.all([output, pidFile].map((file) => rm(file, { force: true })));
    }
  }

  /** The environment is changed only while node-libcamera starts its shell, which it does before it returns. */
  #run(options: Record<string, string | number | true>, pidFile: string): Promise<string> {
    const { environment, program = "rpicam-still" } = this.#options;
    const ours = {
      PATH: `${NAMES}:${environment["PATH"] ?? "/usr/bin:/bin"}`,
      DOORSTEP_STILL_PID_FILE: pidFile,
      DOORSTEP_STILL_PROGRAM: program,
    };
    const before = Object.keys(ours).map((name) => [name, environment[name]] as const);
    Object.assign(environment, ours);
    try {
      return startStill(options);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete environment[name];
        else environment[name] = value;
      }
    }
  }
}

/** Lets nothing through but the keys above and values that mean nothing to a shell. */
function checked(options: Readonly<Record<(typeof KEYS)[number], string | number | true>>): typeof options {
  for (const [key, value] of Object.entries(options)) {
    const known = (KEYS as readonly string[]).includes(key);
    if (!known || (value !== true && !HARMLESS.test(String(value)))) {
      throw new DriverError("CAMERA_STILL_REFUSED", `${key} may not be ${JSON.stringify(value)}`);
    }
  }
  return options;
}

async function kill(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, "utf8").catch(() => ""));
  if (!Number.isInteger(pid) || pid <= 1) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH: it has just ended by itself.
  }
}

async function readPicture(file: string): Promise<Uint8Array> {
  const picture = await readFile(file).catch((error: unknown) => {
    throw new DriverError("CAMERA_STILL_FAILED", "rpicam-still ended well but wrote no picture", error);
  });
  const whole =
    picture.length > 4 && picture.readUInt16BE(0) === 0xffd8 && picture.readUInt16BE(picture.length - 2) === 0xffd9;
  if (!whole) throw new DriverError("CAMERA_STILL_FAILED", "rpicam-still wrote something that is no JPEG");
  return picture;
}

/** node-libcamera rejects with what exec gives it: an exit code or signal, and stderr at the end of the message. */
function endingOf(error: unknown): Ending {
  const { code, signal, message } = error as { code?: number; signal?: NodeJS.Signals; message: string };
  const stderr = message.slice(message.indexOf("\n") + 1);
  const started = !/setpriv: failed to execute|not found/.test(stderr);
  const how = { ...(typeof code === "number" ? { code } : {}), ...(signal ? { signal } : {}) };
  return { cause: started ? (signal ? "signalled" : "exited") : "not-started", ...how, stderr };
}
