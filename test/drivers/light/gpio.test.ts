// The light's patterns in time, and what becomes of it when its wire does not obey.
import { expect, test } from "vitest";
import { milliseconds, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { DriverError } from "../../../drivers/error.ts";
import { SimulatedGpio } from "../../../drivers/gpio/simulated.ts";
import { GpioLight } from "../../../drivers/light/gpio.ts";

function bench(): {
  clock: SimulatedClock;
  gpio: SimulatedGpio;
  light: GpioLight;
  lost: string[];
  look: (steps: number) => Promise<string>;
} {
  const clock = new SimulatedClock();
  const gpio = new SimulatedGpio(clock);
  const light = new GpioLight(gpio, { gpio: 22, active: "high" }, clock);
  const lost: string[] = [];
  light.onLost(({ code }) => lost.push(code));
  const look = async (steps: number): Promise<string> => {
    let seen = "";
    for (let i = 0; i < steps; i++) {
      seen += gpio.high(22) ? "#" : ".";
      await clock.advance(milliseconds(50));
    }
    return seen;
  };
  return { clock, gpio, light, lost, look };
}

test.each([
  ["steady", "#".repeat(60)],
  ["slow-blink", "#".repeat(20) + ".".repeat(20) + "#".repeat(20)],
  ["double-blink", "###...###" + ".".repeat(21) + "###...###" + ".".repeat(21)],
  ["off", ".".repeat(60)],
] as const)("%s looks as it should over three seconds", async (pattern, seen) => {
  const { light, look } = bench();
  await light.show(pattern);
  await look(1);

  // The clock stands 50 ms after the first look: the rest of the pattern follows.
  expect("#."[Number(pattern === "off")]! + (await look(59))).toBe(seen);
  await light.close();
});

test("a line that reads otherwise is no light, and keeps the camera closed", async () => {
  const { gpio, light } = bench();
  gpio.short(22, false);

  await expect(light.show("steady")).rejects.toMatchObject({ code: "LIGHT_NOT_CONFIRMED" });
  expect(gpio.held(22)).toBe(false);
  gpio.short(22, undefined);
  await light.show("steady");
  expect(gpio.high(22)).toBe(true);
});

test("a light that is shorted while it blinks is reported as lost", async () => {
  const { clock, gpio, light, lost } = bench();
  await light.show("slow-blink");
  gpio.short(22, true);
  await clock.advance(seconds(3));

  expect(lost).toEqual(["LIGHT_NOT_CONFIRMED"]);
});

test("a line that is taken away while the light is on is reported as lost", async () => {
  const { clock, gpio, light, lost } = bench();
  await light.show("steady");
  gpio.breakLine(22, new DriverError("GPIO_LINE_LOST", "GPIO22: gone"));
  await clock.advance(milliseconds(0));

  expect(lost).toEqual(["GPIO_LINE_LOST"]);
  await expect(light.show("steady")).rejects.toMatchObject({ code: "GPIO_LINE_LOST" });
});

test("one that shines when low is dark before it is first shown and after it is closed", async () => {
  const clock = new SimulatedClock();
  const gpio = new SimulatedGpio(clock);
  const light = new GpioLight(gpio, { gpio: 22, active: "low" }, clock);
  await light.show("off");
  expect(gpio.high(22)).toBe(true);
  await light.show("steady");
  expect(gpio.high(22)).toBe(false);
  await light.close();
  expect(gpio.high(22)).toBe(true);
});
