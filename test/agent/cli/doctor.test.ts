// What the doctor says of machines in every condition; and that it leaves a running camera alone.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, expect, test } from "vitest";
import { examine, registerDoctor } from "../../../agent/cli/doctor.ts";
import type { Finding, LineFact, Machine } from "../../../agent/cli/doctor-check.ts";
import type { Status } from "../../../agent/review/owner.ts";
import { CapturedIo } from "./captured-io.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));
const TOML = `
[device]
name = "porch"
[camera]
source = "libcamera"
[trigger]
pir = { gpio = 17 }
button = { gpio = 27 }
light = { gpio = 22 }
`;
let files = 0;
const file = (text: string): string => {
  const path = join(folder, `${files++}.toml`);
  writeFileSync(path, text);
  return path;
};

const GB = 1e9;
const CARD = { freeBytes: 20 * GB, totalBytes: 32 * GB, filesystem: "ext4", readOnly: false, swapFiles: [] };
const FREE = new Map<number, LineFact>([17, 22, 27].map((gpio) => [gpio, { exists: true }]));
const HELD = new Map<number, LineFact>([17, 22, 27].map((gpio) => [gpio, { exists: true, holder: "sysfs" }]));
const MISSING = { code: "GPIO_PROGRAM_MISSING", detail: "no gpiomon", remedy: "install gpiod" };

const MODULE_3 = {
  index: 0,
  sensor: "imx708",
  modes: [
    { width: 1536, height: 864, fps: 120.13 },
    { width: 4608, height: 2592, fps: 14.35 },
  ],
};

/** A Pi on which all is well, but for `ill`. `touched` notes what may not be touched while an agent runs. */
function pi(ill: Partial<Machine> = {}): Machine & { readonly touched: string[] } {
  const touched: string[] = [];
  return {
    touched,
    listCameras: async () => {
      touched.push("camera");
      return [MODULE_3];
    },
    usbFormats: async () => {
      touched.push("camera");
      return [{ name: "mjpeg", compressed: true, sizes: ["640x480", "1280x720"] }];
    },
    rpicam: async () => ({ version: "1.12.0", libav: false }),
    board: async () => "Raspberry Pi Zero 2 W Rev 1.0",
    ffmpeg: async () => ({ version: "ffmpeg 7.1", x264: true }),
    fileReadable: async () => true,
    lines: async () => FREE,
    gpioDrivers: async () => [{ name: "onoff" }, { name: "gpiod 2.2.1" }],
    microphonePeak: async () => {
      touched.push("microphone");
      return 0.1;
    },
    clock: async () => ({ trusted: true, detail: "NTP keeps it" }),
    card: async () => CARD,
    undervoltage: async () => "never",
    ...ill,
  };
}

const RUNNING: Status = {
  timezone: "UTC",
  device: "porch",
  camera: { state: "on", source: "libcamera", detail: "" },
  microphone: { state: "off", detail: "" },
  light: { state: "on", detail: "steady" },
  recording: { state: "idle" },
  sharing: { state: "disabled", detail: "" },
  broker: { state: "idle", detail: "" },
  clock: { trusted: true, detail: "NTP keeps it" },
  config: { file: "doorstep.toml", digest: "", faults: [] },
  clips: { count: 3, bytes: 1e6, waiting: 1, free: 20e9 },
  alarms: [],
};

const ask = (machine: Machine, toml = TOML, status?: Status): Promise<readonly Finding[]> =>
  examine(machine, file(toml), "/var/lib/doorstep", async () => status);
const stateOf = (findings: readonly Finding[], name: string): string | undefined =>
  findings.find((finding) => finding.name === name && finding.state !== "ok")?.state ??
  findings.find((f) => f.name === name)?.state;

test("a healthy Pi has nothing to mend, and every line that is not ok says what to do", async () => {
  const findings = await ask(pi());

  expect(findings.filter(({ state }) => state === "fail")).toEqual([]);
  expect(findings.every(({ state, remedy }) => (state === "ok") === (remedy === undefined))).toBe(true);
});

test("while an agent runs, camera and microphone are asked of it and not touched", async () => {
  const machine = pi({ lines: async () => HELD });
  const findings = await ask(machine, `${TOML}[audio]\nrecord = true\n`, RUNNING);

  expect(machine.touched).toEqual([]);
  expect(findings.filter(({ state }) => state === "fail")).toEqual([]);
  expect(findings).toContainEqual(
    expect.objectContaining({ name: "pir", detail: "GPIO17, held by the agent (sysfs)" }),
  );
});

const ILLS: readonly (readonly [string, Partial<Machine>, string, "warn" | "fail"])[] = [
  ["no camera is connected", { listCameras: async () => [] }, "camera", "fail"],
  [
    "the camera programs are missing",
    { listCameras: async () => ({ ...MISSING, code: "CAMERA_PROGRAM_MISSING" }) },
    "camera",
    "fail",
  ],
  ["a Pi 5 has no encoder", { board: async () => "Raspberry Pi 5 Model B Rev 1.0" }, "encoder", "fail"],
  ["there is no ffmpeg, which nothing needs but stills", { ffmpeg: async () => MISSING }, "ffmpeg", "warn"],
  ["a line does not exist", { lines: async () => new Map([...FREE, [17, { exists: false }]]) }, "pir", "fail"],
  [
    "a line is held by another",
    { lines: async () => new Map([...FREE, [22, { exists: true, holder: "lirc" }]]) },
    "light wire",
    "fail",
  ],
  ["no GPIO driver can be used", { gpioDrivers: async () => [{ name: "gpiod", trouble: MISSING }] }, "gpio", "fail"],
  ["the card is full", { card: async () => ({ ...CARD, freeBytes: 1e6 }) }, "card", "fail"],
  ["the card may become full", { card: async () => ({ ...CARD, freeBytes: 1e9 }) }, "card", "warn"],
  ["recordings lie on an overlay", { card: async () => ({ ...CARD, filesystem: "overlay" }) }, "overlay", "fail"],
  ["the card has become read-only", { card: async () => ({ ...CARD, readOnly: true }) }, "card", "fail"],
  ["the card is worn", { card: async () => ({ ...CARD, wornPercent: 90 }) }, "wear", "warn"],
  ["the card is swapped to", { card: async () => ({ ...CARD, swapFiles: ["/var/swap"] }) }, "wear", "warn"],
  ["the clock is not set", { clock: async () => ({ trusted: false, detail: "not yet" }) }, "clock", "warn"],
  ["the power supply is weak", { undervoltage: async () => "before" }, "power", "warn"],
];

test.each(ILLS)("says so when %s", async (_name, ill, name, state) => {
  expect(stateOf(await ask(pi(ill)), name)).toBe(state);
});

const SOUND = `${TOML}[audio]\nrecord = true\n`;
const MASK = '[[mask]]\nname = "window"\npolygon = [[0, 0], [0.2, 0], [0.2, 0.3]]\n';
const PROPERTY = '[[property]]\nname = "garden"\npolygon = [[0, 0], [1, 0], [1, 1]]\n';
const USB = TOML.replace('"libcamera"', '"v4l2"\ndevice = "/dev/v4l/by-id/My Camera"');
const LINES: readonly (readonly [string, string, Partial<Machine>, string, Finding["state"], string])[] = [
  ["the microphone is off", TOML, {}, "microphone", "ok", "never opened"],
  ["it hears", SOUND, {}, "microphone", "ok", "default: -20 dBFS at its loudest"],
  ["it hears nothing at all", SOUND, { microphonePeak: async () => 0 }, "microphone", "warn", "silence"],
  ["it hears next to nothing", SOUND, { microphonePeak: async () => 0.0001 }, "microphone", "warn", "-80 dBFS"],
  ["it is overdriven", SOUND, { microphonePeak: async () => 1 }, "microphone", "warn", "overdriven"],
  ["it is not there", SOUND, { microphonePeak: async () => MISSING }, "microphone", "fail", MISSING.detail],
  ["nothing is masked", TOML, {}, "masks", "warn", "everything in front of the camera is filmed"],
  ["a mask is drawn", TOML + MASK, {}, "masks", "ok", "1 hidden: window"],
  ["mask and property are", TOML + MASK + PROPERTY, {}, "masks", "ok", "hidden: window; nothing seen outside garden"],
  ["a camera is there", TOML, {}, "camera", "ok", "imx708, up to 1536x864 at 120, 4608x2592 at 14 pictures a second"],
  [
    "it has no mode for what is wanted of it",
    TOML.replace("[trigger]", "width = 1920\nheight = 1080\nfps = 30\n[trigger]"),
    {},
    "camera",
    "warn",
    "none gives 1920x1080 at 30",
  ],
  [
    "only another camera is there",
    TOML.replace("[trigger]", "index = 1\n[trigger]"),
    {},
    "camera",
    "fail",
    "there is no camera 1, only 1",
  ],
  ["a USB camera is there", USB, {}, "camera", "ok", "/dev/v4l/by-id/My Camera: mjpeg 640x480 1280x720"],
  [
    "it has no such size",
    USB.replace("[trigger]", "width = 960\nheight = 544\n[trigger]"),
    {},
    "camera",
    "warn",
    "not 960x544",
  ],
  ["it is not there", USB, { usbFormats: async () => MISSING }, "camera", "fail", MISSING.detail],
  ["it has no encoder", USB, { ffmpeg: async () => MISSING }, "ffmpeg", "fail", MISSING.detail],
  [
    "no light is wired",
    TOML.replace("{ gpio = 22 }", '"none"'),
    {},
    "light",
    "warn",
    "nobody can see whether the camera is open",
  ],
  ["there is no chime", TOML, {}, "chime", "ok", "none"],
  ["it is on a line", `${TOML}[chime]\ngpio = 25\n`, {}, "chime", "ok", "on GPIO25"],
  [
    "its sound is not there",
    `${TOML}[chime]\nsound = "/ding dong.wav"\n`,
    { fileReadable: async () => false },
    "chime",
    "fail",
    "/ding dong.wav is not there",
  ],
  ["it is not to share", TOML, {}, "broker", "ok", "nothing leaves"],
  ["no agent runs", TOML, {}, "agent", "warn", "none answers in /var/lib/doorstep"],
  [
    "nobody can say what the card has left",
    TOML,
    { card: async () => ({ ...MISSING, code: "CARD_UNREADABLE" }) },
    "card",
    "fail",
    MISSING.detail,
  ],
];

test.each(LINES)("without an agent it looks itself: %s", async (_name, toml, ill, name, state, said) => {
  const findings = await ask(pi(ill), toml);

  expect(findings.filter((finding) => finding.name === name)).toMatchObject([
    { state, detail: expect.stringContaining(said) as string },
  ]);
});

test("a mask that the hardware is to encode wants the hardware", async () => {
  const mask = '[[mask]]\nname = "window"\npolygon = [[0, 0], [0.2, 0], [0.2, 0.3]]\n';
  const masked = TOML.replace("[camera]\n", '[camera]\nencoder = "h264_v4l2m2m"\n') + mask;

  expect(stateOf(await ask(pi(), masked), "encoder")).toBe("ok");
  const without = await ask(pi({ fileReadable: async (path) => path !== "/dev/video11" }), masked);
  expect(without).toContainEqual(
    expect.objectContaining({ name: "encoder", state: "fail", remedy: expect.stringContaining("libx264") as string }),
  );
});

const SHARING = '[sharing]\nenabled = true\n[mqtt]\nurl = "mqtt://broker.lan"\n';
const EVERYTHING = `${SOUND}[chime]\ngpio = 25\n${SHARING}`;
const FAULT = { code: "CONFIG_VALUE_INVALID", path: "device.name", found: "1", expected: "a name" } as const;
const COMPLAINTS: readonly (readonly [string, Partial<Status>, string, "warn" | "fail"])[] = [
  [
    "its camera has failed",
    { camera: { state: "failed", source: "libcamera", detail: "CAMERA_STALLED" } },
    "camera",
    "fail",
  ],
  [
    "its camera is closed",
    { camera: { state: "closed", source: "libcamera", detail: "privacy switch" } },
    "camera",
    "warn",
  ],
  ["its microphone has failed", { microphone: { state: "failed", detail: "MICROPHONE_BUSY" } }, "microphone", "fail"],
  ["its publisher does not run", { broker: { state: "no publisher", detail: "" } }, "broker", "fail"],
  ["its broker does not answer", { broker: { state: "unreachable", detail: "ECONNREFUSED" } }, "broker", "fail"],
  ["its clock is not to be trusted", { clock: { trusted: false, detail: "NTP has not answered" } }, "clock", "fail"],
  [
    "its configuration is not the one in the file",
    { config: { file: "doorstep.toml", digest: "", faults: [FAULT] } },
    "agent",
    "fail",
  ],
  [
    "its chime cannot ring",
    { alarms: [{ code: "INPUT_UNREADABLE", detail: "chime: GPIO_LINE_BUSY: …", at: "" }] },
    "chime",
    "fail",
  ],
  ["its light cannot be driven", { light: { state: "failed", detail: "LIGHT_NOT_CONFIRMED" } }, "light", "fail"],
  [
    "an input cannot be read",
    { alarms: [{ code: "INPUT_UNREADABLE", detail: "pir: GPIO_STUCK: …", at: "" }] },
    "pir",
    "fail",
  ],
  ["it has an alarm", { alarms: [{ code: "LEDGER_ALTERED", detail: "entry 3", at: "" }] }, "alarm", "warn"],
];

test.each(COMPLAINTS)("passes on what the agent says: %s", async (_name, status, name, state) => {
  const findings = await ask(pi({ lines: async () => HELD }), EVERYTHING, { ...RUNNING, ...status });

  expect(stateOf(findings, name)).toBe(state);
});

test("what the agent says to do about a fault is what the doctor says", async () => {
  const remedy = "push the cable home";
  const held = new Map([...HELD, [25, { exists: true, holder: "sysfs" }]]);
  const findings = await ask(pi({ lines: async () => held }), EVERYTHING, {
    ...RUNNING,
    camera: { state: "failed", source: "libcamera", detail: "CAMERA_NOT_ANSWERING", remedy },
    microphone: { state: "failed", detail: "MICROPHONE_BUSY", remedy },
    light: { state: "failed", detail: "LIGHT_NOT_CONFIRMED", remedy },
    broker: { state: "unreachable", detail: "BROKER_UNREACHABLE", remedy },
    alarms: [{ code: "INPUT_UNREADABLE", detail: "pir: GPIO_STUCK: …", at: "", remedy }],
  });

  const faults = findings.filter((finding) => finding.state === "fail");
  expect(faults.map(({ name, remedy: todo }) => [name, todo])).toEqual([
    ["camera", remedy],
    ["microphone", remedy],
    ["pir", remedy],
    ["light", remedy],
    ["broker", remedy],
  ]);
});

test.each<[outcome: string | undefined, state: Finding["state"], said: string]>([
  ["ok", "ok", "connected: MQTT 5, and a message to itself came back"],
  [
    "the broker refused the message (PUBACK 0x87)",
    "fail",
    "connected: MQTT 5, but the broker refused the message (PUBACK 0x87)",
  ],
  [undefined, "warn", "connected: MQTT 5"],
])("a broker that is connected is only well if a message comes back: %s", async (outcome, state, said) => {
  const status: Status = { ...RUNNING, broker: { state: "connected", detail: "MQTT 5" } };
  const findings = await examine(
    pi(),
    file(TOML + SHARING),
    "/var/lib/doorstep",
    async () => status,
    async () => outcome,
  );
  expect(findings.filter(({ name }) => name === "broker")).toMatchObject([{ state, detail: said }]);
});

test("a configuration that is not valid is the first thing to mend, and the last that is looked at", async () => {
  const findings = await ask(pi(), `${TOML}[audio]\nrecord = "yes"\n`);

  expect(findings).toMatchObject([{ name: "config", state: "fail", detail: expect.stringContaining("audio.record") }]);
});

test.each([
  ["0 when there is nothing to mend", pi(), 0],
  ["1 when there is something to mend", pi({ listCameras: async () => [] }), 1],
])("its exit code is %s, with --json too", async (_name, machine, code) => {
  for (const json of [[], ["--json"]]) {
    const io = new CapturedIo();
    const program = new Command();
    registerDoctor(program, io, async () => machine);
    await program.parseAsync(["doctor", "--config", file(TOML), "--state", folder, ...json], { from: "user" });

    expect(io.code).toBe(code);
    if (json.length) expect(JSON.parse(io.stdout)).toMatchObject({ healthy: code === 0, checks: expect.any(Array) });
    else expect(io.stdout).toContain(`${code} to mend`);
  }
});
