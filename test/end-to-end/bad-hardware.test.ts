// Hardware that is missing, taken, broken or pulled out while the recorder runs: what `status` says of it and what to do, that the
// rest goes on meanwhile, and that it works again once it is mended.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seconds } from "../../drivers/clock/clock.ts";
import type { Status } from "../../agent/review/owner.ts";
import { NotifyEar } from "../notify-ear.ts";
import { Bench } from "./bench.ts";
import { Household } from "./household.ts";

const config = (camera: string, trigger: string, more = ""): string => `
[device]
name = "porch"
clock = "assume"
[camera]
${camera}
width = 320
height = 192
fps = 15
pre_roll = "1s"
post_roll = "1s"
max_clip = "10s"
[trigger]
${trigger}
${more}`;
const BELL = 'light = "none"\nbutton = { gpio = 27, driver = "simulated" }';
const RIBBON = 'source = "libcamera"';

describe.skipIf(spawnSync("ffmpeg", ["-version"]).error !== undefined)("a house with", { timeout: 150_000 }, () => {
  let house: Household;
  let bench: Bench;
  const moveIn = (text: string): void => {
    house.configure(text);
    house.start("recorder", bench.under);
  };
  const cameraIs = (state: string, code = "") =>
    house.status(
      `camera ${state} ${code}`,
      ({ camera }) => camera.state === state && camera.detail.startsWith(code),
      seconds(60),
    );

  beforeEach(() => {
    house = new Household(config(RIBBON, BELL));
    bench = new Bench(house.folder);
  });
  afterEach(() => house.close());

  test("a camera that is missing, then taken, then silent, and then well", async () => {
    bench.ail("camera", "no-camera");
    moveIn(config(RIBBON, BELL));
    await cameraIs("failed", "CAMERA_NOT_FOUND");
    await house.eventually("it is tried again and again", () => bench.cameraStarts > 2);
    // What fails in the same way each time is written down once.
    expect(readFileSync(house.logFile("recorder"), "utf8").match(/the camera failed/g)).toHaveLength(1);
    for (const [ail, code, todo] of [
      ["no-camera", "CAMERA_NOT_FOUND", "check the camera's cable"],
      ["busy", "CAMERA_BUSY", "close the other program"],
      ["stall", "CAMERA_STALLED", "restart the Pi and check its power supply"],
    ] as const) {
      bench.ail("camera", ail);
      const { camera } = await cameraIs("failed", code);
      expect(camera.remedy).toContain(todo);
      // Whoever rings meanwhile is heard, though not seen.
      await house.agent.send("POST", "/trigger", { input: "button" });
      expect((await house.owner("status")).out).toContain(todo);
    }

    bench.mend("camera");
    await cameraIs("on");
    expect(await house.visit("button")).toMatchObject({ state: "ready", triggers: ["button"] });
  });

  test("a visit that no camera saw in half a minute is told of", async () => {
    bench.ail("camera", "no-camera");
    moveIn(config(RIBBON, BELL));
    await cameraIs("failed", "CAMERA_NOT_FOUND");
    await house.agent.send("POST", "/trigger", { input: "button" });
    const { alarms } = await house.status("the alarm", ({ alarms: [alarm] }) => alarm !== undefined, seconds(60));

    expect(alarms).toMatchObject([
      {
        code: "VISIT_NOT_RECORDED",
        detail: expect.stringMatching(/^button: /) as string,
        remedy: expect.stringContaining("doorstep doctor") as string,
      },
    ]);
  });

  test.skipIf(spawnSync("systemd-notify", ["--version"]).error !== undefined)(
    "a camera that opens without end: the service manager's watchdog starves until it gives pictures",
    async () => {
      const ear = await NotifyEar.open(house.folder);
      bench.ail("camera", "mute");
      house.start("recorder", [...bench.under, `NOTIFY_SOCKET=${ear.socket}`, "WATCHDOG_USEC=3000000"]);
      await cameraIs("starting");
      await ear.until((heard) => heard.some((line) => line.startsWith("STATUS=camera starting")));
      expect(ear.heard[0]).toBe("READY=1");
      expect(ear.heard).not.toContain("WATCHDOG=1");

      await cameraIs("failed", "CAMERA_STALLED");
      bench.mend("camera");
      await cameraIs("on");
      ear.heard.length = 0;
      await ear.until((heard) => heard.includes("WATCHDOG=1"));
      ear.close();
    },
  );

  test("a camera whose program writes a gigabyte to its log: films on, and remembers little of it", async () => {
    bench.ail("camera", "flood");
    moveIn(config(RIBBON, BELL));
    await cameraIs("on");
    expect(await house.visit("button")).toMatchObject({ state: "ready" });
    expect((await cameraIs("on")).alarms).toEqual([]);
    // The most it ever had: half of what was written would show.
    const most = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${house.pid("recorder")}/status`, "utf8"))?.[1];
    expect(Number(most)).toBeLessThan(500_000);
  });

  test("a USB camera that is pulled out while it films", async () => {
    bench.ail("usb", "unplugged");
    moveIn(config('source = "v4l2"\ndevice = "/dev/v4l/by-id/My Camera"', BELL));
    await cameraIs("on");
    const { camera } = await cameraIs("failed", "CAMERA_UNPLUGGED");
    expect(camera).toMatchObject({ remedy: expect.stringContaining("plug the USB camera in again") as string });
    expect(camera.detail).toContain("/dev/v4l/by-id/My Camera");

    bench.mend("usb");
    await cameraIs("on");
    expect(await house.visit("button")).toMatchObject({ state: "ready" });
  });

  test("a sound card that goes in the middle of a clip: the pictures go on", async () => {
    moveIn(config(RIBBON, BELL, '[audio]\nrecord = true\ndevice = "plughw:CARD=Mine"'));
    await house.status(
      "sees and hears",
      ({ camera, microphone }) => camera.state === "on" && microphone.state === "on",
    );
    await house.agent.send("POST", "/trigger", { input: "button" });
    await house.status("recording", ({ recording }) => recording.state === "recording");
    bench.ail("sound", "gone");
    const { microphone, camera } = await house.status("deaf", (status) => status.microphone.state === "failed");

    expect(microphone).toMatchObject({
      detail: expect.stringMatching(/^MICROPHONE_MISSING: plughw:CARD=Mine: /) as string,
      remedy: expect.stringContaining("arecord -L") as string,
    });
    expect(camera.state).toBe("on");
    await house.clips("the clip", ([clip]) => clip?.state === "ready");
    expect(await house.visit("button")).toMatchObject({ state: "ready", triggers: ["button"] });

    bench.mend("sound");
    await house.status("hears again", ({ microphone: { state } }) => state === "on");
  });

  test("a light that takes its time: what was edited before the start is followed all the same", async () => {
    const light = 'light = { gpio = 22, driver = "gpiod" }';
    const sound = '[audio]\nrecord = true\ndevice = "plughw:CARD=Mine"';
    moveIn(config(RIBBON, light));
    await cameraIs("on");
    await house.end("recorder");
    moveIn(config(RIBBON, light, sound));

    await house.status("the edit holds", ({ microphone: { state } }) => state === "on", seconds(70));
  });

  test.each([
    ["light", 22, "", "failed", ({ light }: Status) => (light.state === "failed" ? light : undefined)],
    ["privacy switch", 23, "privacy_switch: ", "closed", ({ alarms }: Status) => alarms[0]],
  ] as const)(
    "a %s whose line another program holds: camera and microphone stay closed until it is let go",
    async (_name, gpio, whose, state, faultIn) => {
      bench.ail(`GPIO${gpio}`, "busy");
      const wires =
        'light = { gpio = 22, driver = "gpiod" }\n' +
        'privacy_switch = { gpio = 23, driver = "gpiod", active = "low" }';
      moveIn(config(RIBBON, wires, '[audio]\nrecord = true\ndevice = "plughw:CARD=Mine"'));
      const status = await house.status(
        "the fault is known",
        (now) => faultIn(now) !== undefined && now.camera.state === state,
        seconds(60),
      );
      const { detail, remedy } = faultIn(status)!;

      expect(detail).toMatch(new RegExp(`^${whose}GPIO_LINE_BUSY: GPIO${gpio}`));
      expect(remedy).toContain("`gpioinfo` names it");
      expect(status.microphone.state).toBe("off");
      expect(bench.cameraStarts).toBe(0);

      bench.mend(`GPIO${gpio}`);
      await house.status(
        "sees and hears",
        ({ camera, microphone }) => camera.state === "on" && microphone.state === "on",
        seconds(70),
      );
    },
  );

  test("wires that are wrong: one to no line, one to another program's, one that floats", async () => {
    const line = (gpio: number): string => `{ gpio = ${gpio}, driver = "gpiod" }`;
    bench.ail("GPIO17", "missing");
    bench.ail("GPIO24", "busy");
    bench.ail("GPIO27", "floating");
    moveIn(config(RIBBON, `light = "none"\npir = ${line(17)}\nobjection = ${line(24)}\nbutton = ${line(27)}`));
    const { alarms, camera } = await house.status(
      "three wrong wires",
      (status) => status.alarms.length === 3 && status.camera.state === "on",
      seconds(40),
    );

    expect(camera.state).toBe("on");
    const wires = Object.fromEntries(alarms.map(({ detail, remedy }) => [detail.split(":")[0], { detail, remedy }]));
    expect(wires).toEqual({
      pir: { detail: "pir: GPIO_LINE_MISSING: GPIO17", remedy: expect.stringContaining("BCM number") },
      objection: {
        detail: expect.stringContaining("objection: GPIO_LINE_BUSY: GPIO24"),
        remedy: expect.stringContaining("`gpioinfo` names it"),
      },
      button: {
        detail: expect.stringContaining("button: GPIO_CHATTER: GPIO27"),
        remedy: expect.stringContaining("resistor"),
      },
    });

    for (const wire of ["GPIO17", "GPIO24", "GPIO27"] as const) bench.mend(wire);
    await house.status("all wires right", (status) => status.alarms.length === 0, seconds(60));
    bench.ail("GPIO27", "pressed");
    await house.status("somebody rings", ({ recording }) => recording.state === "recording");
    bench.mend("GPIO27");
    await house.clips("the visit", ([clip]) => clip?.state === "ready");
  });
});
