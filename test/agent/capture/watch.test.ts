// The eyes put together on a simulated header: what happens to camera, light and chime when one wire does not do its duty.
import { expect, onTestFinished, test } from "vitest";
import { Watch } from "../../../agent/capture/watch.ts";
import type { Config } from "../../../config/config.ts";
import { parseConfig } from "../../../config/parse.ts";
import { GpioButton } from "../../../drivers/button/gpio.ts";
import { SimulatedChime } from "../../../drivers/chime/simulated.ts";
import { milliseconds, minutes, seconds, type Uptime } from "../../../drivers/clock/clock.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";
import { DriverError } from "../../../drivers/error.ts";
import { SimulatedGpio } from "../../../drivers/gpio/simulated.ts";
import { GpioLight } from "../../../drivers/light/gpio.ts";
import { GpioHold, GpioPir } from "../../../drivers/pir/gpio.ts";
import { GpioPrivacySwitch } from "../../../drivers/privacy-switch/gpio.ts";
import { temporaryDirectory } from "./footage.ts";
import { Diary, ScriptedCamera } from "./scripted-camera.ts";

const TOML = `
[device]
name = "porch"
[camera]
source = "simulated"
post_roll = "4s"
pre_roll = "1s"
[trigger]
pir = { gpio = 17 }
button = { gpio = 27 }
light = { gpio = 22 }
privacy_switch = { gpio = 23 }
objection = { gpio = 24 }
[chime]
gpio = 25
`;

function config(): Config {
  const parsed = parseConfig(TOML);
  if ("faults" in parsed) throw new DriverError("CAMERA_FILE_DAMAGED", JSON.stringify(parsed.faults));
  return parsed.config;
}

async function rig({ pirReadyAt }: { pirReadyAt?: number } = {}) {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  const clock = new SimulatedClock();
  const gpio = new SimulatedGpio(clock);
  const camera = new ScriptedCamera(clock);
  const chime = new SimulatedChime();
  const diary = new Diary();
  const faults: string[] = [];
  const rings: number[] = [];
  const settings = config();
  const line = { ...settings.trigger, chime: settings.chime };
  gpio.drive(23, false);
  gpio.drive(24, true);
  gpio.drive(27, true);
  let clips = 0;
  const watch = new Watch({
    config: settings,
    hardware: {
      camera,
      chime,
      pir: new GpioPir(gpio, line.pir!, clock),
      button: new GpioButton(gpio, line.button!, clock),
      light: new GpioLight(gpio, { gpio: 22, active: "high" }, clock),
      privacySwitch: new GpioPrivacySwitch(gpio, line.privacySwitch!, clock),
      objection: new GpioHold(gpio, line.objection!, clock),
      ...(pirReadyAt !== undefined && { pirReadyAt: pirReadyAt as Uptime }),
      press: () => {},
    },
    clock,
    clockTrusted: () => true,
    ids: () => `01kaqz3v5c00000000000000${String(++clips).padStart(2, "0")}`,
    clipsDir: directory.path,
    listener: diary,
    onRing: () => rings.push(clock.uptime()),
    onPir: () => {},
    onInputFault: (input, error) => faults.push(`${input}: ${(error as DriverError).code}`),
  });
  onTestFinished(() => watch.stop());
  const start = async (): Promise<void> => {
    await watch.start();
    await clock.advance(seconds(1));
  };
  const press = async (): Promise<void> => {
    gpio.drive(27, false);
    await clock.advance(milliseconds(150));
    gpio.drive(27, true);
    await clock.advance(milliseconds(150));
  };
  return { watch, clock, gpio, camera, chime, diary, faults, rings, start, press };
}

const LOST = new DriverError("GPIO_LINE_LOST", "gone");

test("the light is on before the camera opens, and goes out after it has closed", async () => {
  const { watch, gpio, camera, start, clock } = await rig();
  expect(gpio.high(22)).toBe(false);
  await start();

  expect([camera.feed.open, gpio.high(22)]).toEqual([true, true]);
  gpio.drive(23, true);
  await clock.advance(seconds(1));
  expect([camera.feed.open, gpio.high(22)]).toEqual([false, false]);
  expect(watch.capture.status()).toMatchObject({ camera: "shut", shutBy: ["privacy switch"] });
});

test("a light that cannot be driven keeps the camera closed until it is mended", async () => {
  const { watch, gpio, camera, start, clock } = await rig();
  gpio.short(22, false);
  await start();
  expect(camera.feed.opened).toBe(0);
  expect(watch.light).toMatchObject({
    state: "failed",
    detail: expect.stringContaining("LIGHT_NOT_CONFIRMED"),
    remedy: expect.stringContaining("check the light's wire"),
  });

  gpio.short(22, undefined);
  await clock.advance(minutes(2));
  expect(camera.feed.open).toBe(true);
});

test("a light that is lost while the camera is open closes it, and its return opens it", async () => {
  const { watch, gpio, camera, start, clock } = await rig();
  await start();
  gpio.breakLine(22, LOST);
  await clock.advance(milliseconds(10));
  expect(camera.feed.open).toBe(false);
  expect(watch.light.state).toBe("failed");

  gpio.breakLine(22, undefined);
  await clock.advance(minutes(2));
  expect([camera.feed.open, gpio.high(22), watch.light.state]).toEqual([true, true, "on"]);
});

test("the bell rings inside whatever becomes of the camera, the switch and the light", async () => {
  const { gpio, camera, chime, rings, start, press, clock } = await rig();
  await start();
  camera.feed.end(new DriverError("CAMERA_NOT_FOUND", "no camera"));
  await clock.advance(seconds(1));
  await press();
  gpio.drive(23, true);
  gpio.breakLine(22, LOST);
  await clock.advance(seconds(2));
  await press();

  expect(chime.rings).toBe(2);
  expect(rings.length).toBe(2);
});

test("a chime that fails is told of, and the press counts all the same", async () => {
  const { watch, chime, rings, faults, start, press } = await rig();
  await start();
  chime.breakWith(new DriverError("CHIME_NOT_PLAYED", "no card"));
  await press();

  expect(rings.length).toBe(1);
  expect(faults).toEqual(["chime: CHIME_NOT_PLAYED"]);
  expect(watch.inputFaults.get("chime")).toContain("CHIME_NOT_PLAYED");
});

test("a switch that can no longer be read keeps the camera closed, and is told of once", async () => {
  const { watch, gpio, camera, faults, start, clock } = await rig();
  await start();
  expect(camera.feed.open).toBe(true);
  gpio.breakLine(23, LOST);
  await clock.advance(minutes(5));
  expect(camera.feed.open).toBe(false);
  expect(faults).toEqual(["privacy_switch: GPIO_LINE_LOST"]);
  expect(watch.inputFaults.has("privacy_switch")).toBe(true);

  gpio.breakLine(23, undefined);
  await clock.advance(minutes(3));
  expect(camera.feed.open).toBe(true);
  expect(watch.inputFaults.size).toBe(0);
});

test("every input fails alone: a dead sensor leaves bell, camera and light as they were", async () => {
  const { watch, gpio, camera, chime, start, press, clock } = await rig();
  gpio.breakLine(17, new DriverError("GPIO_LINE_BUSY", "GPIO17: held by another program"));
  await start();
  await press();
  await clock.advance(seconds(1));

  expect([camera.feed.open, gpio.high(22), chime.rings]).toEqual([true, true, 1]);
  expect([...watch.inputFaults.keys()]).toEqual(["pir"]);
});

test("a sensor that never lets go is told of with its code, and is nobody: camera and bell go on", async () => {
  const { watch, gpio, camera, chime, start, press, clock } = await rig();
  await start();
  gpio.drive(17, true);
  await clock.advance(minutes(11));
  await press();

  expect(watch.inputFaults.get("pir")).toMatch(/^GPIO_STUCK: GPIO17 /);
  expect([camera.feed.open, chime.rings]).toEqual([true, 1]);
  gpio.drive(17, false);
  await clock.advance(minutes(3));
  expect(watch.inputFaults.size).toBe(0);
});

test("an objection that cannot be read counts as an objection, one that is not held does not", async () => {
  const { watch, gpio, camera, diary, start, press } = await rig();
  await start();
  await press();
  await camera.play(15);
  gpio.breakLine(24, LOST);
  await press();
  await camera.play(15);
  await watch.stop();

  expect(diary.ready.map(({ objected }) => objected)).toEqual([false, true]);
});

test("a sensor is not believed while it warms up after the power came on", async () => {
  const { gpio, camera, diary, start, watch } = await rig({ pirReadyAt: 20_000 });
  await start();
  for (const span of [5, 20, 10]) {
    gpio.drive(17, true);
    await camera.play(2);
    gpio.drive(17, false);
    await camera.play(span);
  }
  await watch.stop();

  expect(diary.missed).toEqual(["pir: warm-up", "pir: warm-up"]);
  expect(diary.ready.map(({ triggers }) => triggers)).toEqual([["pir"]]);
});
