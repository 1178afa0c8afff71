// Every driver of lines on a real kernel: through sysfs and epoll, and through the character device with both libgpiods.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { GpioButton } from "../../../drivers/button/gpio.ts";
import { GpioChime } from "../../../drivers/chime/gpio.ts";
import { milliseconds } from "../../../drivers/clock/clock.ts";
import { AutoGpio } from "../../../drivers/gpio/auto.ts";
import { GpiodGpio } from "../../../drivers/gpio/gpiod.ts";
import { GpioInput, type Wiring } from "../../../drivers/gpio/input.ts";
import { OnoffGpio } from "../../../drivers/gpio/onoff.ts";
import { GpioLight } from "../../../drivers/light/gpio.ts";
import { GpioPir } from "../../../drivers/pir/gpio.ts";
import { GpioPrivacySwitch } from "../../../drivers/privacy-switch/gpio.ts";
import { buttonContract } from "../../contract/button.ts";
import { chimeContract } from "../../contract/chime.ts";
import { type InputRig, taking } from "../../contract/input-rig.ts";
import { lightContract } from "../../contract/light.ts";
import { pirContract } from "../../contract/pir.ts";
import { privacySwitchContract } from "../../contract/privacy-switch.ts";
import { clock, drive, DRIVERS, high, holder, until, watched } from "./bench.ts";

const SENSOR: Wiring = { gpio: 17, pull: "down", active: "high", debounceMs: 50 };
const pass = (span: Parameters<typeof clock.sleep>[0]): Promise<void> => clock.sleep(span);

function wired<Driver>(driver: Driver, { gpio, active }: Wiring): InputRig<Driver> {
  const set = (yes: boolean): void => drive(gpio, yes === (active === "high"));
  set(false);
  return { driver, set, opened: () => watched(gpio), pass };
}

afterEach(() =>
  until("the lines are free again", () => [17, 27, 23, 22, 25].every((gpio) => holder(gpio) === undefined)),
);

for (const { name, make } of DRIVERS) {
  // Sysfs sets no pulls: the button is on a line that is pulled up anyway.
  const push: Wiring = { gpio: name === "onoff" ? 4 : 27, pull: "up", active: "low", debounceMs: 30 };
  // On the board a pull that is asked for moves the finger too: here the wire's own is left alone.
  const privacy: Wiring = { gpio: 23, pull: "as-is", active: "high", debounceMs: 50 };

  pirContract(`a sensor through ${name}`, () => wired(new GpioPir(make(), SENSOR, clock), SENSOR));
  buttonContract(`a bell push through ${name}`, () => wired(new GpioButton(make(), push, clock), push));
  privacySwitchContract(`a switch through ${name}`, () =>
    wired(new GpioPrivacySwitch(make(), privacy, clock), privacy),
  );
  lightContract(`a light through ${name}`, () => ({
    light: new GpioLight(make(), { gpio: 22, active: "high" }, clock),
    lit: () => high(22),
    pass,
  }));
  chimeContract(`a chime through ${name}`, () => {
    let rings = 0;
    const gpio = make();
    const chime = new GpioChime(
      {
        name: gpio.name,
        levels: gpio.levels.bind(gpio),
        output: async (...given) => {
          const line = await gpio.output(...given);
          const set = async (level: boolean): Promise<void> => {
            await line.set(level);
            expect(high(25)).toBe(level);
            rings += Number(level);
          };
          return { lost: line.lost, close: () => line.close(), set };
        },
      },
      { gpio: 25, active: "high" },
      clock,
    );
    return { chime, rings: () => rings, pass };
  });

  describe(`lines through ${name}`, () => {
    const codeOf = async (gpio: number): Promise<string> => {
      const input = new GpioInput(make(), { ...SENSOR, gpio, pull: "as-is" }, clock);
      return ((await taking(input.changes.bind(input)).ended) as { code: string }).code;
    };

    test("a line that is not on the header has its code", async () => {
      expect(await codeOf(60)).toBe("GPIO_LINE_MISSING");
    });

    test("a line that another program holds has its code, and is free for us when it is let go", async () => {
      const other = spawn("gpiomon", ["GPIO17"]);
      await until("the other program has it", () => holder(17) === "gpiomon");
      expect(await codeOf(17)).toBe("GPIO_LINE_BUSY");
      other.kill();
      await once(other, "exit");
    });

    test("a light goes out when its process is killed", async () => {
      const script = `
        import { DRIVERS, clock } from "/usr/lib/doorstep/test/board/inside/bench.ts";
        import { GpioLight } from "/usr/lib/doorstep/drivers/light/gpio.ts";
        const { make } = DRIVERS.find(({ name }) => name === "${name}");
        await new GpioLight(make(), { gpio: 22, active: "high" }, clock).show("steady");
        setInterval(() => {}, 1000);`;
      const agent = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
      await until("the light is on", () => high(22) && holder(22) !== undefined);
      await clock.sleep(milliseconds(500));
      agent.kill("SIGKILL");
      await once(agent, "exit");
      await until("the light is off", () => !high(22));
      // What a killed process had exported stays so; the next one uses it.
      const light = new GpioLight(make(), { gpio: 22, active: "high" }, clock);
      await light.show("steady");
      expect(high(22)).toBe(true);
      await light.close();
      expect(high(22)).toBe(false);
    });
  });
}

test("the driver that takes a pull from nobody refuses one it cannot set", async () => {
  const input = new GpioInput(new OnoffGpio(clock), { ...SENSOR, gpio: 27, pull: "up" }, clock);

  expect(await taking(input.changes.bind(input)).ended).toMatchObject({ code: "GPIO_PULL_UNSUPPORTED" });
});

/** Onoff's driver is told of so many changes while it is busy; expects it to tell each, counted by the kernel. */
async function seesBurst(changes: number): Promise<void> {
  drive(17, false);
  const uncounted: number[] = [];
  const onoff = new OnoffGpio(clock, (gpio) => uncounted.push(gpio));
  const line = taking((signal) => onoff.levels({ gpio: 17, pull: "down" }, signal));
  await until("it has told how the line is found", () => line.seen.length > 0);
  const expected = Array.from({ length: changes + 1 }, (_, i) => i % 2 === 1);
  for (const level of expected.slice(1)) drive(17, level);
  await until("all are told", () => line.seen.length > changes);
  await clock.sleep(milliseconds(200));
  await line.stop();

  expect(line.seen.map((level) => level.high)).toEqual(expected);
  expect(uncounted).toEqual([]);
}

test.each([2, 3, 4, 7, 30])(
  "%d changes while we are busy with something else are told as so many, though sysfs keeps no queue",
  (changes) => seesBurst(changes),
);

test("a line that a killed process has left exported is counted all the same", async () => {
  const script = `
    import { OnoffGpio } from "/usr/lib/doorstep/drivers/gpio/onoff.ts";
    import { clock } from "/usr/lib/doorstep/test/board/inside/bench.ts";
    for await (const _ of new OnoffGpio(clock).levels({ gpio: 17, pull: "down" }, new AbortController().signal));`;
  const agent = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
  await watched(17);
  agent.kill("SIGKILL");
  await once(agent, "exit");
  expect(holder(17)).toBe("sysfs");

  await seesBurst(3);
});

test("auto takes onoff for a sensor and a light, and gpiod for a button that needs a pull", async () => {
  const choices: string[] = [];
  const gpio = new AutoGpio({
    onoff: new OnoffGpio(clock),
    gpiod: new GpiodGpio({ clock }),
    onChoice: ({ gpio: line, driver }) => choices.push(`${line} ${driver}`),
  });
  const sensor = taking((signal) => gpio.levels({ gpio: 17, pull: "down" }, signal));
  const button = taking((signal) => gpio.levels({ gpio: 27, pull: "up" }, signal));
  const light = await gpio.output(22, false);
  await Promise.all([watched(17), watched(27)]);
  await light.close();
  await sensor.stop();
  await button.stop();

  expect(choices.sort()).toEqual(["17 onoff", "22 onoff", expect.stringMatching(/^27 gpiod 2/)]);
  expect(button.seen.map((level) => level.high)).toEqual([true]);
});
