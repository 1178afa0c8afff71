// The board's wires, from inside: fingers that pull a line, a voltmeter, and who has it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { milliseconds } from "../../../drivers/clock/clock.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { readGpioInfo } from "../../../drivers/gpio/line-survey.ts";
import { GpiodGpio } from "../../../drivers/gpio/gpiod.ts";
import type { Gpio } from "../../../drivers/gpio/gpio.ts";
import { OnoffGpio } from "../../../drivers/gpio/onoff.ts";

export const clock = new SystemClock();
const gpiod = (folder = ""): Gpio => new GpiodGpio({ clock, folder, ofKernel: (ms) => clock.ofKernel(ms) });

/** Every real driver there is. libgpiod 1 is there when the board was made on a Debian that has it. */
export const DRIVERS: readonly { readonly name: string; readonly make: () => Gpio }[] = [
  { name: "onoff", make: () => new OnoffGpio(clock) },
  { name: "gpiod 2", make: () => gpiod() },
  ...(existsSync("/opt/libgpiod1/gpiomon") ? [{ name: "gpiod 1", make: () => gpiod("/opt/libgpiod1/") }] : []),
];

const wire = (gpio: number, file: "pull" | "value"): string => `/run/board/gpio/sim_gpio${gpio}/${file}`;

/** What a finger, a sensor or a wire does to an input. */
export function drive(gpio: number, high: boolean): void {
  writeFileSync(wire(gpio, "pull"), high ? "pull-up" : "pull-down");
}

/** What a voltmeter reads. */
export const high = (gpio: number): boolean => readFileSync(wire(gpio, "value"), "utf8").trim() === "1";

/** The program that has the line. */
export function holder(gpio: number): string | undefined {
  const lines = readGpioInfo(execFileSync("gpioinfo", { encoding: "utf8" }));
  return lines.find(({ name }) => name === `GPIO${gpio}`)?.holder;
}

/** Looks again and again until `true`, for at most twenty seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = clock.uptime() + 20_000; clock.uptime() < end; await clock.sleep(milliseconds(50)))
    if (condition()) return;
  throw new RangeError(`never: ${what}`);
}

/** Until somebody watches the line: gpioget has had it before, and sysfs has it a moment before it watches its edges. */
export async function watched(gpio: number): Promise<void> {
  await until(`GPIO${gpio} is watched`, () => ["gpiomon", "sysfs"].includes(holder(gpio) ?? ""));
  await clock.sleep(milliseconds(300));
}
