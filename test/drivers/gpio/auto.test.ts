// Which driver a line gets when nobody has said: and that it is said which.
import { expect, test } from "vitest";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { DriverError } from "../../../drivers/error.ts";
import { AutoGpio, type Choice } from "../../../drivers/gpio/auto.ts";
import { GpiodGpio } from "../../../drivers/gpio/gpiod.ts";
import type { InputLine } from "../../../drivers/gpio/gpio.ts";
import { SimulatedGpio } from "../../../drivers/gpio/simulated.ts";

const MISSING = {
  onoff: new DriverError("GPIO_ADDON_MISSING", "no epoll"),
  gpiod: new DriverError("GPIO_PROGRAM_MISSING", "no gpiomon"),
};

class Bench extends SimulatedGpio {
  readonly #fault: DriverError | undefined;

  constructor(fault: DriverError | undefined) {
    super(new SimulatedClock());
    this.#fault = fault;
  }

  async usable(): Promise<void> {
    if (this.#fault) throw this.#fault;
  }

  version(): Promise<void> {
    return this.usable();
  }
}

/** What a machine that lacks `missing` chooses for a line; undefined asks for an output. */
async function choose(line: InputLine | undefined, missing: readonly ("onoff" | "gpiod")[] = []): Promise<string> {
  const bench = (which: "onoff" | "gpiod"): Bench => new Bench(missing.includes(which) ? MISSING[which] : undefined);
  const choices: Choice[] = [];
  const [onoff, gpiod] = [bench("onoff"), bench("gpiod")];
  const taken = { onoff, gpiod };
  const auto = new AutoGpio({ onoff, gpiod, onChoice: (choice) => choices.push(choice) });
  if (line)
    for await (const _ of auto.levels(line, new AbortController().signal)) {
      expect(choices.length).toBe(1);
      return taken.onoff.held(line.gpio) ? "onoff" : taken.gpiod.held(line.gpio) ? "gpiod" : "none";
    }
  await auto.output(22, false);
  expect(choices[0]!.because.length).toBeGreaterThan(10);
  return taken.onoff.held(22) ? "onoff" : "gpiod";
}

test.each([
  ["a sensor with the pull its line has anyway", { gpio: 17, pull: "down" }, [], "onoff"],
  ["a button that needs a pull sysfs cannot set", { gpio: 27, pull: "up" }, [], "gpiod"],
  ["a sensor where the addon was not built", { gpio: 17, pull: "down" }, ["onoff"], "gpiod"],
  ["a sensor where gpiod is not installed", { gpio: 17, pull: "down" }, ["gpiod"], "onoff"],
  ["a light", undefined, [], "onoff"],
  ["a light where the addon was not built", undefined, ["onoff"], "gpiod"],
] as const)("%s gets its driver", async (_name, line, missing, driver) => {
  expect(await choose(line, missing)).toBe(driver);
});

test("a pull that nobody can set is an error, not a floating line", async () => {
  await expect(choose({ gpio: 27, pull: "up" }, ["gpiod"])).rejects.toThrow("GPIO_PROGRAM_MISSING");
});

test("where neither can be used, both reasons are told", async () => {
  await expect(choose(undefined, ["onoff", "gpiod"])).rejects.toThrow(
    /GPIO_PROGRAM_MISSING: no gpiomon; nor onoff: no epoll/,
  );
});

test("without its programs gpiod says which package to install", async () => {
  const gpiod = new GpiodGpio({ clock: new SystemClock(), folder: "/nowhere/" });

  await expect(gpiod.version()).rejects.toMatchObject({
    code: "GPIO_PROGRAM_MISSING",
    remedy: expect.stringContaining("gpiod"),
  });
});
