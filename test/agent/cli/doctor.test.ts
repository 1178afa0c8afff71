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

/** A Pi on which all is well, but for `ill`. `touched` notes what may not be touched while an agent runs. */
function pi(ill: Partial<Machine> = {}): Machine & { readonly touched: string[] } {
  const touched: string[] = [];
  return {
    touched,
    listCameras: async () => {
      touched.push("camera");
      return ["imx708, 4608x2592 10-bit RGGB"];
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

test("a mask that the hardware is to encode wants the hardware", async () => {
  const mask = '[[mask]]\nname = "window"\npolygon = [[0, 0], [0.2, 0], [0.2, 0.3]]\n';
  const masked = TOML.replace("[camera]\n", '[camera]\nencoder = "h264_v4l2m2m"\n') + mask;

  expect(stateOf(await ask(pi(), masked), "encoder")).toBe("ok");
  const without = await ask(pi({ fileReadable: async (path) => path !== "/dev/video11" }), masked);
  expect(without).toContainEqual(
    expect.objectContaining({ name: "encoder", state: "fail", remedy: expect.stringContaining("libx264") as string }),
  );
});

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
  const findings = await ask(pi({ lines: async () => HELD }), TOML, { ...RUNNING, ...status });

  expect(stateOf(findings, name)).toBe(state);
});

test("what the agent says to do about a fault is what the doctor says", async () => {
  const remedy = "push the cable home";
  const findings = await ask(pi({ lines: async () => HELD }), TOML, {
    ...RUNNING,
    camera: { state: "failed", source: "libcamera", detail: "CAMERA_NOT_ANSWERING", remedy },
    light: { state: "failed", detail: "LIGHT_NOT_CONFIRMED", remedy },
    alarms: [{ code: "INPUT_UNREADABLE", detail: "pir: GPIO_STUCK: …", at: "", remedy }],
  });

  const faults = findings.filter((finding) => finding.state === "fail");
  expect(faults.map(({ name, remedy: todo }) => [name, todo])).toEqual([
    ["camera", remedy],
    ["pir", remedy],
    ["light", remedy],
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
  const sharing = `${TOML}[sharing]\nenabled = true\n[mqtt]\nurl = "mqtt://broker.lan"\n`;
  const status: Status = { ...RUNNING, broker: { state: "connected", detail: "MQTT 5" } };
  const findings = await examine(
    pi(),
    file(sharing),
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
