// GPIO through onoff: the kernel's sysfs files, watched with epoll. No other process, a true read-back, but no pulls.
import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import type { Gpio as OnoffLine } from "onoff";
import { type Clock, milliseconds } from "../clock/clock.ts";
import { DriverError } from "../error.ts";
import { BoundedQueue } from "../queue/bounded-queue.ts";
import { DeadMansSwitch } from "./dead-mans-switch.ts";
import { EdgeTally, type Look, lookAt } from "./edge-tally.ts";
import { type Gpio, type InputLine, type LineLevel, MAX_WAITING_LEVELS, type OutputLine } from "./gpio.ts";
import { EdgeCount, sysfsInterrupts } from "./sysfs-edge-count.ts";
import { SYSFS_ROOT, sysfsChips, sysfsHasPull, sysfsNumber, whySysfsFailed } from "./sysfs.ts";

type Onoff = typeof OnoffLine;

/** For udev to give the exported files to our group. */
const ACCESS_TRIES = 200;
const ACCESS_PAUSE = milliseconds(10);

export class OnoffGpio implements Gpio {
  readonly name = "onoff";
  readonly #clock: Clock;
  readonly #onUncounted: ((gpio: number) => void) | undefined;

  /** `onUncounted` is called for each input whose edges the kernel does not count: of three in one stall, two go unseen. */
  constructor(clock: Clock, onUncounted?: (gpio: number) => void) {
    this.#clock = clock;
    this.#onUncounted = onUncounted;
  }

  /** Whether it could be used here at all. @throws DriverError GPIO_ADDON_MISSING, GPIO_CHIP_MISSING or GPIO_FORBIDDEN. */
  async usable(): Promise<void> {
    await loadOnoff();
    sysfsNumber(0, sysfsChips());
    try {
      accessSync(`${SYSFS_ROOT}/export`, constants.W_OK);
    } catch (error) {
      throw whySysfsFailed(0, error);
    }
  }

  async *levels({ gpio, pull }: InputLine, signal: AbortSignal): AsyncGenerator<LineLevel, void, undefined> {
    if (!sysfsHasPull(gpio, pull)) throw new DriverError("GPIO_PULL_UNSUPPORTED", `GPIO${gpio}: pull = "${pull}"`);
    const others = sysfsInterrupts(gpio);
    const { line, number } = await this.#open(gpio, "in");
    const count = EdgeCount.of(gpio, others);
    const queue = new BoundedQueue<LineLevel>(MAX_WAITING_LEVELS);
    try {
      if (!count) this.#onUncounted?.(gpio);
      const level = readOrEnd(line, gpio, queue);
      const look = (): Look =>
        lookAt(
          level,
          () => count?.read(),
          () => this.#clock.uptime(),
        );
      const first = look();
      const tally = new EdgeTally(first);
      queue.push({ high: first.high, at: first.at });
      line.watch(() => {
        const now = look();
        // All but the last came and went while we were busy; when is not known of any of them.
        for (let left = tally.changes(now); left > 0; left--)
          if (!queue.push({ high: now.high === (left % 2 === 1), at: now.at })) {
            queue.end(new DriverError("GPIO_CHATTER", `GPIO${gpio} changes faster than anybody can follow`));
            return;
          }
      });
      yield* queue.take(signal);
    } finally {
      count?.close();
      letGo(line, number);
    }
  }

  async output(gpio: number, restHigh: boolean): Promise<OutputLine> {
    const { line, number } = await this.#open(gpio, restHigh ? "high" : "low");
    const rest = `printf ${Number(restHigh)} > ${SYSFS_ROOT}/gpio${number}/value`;
    const guard = new DeadMansSwitch(["/bin/sh", "-c", rest]);
    let closed = false;
    const set = (high: boolean): void => {
      try {
        line.writeSync(high ? 1 : 0);
        if ((line.readSync() === 1) === high) return;
      } catch (error) {
        throw whySysfsFailed(gpio, error);
      }
      throw new DriverError("GPIO_NOT_CONFIRMED", `GPIO${gpio} was set ${high ? "high" : "low"} and reads otherwise`);
    };
    return {
      // Nobody can take a line that is exported; if its files go, the next set says so.
      lost: new Promise(() => {}),
      set: async (high) => set(high),
      close: async () => {
        if (closed) return;
        closed = true;
        try {
          set(restHigh);
        } catch {
          // It is let go either way.
        }
        letGo(line, number);
        await guard.disarm();
      },
    };
  }

  /**
   * Exports the line ourselves first: onoff would try ten thousand times in a row, holding everything up, while udev gives
   * the files to our group, and would ignore what goes wrong with a line that was exported before.
   */
  async #open(gpio: number, direction: "in" | "high" | "low"): Promise<{ line: OnoffLine; number: number }> {
    const Gpio = await loadOnoff();
    const number = sysfsNumber(gpio, sysfsChips());
    const folder = `${SYSFS_ROOT}/gpio${number}`;
    try {
      if (!existsSync(folder)) writeFileSync(`${SYSFS_ROOT}/export`, String(number));
      await this.#accessible([`${folder}/value`, `${folder}/direction`, `${folder}/edge`]);
      const line = new Gpio(number, direction, direction === "in" ? "both" : "none", {
        debounceTimeout: 0,
        activeLow: false,
      });
      const asked = direction === "in" ? "in" : "out";
      if (line.direction() === asked && !line.activeLow() && (asked === "out" || line.edge() === "both"))
        return { line, number };
      letGo(line, number);
    } catch (error) {
      throw whySysfsFailed(gpio, error);
    }
    throw new DriverError(
      "GPIO_LINE_BUSY",
      `GPIO${gpio} is exported, and does not become an ${direction === "in" ? "input" : "output"}`,
    );
  }

  async #accessible(files: readonly string[]): Promise<void> {
    for (let i = 1; ; i++) {
      try {
        for (const file of files) accessSync(file, constants.R_OK | constants.W_OK);
        return;
      } catch (error) {
        if (i >= ACCESS_TRIES) throw error;
      }
      await this.#clock.sleep(ACCESS_PAUSE);
    }
  }
}

/** Its addon compiles on installation, or does not. @throws DriverError GPIO_ADDON_MISSING. */
async function loadOnoff(): Promise<Onoff> {
  try {
    return (await import("onoff")).Gpio;
  } catch (error) {
    throw new DriverError("GPIO_ADDON_MISSING", (error as Error).message.split("\n")[0]!, error);
  }
}

/** How to read it, once it has been read; makes onoff's own reading safe: in a callback of epoll an error would end the process. */
function readOrEnd(line: OnoffLine, gpio: number, queue: BoundedQueue<LineLevel>): () => 0 | 1 {
  const read = line.readSync.bind(line);
  let last = read();
  line.readSync = () => {
    try {
      last = read();
    } catch (error) {
      queue.end(whySysfsFailed(gpio, error));
    }
    return last;
  };
  return () => line.readSync();
}

function letGo(line: OnoffLine, number: number): void {
  try {
    line.unexport();
  } catch {
    // Its files are gone already.
  }
  // Onoff gives up silently where the file may not be written; so would we.
  if (!existsSync(`${SYSFS_ROOT}/gpio${number}`)) return;
  try {
    writeFileSync(`${SYSFS_ROOT}/unexport`, String(number));
  } catch {
    // Left exported: the next start finds and uses it.
  }
}
