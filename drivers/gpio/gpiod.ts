// GPIO through libgpiod's tools (gpiomon, gpioget, gpioset), version 1 or 2: no native code, pulls set, edges stamped by the kernel.
import type { Uptime } from "../clock/clock.ts";
import { type Clock, milliseconds, seconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { LineSplitter } from "../process/bounded-text.ts";
import { type Ending, type Run, type SupervisedProcess, runProgram, startProcess } from "../process/process.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import { GpiodOutput } from "./gpiod-output.ts";
import {
  type GpiodVersion,
  type LinePlace,
  lineName,
  monitorArguments,
  readArguments,
  readGpiodVersion,
  readMonitorLine,
  readPlace,
  whyGpiodFailed,
} from "./gpiod-words.ts";
import { type Gpio, type InputLine, type LineLevel, MAX_WAITING_LEVELS, type OutputLine } from "./gpio.ts";
import { holdsLine } from "./holds-line.ts";

export interface GpiodOptions {
  readonly clock: Clock;
  /** Turns the kernel's stamp (CLOCK_MONOTONIC, ms) into ours. Left out, an edge counts from when it is heard of. */
  readonly ofKernel?: (ms: number) => Uptime;
  /** Folder of the programs, with a slash at its end. Default: PATH. */
  readonly folder?: string;
}

const LIMIT = seconds(5);
const GRACE = milliseconds(500);
/** Further in the past than any edge waits: the kernel has stamped with another clock (before 5.7). */
const OLDEST_STAMP_MS = 10_000;

export class GpiodGpio implements Gpio {
  readonly #options: GpiodOptions;
  #version: GpiodVersion | undefined;

  constructor(options: GpiodOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#version ? `gpiod ${this.#version.text}` : "gpiod";
  }

  /** Which libgpiod is installed. @throws DriverError GPIO_PROGRAM_MISSING. */
  async version(): Promise<GpiodVersion> {
    const { ending, stdout } = await this.#run("gpiomon", ["--version"]);
    this.#version = readGpiodVersion(`${stdout.toString()}${ending.stderr}`);
    if (ending.cause === "not-started" || !this.#version)
      throw new DriverError("GPIO_PROGRAM_MISSING", ending.stderr.trim().slice(0, 200) || "gpiomon has no version");
    return this.#version;
  }

  /** Reads, then watches: what changes in the milliseconds in between shows with the next edge. */
  async *levels(line: InputLine, signal: AbortSignal): AsyncGenerator<LineLevel, void, undefined> {
    const { clock } = this.#options;
    const place = await this.#place(line.gpio);
    if (signal.aborted) return;
    const queue = new BoundedQueue<LineLevel>(MAX_WAITING_LEVELS);
    queue.push(await this.#read(line, place));
    const monitor = startProcess(
      { program: this.#program("gpiomon"), args: monitorArguments(line, place), grace: GRACE },
      clock,
    );
    const stop = (): void => void monitor.stop("aborted");
    signal.addEventListener("abort", stop, { once: true });
    const watching = this.#listen(monitor, line.gpio, queue);
    void monitor.ended.then((ending) => queue.end(this.#whyEnded(line.gpio, ending)));
    try {
      if (signal.aborted) return;
      await this.#ready(monitor, place, watching);
      yield* queue.take(signal);
    } finally {
      signal.removeEventListener("abort", stop);
      await monitor.stop("left");
    }
  }

  async output(gpio: number, restHigh: boolean): Promise<OutputLine> {
    const place = await this.#place(gpio);
    return GpiodOutput.take({ gpio, restHigh, place, program: this.#program("gpioset"), clock: this.#options.clock });
  }

  /** Resolves when the line is ours, or the monitor has ended (which the queue then tells of). */
  async #ready(monitor: SupervisedProcess, place: LinePlace | undefined, watching: Promise<void>): Promise<void> {
    await Promise.race([monitor.ended, place ? holdsLine(monitor, this.#options.clock) : watching]);
  }

  /** Passes edges on; resolves once the monitor has said that it watches. */
  #listen(monitor: SupervisedProcess, gpio: number, queue: BoundedQueue<LineLevel>): Promise<void> {
    return new Promise((resolve) => {
      const lines = new LineSplitter((text) => {
        const line = readMonitorLine(text);
        if (line?.kind === "watching") resolve();
        if (line?.kind !== "edge") return;
        if (queue.push({ high: line.high, at: this.#stamp(line.monotonicMs) })) return;
        queue.end(new DriverError("GPIO_CHATTER", `${lineName(gpio)} changes faster than anybody can follow`));
      });
      monitor.stdout.on("data", (chunk: Buffer) => lines.push(chunk));
    });
  }

  #stamp(monotonicMs: number): Uptime {
    const { clock, ofKernel } = this.#options;
    const now = clock.uptime();
    const at = ofKernel?.(monotonicMs) ?? now;
    return at <= now && now - at < OLDEST_STAMP_MS ? at : now;
  }

  async #read(line: InputLine, place: LinePlace | undefined): Promise<LineLevel> {
    const at = this.#options.clock.uptime();
    const { ending, stdout } = await this.#run("gpioget", readArguments(line, place));
    const value = stdout.toString().trim();
    if (value !== "0" && value !== "1") throw whyGpiodFailed(line.gpio, ending.stderr || value, "GPIO_CHIP_MISSING");
    return { high: value === "1", at };
  }

  async #place(gpio: number): Promise<LinePlace | undefined> {
    const { major } = this.#version ?? (await this.version());
    if (major !== 1) return undefined;
    const { ending, stdout } = await this.#run("gpiofind", [lineName(gpio)]);
    const place = readPlace(stdout.toString());
    if (place) return place;
    throw whyGpiodFailed(gpio, ending.stderr || "line not found", "GPIO_LINE_MISSING");
  }

  #whyEnded(gpio: number, ending: Ending): DriverError | undefined {
    if (ending.cause === "stopped") return undefined;
    const { signal, code, stderr } = ending;
    return whyGpiodFailed(gpio, stderr || `gpiomon ended with ${signal ?? code}`, "GPIO_LINE_LOST");
  }

  #run(program: string, args: readonly string[]): Promise<Run> {
    return runProgram({ program: this.#program(program), args }, this.#options.clock, LIMIT, 64 * 1024);
  }

  #program(name: string): string {
    return `${this.#options.folder ?? ""}${name}`;
  }
}
