// Inputs that misbehave: stuck, floating, held by others, lost; and what their drivers say of it.
import { expect, test } from "vitest";
import { GpioButton } from "../../../drivers/button/gpio.ts";
import { milliseconds, minutes, seconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { DriverError } from "../../../drivers/error.ts";
import { GpioInput, type Wiring } from "../../../drivers/gpio/input.ts";
import { SimulatedGpio } from "../../../drivers/gpio/simulated.ts";
import { GpioHold, GpioPir } from "../../../drivers/pir/gpio.ts";
import { taking } from "../../contract/input-rig.ts";

const SENSOR: Wiring = { gpio: 17, pull: "down", active: "high", debounceMs: 50 };
const PUSH: Wiring = { gpio: 27, pull: "up", active: "low", debounceMs: 30 };
const bench = (): { clock: SimulatedClock; gpio: SimulatedGpio } => {
  const clock = new SimulatedClock();
  return { clock, gpio: new SimulatedGpio(clock) };
};
const codeOf = async (ended: Promise<unknown>): Promise<string> => ((await ended) as DriverError).code;

test("a sensor that never lets go is nobody, and a fault for as long as it lasts", async () => {
  const { clock, gpio } = bench();
  const pir = new GpioPir(gpio, SENSOR, clock);
  const taken = taking(pir.levels.bind(pir));
  await clock.advance(seconds(1));
  gpio.drive(17, true);
  await clock.advance(minutes(11));

  expect(await codeOf(taken.ended)).toBe("GPIO_STUCK");
  expect(taken.seen.map(({ active }) => active)).toEqual([true, false]);

  const again = taking(pir.levels.bind(pir));
  await clock.advance(milliseconds(200));
  expect(await codeOf(again.ended)).toBe("GPIO_STUCK");
  expect(again.seen).toEqual([]);

  gpio.drive(17, false);
  const mended = taking(pir.levels.bind(pir));
  await clock.advance(milliseconds(200));
  gpio.drive(17, true);
  await clock.advance(seconds(1));
  expect(mended.seen.map(({ active }) => active)).toEqual([true]);
  await mended.stop();
});

test("a sensor found active at the start has not just seen somebody come", async () => {
  const { clock, gpio } = bench();
  gpio.drive(17, true);
  const pir = new GpioPir(gpio, SENSOR, clock);
  const taken = taking(pir.levels.bind(pir));
  await clock.advance(seconds(5));
  await taken.stop();

  expect(taken.seen).toEqual([]);
});

test("an objection that is held when we start is an objection", async () => {
  const { clock, gpio } = bench();
  gpio.drive(27, false);
  const hold = new GpioHold(gpio, PUSH, clock);
  const taken = taking(hold.levels.bind(hold));
  await clock.advance(seconds(1));
  await taken.stop();

  expect(taken.seen.map(({ active }) => active)).toEqual([true]);
});

test("a floating wire that takes up the mains is told apart from a visitor", async () => {
  const { clock, gpio } = bench();
  const input = new GpioInput(gpio, SENSOR, clock);
  const taken = taking(input.changes.bind(input));
  await clock.advance(seconds(1));
  for (let i = 0; i < 700; i++) {
    gpio.drive(17, i % 2 === 0);
    await clock.advance(milliseconds(10));
  }

  expect(await codeOf(taken.ended)).toBe("GPIO_CHATTER");
  expect(gpio.held(17)).toBe(false);
});

test("a jammed button is a fault, not a visitor without patience", async () => {
  const { clock, gpio } = bench();
  const button = new GpioButton(gpio, PUSH, clock);
  const taken = taking(button.presses.bind(button));
  await clock.advance(seconds(1));
  gpio.drive(27, false);
  await clock.advance(minutes(3));

  expect(taken.seen.length).toBe(1);
  expect(await codeOf(taken.ended)).toBe("GPIO_STUCK");
});

test("who presses three times within a second has rung once, from the first touch", async () => {
  const { clock, gpio } = bench();
  const button = new GpioButton(gpio, PUSH, clock);
  const taken = taking(button.presses.bind(button));
  await clock.advance(seconds(1));
  const touched = clock.uptime();
  for (let i = 0; i < 3; i++)
    for (const up of [false, true]) {
      gpio.drive(27, up);
      await clock.advance(milliseconds(100));
    }
  await taken.stop();

  expect(taken.seen).toEqual([{ at: touched }]);
});

test("a line that another program holds, or that is taken from us, comes with its own code", async () => {
  const { clock, gpio } = bench();
  await gpio.output(17, false);
  const pir = new GpioPir(gpio, SENSOR, clock);
  expect(await codeOf(taking(pir.levels.bind(pir)).ended)).toBe("GPIO_LINE_BUSY");

  const button = new GpioButton(gpio, PUSH, clock);
  const taken = taking(button.presses.bind(button));
  await clock.advance(seconds(1));
  gpio.breakLine(27, new DriverError("GPIO_LINE_LOST", "GPIO27: gone"));
  expect(await codeOf(taken.ended)).toBe("GPIO_LINE_LOST");
});

test("an abort lets the line go and leaves no timer behind", async () => {
  const { clock, gpio } = bench();
  const pir = new GpioPir(gpio, SENSOR, clock);
  const taken = taking(pir.levels.bind(pir));
  await clock.advance(seconds(1));
  gpio.drive(17, true);
  expect(gpio.held(17)).toBe(true);
  await taken.stop();

  expect(gpio.held(17)).toBe(false);
  await clock.advance(minutes(20));
  expect(await taken.ended).toBeUndefined();
});
