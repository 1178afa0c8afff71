// Chimes that cannot ring, and say why.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { GpioChime } from "../../../drivers/chime/gpio.ts";
import { SoundChime } from "../../../drivers/chime/sound.ts";
import { milliseconds } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { SystemClock } from "../../../drivers/clock/system.ts";
import { SimulatedGpio } from "../../../drivers/gpio/simulated.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-chime-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "ding dong.wav");
writeFileSync(file, "not a sound");
const clock = new SystemClock();

test.each([
  ["the sound is not there", { file: join(folder, "none.wav") }, "CHIME_SOUND_MISSING"],
  ["the player is not installed", { file, program: "/nowhere/aplay" }, "CHIME_PLAYER_MISSING"],
  ["the player fails", { file, program: "/bin/false" }, "CHIME_NOT_PLAYED"],
])("says that %s", async (_name, options, code) => {
  await expect(new SoundChime(options, clock).ring()).rejects.toMatchObject({ code });
});

test("the real player refuses a device that is not there, and its words are kept", async () => {
  const ring = new SoundChime({ file, device: "hw:NoSuchCard" }, clock).ring();

  await expect(ring).rejects.toMatchObject({
    code: "CHIME_NOT_PLAYED",
    detail: expect.stringContaining("ding dong.wav: "),
  });
});

test("a pulse lasts four tenths of a second, and ends when the chime is closed", async () => {
  const simulated = new SimulatedClock();
  const gpio = new SimulatedGpio(simulated);
  const chime = new GpioChime(gpio, { gpio: 25, active: "low" }, simulated);
  const rung = chime.ring();
  await simulated.advance(milliseconds(390));
  expect(gpio.high(25)).toBe(false);
  await simulated.advance(milliseconds(20));
  await rung;
  expect(gpio.high(25)).toBe(true);

  const cut = chime.ring();
  await simulated.advance(milliseconds(10));
  expect(gpio.high(25)).toBe(false);
  await chime.close();
  await cut;
  expect(gpio.high(25)).toBe(true);
  expect(gpio.held(25)).toBe(false);
});
