// Every light and chime that runs on any machine under its contract.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { GpioChime } from "../../drivers/chime/gpio.ts";
import { SimulatedChime } from "../../drivers/chime/simulated.ts";
import { SoundChime } from "../../drivers/chime/sound.ts";
import { SimulatedClock } from "../../drivers/clock/simulated.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { SimulatedGpio } from "../../drivers/gpio/simulated.ts";
import { GpioLight } from "../../drivers/light/gpio.ts";
import { SimulatedLight } from "../../drivers/light/simulated.ts";
import { chimeContract } from "./chime.ts";
import { lightContract } from "./light.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-chime-"));
afterAll(() => rmSync(folder, { recursive: true }));

lightContract("a simulated light", () => {
  const clock = new SimulatedClock();
  const light = new SimulatedLight();
  return { light, lit: () => light.pattern !== "off", pass: (span) => clock.advance(span) };
});

for (const active of ["high", "low"] as const)
  lightContract(`a light on a simulated header that shines when ${active}`, () => {
    const clock = new SimulatedClock();
    const gpio = new SimulatedGpio(clock);
    const light = new GpioLight(gpio, { gpio: 22, active }, clock);
    return { light, lit: () => gpio.high(22) === (active === "high"), pass: (span) => clock.advance(span) };
  });

chimeContract("a simulated chime", () => {
  const clock = new SimulatedClock();
  const chime = new SimulatedChime();
  return { chime, rings: () => chime.rings, pass: (span) => clock.advance(span) };
});

chimeContract("a chime on a simulated header", () => {
  const clock = new SimulatedClock();
  const gpio = new SimulatedGpio(clock);
  let rings = 0;
  const chime = new GpioChime(
    {
      name: "counting",
      levels: gpio.levels.bind(gpio),
      output: async (...given) => {
        const line = await gpio.output(...given);
        return { ...line, set: (high) => line.set(high).then(() => void (rings += Number(high))) };
      },
    },
    { gpio: 25, active: "high" },
    clock,
  );
  return { chime, rings: () => rings, pass: (span) => clock.advance(span) };
});

chimeContract("a sound, played by a stand-in for aplay", () => {
  const heard = join(mkdtempSync(join(folder, "rig-")), "heard");
  const program = `${heard}-aplay`;
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${heard}\n`);
  chmodSync(program, 0o755);
  const file = `${heard}.wav`;
  writeFileSync(file, "");
  const chime = new SoundChime({ file, program }, new SystemClock());
  const rings = (): number => (existsSync(heard) ? readFileSync(heard, "utf8").trim().split("\n").length : 0);
  return { chime, rings, pass: async () => {} };
});
