// Every input that runs on any machine under its contract: the simulated ones, and the real ones on a simulated header.
import { GpioButton } from "../../drivers/button/gpio.ts";
import { SimulatedButton } from "../../drivers/button/simulated.ts";
import { milliseconds } from "../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../drivers/clock/simulated.ts";
import type { Wiring } from "../../drivers/gpio/input.ts";
import { SimulatedGpio } from "../../drivers/gpio/simulated.ts";
import { GpioHold, GpioPir } from "../../drivers/pir/gpio.ts";
import { SimulatedPir } from "../../drivers/pir/simulated.ts";
import { GpioPrivacySwitch } from "../../drivers/privacy-switch/gpio.ts";
import { SimulatedPrivacySwitch } from "../../drivers/privacy-switch/simulated.ts";
import { buttonContract } from "./button.ts";
import type { InputRig } from "./input-rig.ts";
import { pirContract } from "./pir.ts";
import { privacySwitchContract } from "./privacy-switch.ts";

function bench<Driver>(driver: Driver, clock: SimulatedClock, set: (active: boolean) => void): InputRig<Driver> {
  return { driver, set, opened: () => clock.advance(milliseconds(0)), pass: (span) => clock.advance(span) };
}

const SENSOR: Wiring = { gpio: 17, pull: "down", active: "high", debounceMs: 50 };
const PUSH: Wiring = { gpio: 27, pull: "up", active: "low", debounceMs: 30 };
const SWITCH: Wiring = { gpio: 23, pull: "up", active: "high", debounceMs: 50 };

/** A line of a simulated header at rest, under `make`'s driver. */
function wired<Driver>(
  wiring: Wiring,
  make: (gpio: SimulatedGpio, wiring: Wiring, clock: SimulatedClock) => Driver,
): InputRig<Driver> {
  const clock = new SimulatedClock();
  const gpio = new SimulatedGpio(clock);
  const set = (active: boolean): void => gpio.drive(wiring.gpio, active === (wiring.active === "high"));
  set(false);
  return bench(make(gpio, wiring, clock), clock, set);
}

pirContract("a simulated sensor", () => {
  const clock = new SimulatedClock();
  const pir = new SimulatedPir(clock);
  return bench(pir, clock, (active) => pir.sense(active));
});
pirContract("a sensor on a simulated header", () => wired(SENSOR, (...given) => new GpioPir(...given)));
pirContract("a sensor whose output is inverted", () =>
  wired({ ...SENSOR, active: "low" }, (...given) => new GpioPir(...given)),
);
pirContract("a sensor without debouncing", () =>
  wired({ ...SENSOR, debounceMs: 0 }, (...given) => new GpioPir(...given)),
);

buttonContract("a simulated bell push", () => {
  const clock = new SimulatedClock();
  const button = new SimulatedButton(clock);
  return bench(button, clock, (down) => down && button.press());
});
buttonContract("a bell push on a simulated header", () => wired(PUSH, (...given) => new GpioButton(...given)));

privacySwitchContract("a simulated switch", () => {
  const clock = new SimulatedClock();
  const one = new SimulatedPrivacySwitch(clock);
  return bench(one, clock, (closed) => one.turn(closed));
});
privacySwitchContract("a switch on a simulated header", () =>
  wired(SWITCH, (...given) => new GpioPrivacySwitch(...given)),
);

privacySwitchContract("what a visitor holds, which is read as a switch is", () => {
  const rig = wired(PUSH, (...given) => new GpioHold(...given));
  return {
    ...rig,
    driver: {
      async *positions(signal) {
        for await (const { active, at } of rig.driver.levels(signal)) yield { closed: active, at };
      },
    },
  };
});
