// The doctor's composition root: asks this machine, through the drivers and Debian's own programs, and changes nothing on it.
import { access, constants, readFile, statfs } from "node:fs/promises";
import { type ConnectedCamera, readCameras } from "../../drivers/camera/rpicam-cameras.ts";
import { V4l2Camera } from "../../drivers/camera/v4l2.ts";
import type { PixelFormat } from "../../drivers/camera/v4l2-words.ts";
import { readVersion } from "../../drivers/camera/rpicam-arguments.ts";
import { whyRpicamEnded } from "../../drivers/camera/rpicam-failure.ts";
import { type Duration, seconds } from "../../drivers/clock/clock.ts";
import type { SystemClock } from "../../drivers/clock/system.ts";
import { NtpClock } from "../../drivers/clock-trust/ntp.ts";
import { DriverError } from "../../drivers/error.ts";
import { GpiodGpio } from "../../drivers/gpio/gpiod.ts";
import { lineName } from "../../drivers/gpio/gpiod-words.ts";
import { readGpioInfo } from "../../drivers/gpio/line-survey.ts";
import { OnoffGpio } from "../../drivers/gpio/onoff.ts";
import { kernelCountsEdges } from "../../drivers/gpio/sysfs-edge-count.ts";
import { Arecord } from "../../drivers/microphone/arecord.ts";
import { type Run, runProgram } from "../../drivers/process/process.ts";
import { type Card, isTrouble, type LineFact, type Machine, type Trouble } from "./doctor-check.ts";
import { readMountOf } from "./mounts.ts";

const LIMIT = seconds(10);
/** Sensors take their time when they are opened one after another. */
const CAMERA_LIMIT = seconds(30);
const HALF_A_SECOND_BYTES = 48_000;

/** The machine this runs on. */
export class ThisMachine implements Machine {
  readonly #clock: SystemClock;

  constructor(clock: SystemClock) {
    this.#clock = clock;
  }

  async listCameras(): Promise<readonly ConnectedCamera[] | Trouble> {
    const run = await this.#run("rpicam-hello", ["--list-cameras"], CAMERA_LIMIT);
    if (run.ending.code !== 0) return trouble(whyRpicamEnded(run.ending));
    return readCameras(run.stdout.toString());
  }

  async usbFormats(device: string): Promise<readonly PixelFormat[] | Trouble> {
    // Only what is filmed has a size.
    const camera = new V4l2Camera({ device, width: 0, height: 0, fps: 0, rotation: 0 }, this.#clock);
    return result(() => camera.formats());
  }

  async rpicam(): Promise<{ version: string; libav: boolean } | Trouble> {
    const run = await this.#run("rpicam-vid", ["--version"]);
    if (run.ending.code !== 0) return trouble(whyRpicamEnded(run.ending));
    const { text, libav } = readVersion(run.stdout.toString());
    return { version: text, libav: libav ?? true };
  }

  async board(): Promise<string> {
    return (await readOr("/proc/device-tree/model")).replace(/\0/g, "");
  }

  async ffmpeg(): Promise<{ version: string; x264: boolean } | Trouble> {
    const version = await this.#run("ffmpeg", ["-hide_banner", "-version"]);
    if (version.ending.code !== 0) return trouble(new DriverError("FFMPEG_MISSING", "there is no ffmpeg"));
    const { stdout } = await this.#run("ffmpeg", ["-hide_banner", "-encoders"]);
    const [, text = ""] = /^ffmpeg version (\S+)/.exec(version.stdout.toString()) ?? [];
    return { version: `ffmpeg ${text}`, x264: stdout.toString().includes(" libx264 ") };
  }

  async fileReadable(path: string): Promise<boolean> {
    return access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
  }

  async lines(gpios: readonly number[]): Promise<ReadonlyMap<number, LineFact> | Trouble> {
    const { ending, stdout } = await this.#run("gpioinfo", []);
    if (ending.cause === "not-started") return trouble(new DriverError("GPIO_PROGRAM_MISSING", "there is no gpioinfo"));
    const surveyed = new Map(readGpioInfo(stdout.toString()).map((line) => [line.name, line]));
    return new Map(
      gpios.map((gpio) => {
        const line = surveyed.get(lineName(gpio));
        return [gpio, { exists: line !== undefined, ...(line?.holder !== undefined && { holder: line.holder }) }];
      }),
    );
  }

  async gpioDrivers(): ReturnType<Machine["gpioDrivers"]> {
    const onoff = new OnoffGpio(this.#clock);
    const gpiod = new GpiodGpio({ clock: this.#clock });
    const sysfs = await troubleOf(() => onoff.usable());
    const device = await troubleOf(() => gpiod.version());
    const counting = kernelCountsEdges() ? "" : " (this kernel does not count its edges)";
    return [
      { name: `${onoff.name}${counting}`, ...(sysfs && { trouble: sysfs }) },
      { name: gpiod.name, ...(device && { trouble: device }) },
    ];
  }

  async microphonePeak(device: string): Promise<number | Trouble> {
    const stop = new AbortController();
    let heard = 0;
    let peak = 0;
    const failure = await troubleOf(async () => {
      for await (const { data } of new Arecord({ device }, this.#clock).chunks(stop.signal)) {
        const samples = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
        for (let i = 0; i + 1 < samples.length; i += 2) peak = Math.max(peak, Math.abs(samples.readInt16LE(i)));
        heard += data.length;
        if (heard >= HALF_A_SECOND_BYTES) stop.abort();
      }
    });
    return failure ?? peak / 32_767;
  }

  async clock(): Promise<{ trusted: boolean; detail: string }> {
    const trust = new NtpClock({ clock: this.#clock });
    const once = new AbortController();
    await trust.watch(once.signal);
    once.abort();
    return { trusted: trust.trusted, detail: trust.detail };
  }

  async card(path: string): Promise<Card | Trouble> {
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      const mount = readMountOf(path, await readOr("/proc/self/mounts"));
      const swaps = (await readOr("/proc/swaps")).split("\n").filter((row) => / file /.test(row.replace(/\s+/g, " ")));
      return {
        freeBytes: bavail * bsize,
        totalBytes: blocks * bsize,
        filesystem: mount.filesystem,
        readOnly: mount.readOnly,
        swapFiles: swaps.map((row) => row.split(/\s/)[0]!),
        ...(await wear(mount.device)),
      };
    } catch (error) {
      const { message } = error as Error;
      return {
        code: "CARD_UNREADABLE",
        detail: message,
        remedy: "check --state: there is no such directory, or it may not be read",
      };
    }
  }

  async undervoltage(): Promise<"now" | "before" | "never" | undefined> {
    const { ending, stdout } = await this.#run("vcgencmd", ["get_throttled"]);
    const [, bits] = /throttled=0x([0-9a-f]+)/i.exec(stdout.toString()) ?? [];
    if (ending.code !== 0 || bits === undefined) return undefined;
    const flags = Number.parseInt(bits, 16);
    return flags & 1 ? "now" : flags & (1 << 16) ? "before" : "never";
  }

  #run(program: string, args: readonly string[], limit: Duration = LIMIT): Promise<Run> {
    return runProgram({ program, args }, this.#clock, limit);
  }
}

/** eMMC tells its age in tenths of its life; SD cards tell nothing. */
async function wear(device: string): Promise<{ wornPercent?: number }> {
  const [, disk] = /^\/dev\/(mmcblk\d+)/.exec(device) ?? [];
  if (disk === undefined) return {};
  const [, a, b] = /^0x(\w+) 0x(\w+)/.exec(await readOr(`/sys/block/${disk}/device/life_time`)) ?? [];
  if (a === undefined || b === undefined) return {};
  return { wornPercent: 10 * Math.max(Number.parseInt(a, 16), Number.parseInt(b, 16)) };
}

const readOr = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

const trouble = ({ code, detail, remedy }: DriverError): Trouble => ({ code, detail, remedy });

async function troubleOf(attempt: () => Promise<unknown>): Promise<Trouble | undefined> {
  const outcome = await result(attempt);
  return isTrouble(outcome) ? outcome : undefined;
}

async function result<T>(attempt: () => Promise<T>): Promise<T | Trouble> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof DriverError) return trouble(error);
    throw error;
  }
}
