// [trigger] and [chime]: what starts a recording, what tells people, and which GPIO line each hangs on. Pure.
import type { CameraSource, Config, GpioLine } from "../config.ts";
import { type Fields, defaulted, optional, writeFields } from "../field.ts";
import {
  ACTIVE_OUTPUT,
  DRIVER,
  OUTPUT,
  type InputName,
  STILL,
  gpioNumberKind,
  inputFields,
  readInput,
  readOutput,
} from "../gpio-line.ts";
import { numberKind, switchKind, wordKind } from "../kind.ts";
import { fileKind, resolvedPath } from "../path-name.ts";
import type { TableReader } from "../table-reader.ts";
import { isRealCamera } from "./camera.ts";

export const TRIGGER = {
  video: defaulted("video", switchKind, false, "Motion in the picture starts a recording too."),
  confirm: defaulted(
    "confirm",
    wordKind(["none", "motion"]),
    "none",
    "motion: a recording that the sensor started is kept only if something moved in a zone.",
  ),
  sensitivity: defaulted(
    "sensitivity",
    numberKind({ min: 0, max: 1 }),
    0.5,
    "How little movement in the picture counts: 0 (only a lot) to 1 (almost any).",
  ),
};

type Trigger = Config["trigger"];
type Drawn<T> = { -readonly [P in keyof T]: T[P] | undefined };

const INPUTS = { pir: "pir", button: "button", privacySwitch: "privacy_switch", objection: "objection" } as const;
const DEFAULT_LIGHT_GPIO = 22;

/** Reads [trigger]; `source` decides whether lines are real by default, and whether a light must be written. */
export function readTrigger(table: TableReader, source: CameraSource | undefined): Drawn<Trigger> {
  const driver = defaultDriver(source);
  const inputs: Partial<Record<keyof typeof INPUTS, GpioLine | undefined>> = {};
  for (const [property, key] of Object.entries(INPUTS))
    if (table.has(key))
      inputs[property as keyof typeof INPUTS] = readInput(table.table(key), key satisfies InputName, driver);
    else table.raw(key);
  const light = readLight(table, source, driver, Object.values(inputs));
  const rest = table.fields(TRIGGER);
  if (source && isRealCamera(source) && inputs.privacySwitch?.driver === "simulated")
    table.fault("CONFIG_VALUE_INVALID", "privacy_switch", { expected: "a real line with a real camera" });
  table.finish();
  return {
    pir: undefined,
    button: undefined,
    privacySwitch: undefined,
    objection: undefined,
    ...inputs,
    ...rest,
    light,
  };
}

function readLight(
  table: TableReader,
  source: CameraSource | undefined,
  driver: GpioLine["driver"],
  inputs: readonly (GpioLine | undefined)[],
): Trigger["light"] | undefined {
  const real = source !== undefined && isRealCamera(source);
  const expected = 'a line such as { gpio = 22 }, or "none"';
  const value = table.raw("light");
  if (value === undefined && source && !real)
    return { gpio: freeLine(inputs), driver: "simulated", active: "high", ...STILL };
  if (value === undefined) {
    if (real) table.missing("light", "CONFIG_LIGHT_UNDECIDED", expected, 'without a light: light = "none"');
    return undefined;
  }
  if (value === "none") return "none";
  if (typeof value !== "object") {
    const line = typeof value === "number" ? `light = { gpio = ${value} }` : undefined;
    table.fault("CONFIG_VALUE_INVALID", "light", { expected, hint: line && `write ${line}` });
    return undefined;
  }
  const line = readOutput(table.table("light"), driver);
  if (line?.driver === "simulated" && real)
    table.fault("CONFIG_LIGHT_SIMULATED", "light", {
      expected: `a real line, or "none", with source = "${source.kind}"`,
    });
  return line;
}

export const CHIME = {
  gpio: optional(
    "gpio",
    gpioNumberKind,
    "no line is pulsed",
    "BCM number of the line that rings the chime, 0–27. This or sound, not both.",
  ),
  driver: DRIVER,
  active: ACTIVE_OUTPUT,
  sound: optional(
    "sound",
    fileKind,
    "no sound is played",
    "A WAV file that is played on a press. This or gpio, not both.",
  ),
};

/** Reads [chime]: rings on a press, whatever else happens. */
export function readChime(
  table: TableReader,
  source: CameraSource | undefined,
  directory: string,
): Config["chime"] | undefined {
  const { gpio, driver, active, sound } = table.fields(CHIME);
  table.finish();
  if (!table.present) return "none";
  if (table.has("gpio") && table.has("sound"))
    table.fault("CONFIG_NEEDS_PARTNER", "sound", { expected: "gpio or sound, not both", on: "key" });
  if (table.has("sound")) return sound === undefined ? undefined : { sound: resolvedPath(sound, directory) };
  if (!table.has("gpio")) {
    table.missing("gpio", "CONFIG_KEY_MISSING", "gpio or sound");
    return undefined;
  }
  if (gpio === undefined || driver === undefined || active === undefined) return undefined;
  return { gpio: { gpio, driver: table.has("driver") ? driver : defaultDriver(source), active, ...STILL } };
}

/** Every line that is in use, with the path of its key. */
export const linesInUse = (
  trigger: Drawn<Trigger>,
  chime: Config["chime"] | undefined,
): readonly (readonly [string, GpioLine])[] =>
  (
    [
      ["trigger.pir", trigger.pir],
      ["trigger.button", trigger.button],
      ["trigger.privacy_switch", trigger.privacySwitch],
      ["trigger.objection", trigger.objection],
      ["trigger.light", trigger.light],
      ["chime", typeof chime === "object" && "gpio" in chime ? chime.gpio : undefined],
    ] as const
  ).flatMap(([path, line]) => (typeof line === "object" ? [[path, line] as const] : []));

/** [trigger] as TOML has it. */
export function writeTrigger(trigger: Trigger): Record<string, unknown> {
  const table = writeFields(TRIGGER satisfies Fields, { ...trigger });
  for (const [property, key] of Object.entries(INPUTS)) {
    const line = trigger[property as keyof typeof INPUTS];
    if (line) table[key] = writeFields(inputFields(key), { ...line });
  }
  table["light"] = trigger.light === "none" ? "none" : writeFields(OUTPUT, { ...trigger.light });
  return table;
}

/** [chime] as TOML has it; undefined without one. */
export function writeChime(chime: Config["chime"]): Record<string, unknown> | undefined {
  if (chime === "none") return undefined;
  return "sound" in chime ? { sound: chime.sound } : writeFields(OUTPUT, { ...chime.gpio });
}

const defaultDriver = (source: CameraSource | undefined): GpioLine["driver"] =>
  source && !isRealCamera(source) ? "simulated" : "auto";

/** The simulated light stands aside for an input that names its line. */
function freeLine(inputs: readonly (GpioLine | undefined)[]): number {
  const taken = inputs.map((line) => line?.gpio);
  return [DEFAULT_LIGHT_GPIO, 5, 6, 12, 13, 16].find((gpio) => !taken.includes(gpio)) ?? DEFAULT_LIGHT_GPIO;
}
