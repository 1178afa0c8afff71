// One GPIO line as an inline table, `{ gpio = 17, active = "low" }`: an input, or an output, which has no pull and no bounce. Pure.
import type { GpioLine } from "./config.ts";
import { durationKind } from "./duration.ts";
import { type Field, defaulted, required } from "./field.ts";
import { numberKind, wordKind } from "./kind.ts";
import type { TableReader } from "./table-reader.ts";

const DRIVERS = ["auto", "onoff", "gpiod", "simulated"] as const;

export const gpioNumberKind = numberKind({ min: 0, max: 27, whole: true });

export const GPIO = required("gpio", gpioNumberKind, "BCM number of the line, 0–27 (not the position on the header).");
export const DRIVER = defaulted(
  "driver",
  wordKind(DRIVERS),
  "auto",
  "auto, onoff, gpiod or simulated. With a replay or simulated camera the default is simulated.",
);

export type InputName = "pir" | "button" | "privacy_switch" | "objection";

/** What each input is taken to be, if nothing is said: how it is usually wired. */
export const INPUT_DEFAULTS = {
  // A sensor drives its output; the pull only decides what a loose wire reads: nobody.
  pir: { active: "high", pull: "down", debounce: "50ms" },
  // To ground, so that a loose wire reads as not pressed.
  button: { active: "low", pull: "up", debounce: "30ms" },
  // Closed to ground means "may look". An open contact or a loose wire then reads as privacy wanted.
  privacy_switch: { active: "high", pull: "up", debounce: "50ms" },
  objection: { active: "low", pull: "up", debounce: "50ms" },
} as const satisfies Record<InputName, { active: string; pull: string; debounce: string }>;

const activeKind = wordKind(["high", "low"]);
const pullKind = wordKind(["up", "down", "none", "as-is"]);
const debounceKind = durationKind("0s", "5s");

export const ACTIVE_OUTPUT = defaulted("active", activeKind, "high", "Level that means on: high or low.");

export interface InputFields {
  readonly gpio: Field<number>;
  readonly driver: Field<GpioLine["driver"]>;
  readonly active: Field<GpioLine["active"]>;
  readonly pull: Field<GpioLine["pull"]>;
  readonly debounceMs: Field<number>;
  readonly [property: string]: Field<unknown>;
}

/** The keys of one input, with its own defaults. */
export function inputFields(input: InputName): InputFields {
  const { active, pull, debounce } = INPUT_DEFAULTS[input];
  return {
    gpio: GPIO,
    driver: DRIVER,
    active: defaulted("active", activeKind, active, "Level that means yes: high or low."),
    pull: defaulted("pull", pullKind, pull, "Pull resistor: up, down, none, or as-is to leave it alone."),
    debounceMs: defaulted("debounce", debounceKind, debounce, "Changes shorter than this are not believed."),
  };
}

export const OUTPUT = { gpio: GPIO, driver: DRIVER, active: ACTIVE_OUTPUT };

/** Reads an input's table; `driver` stands in for one that is not written. */
export function readInput(table: TableReader, input: InputName, driver: GpioLine["driver"]): GpioLine | undefined {
  const line = table.fields(inputFields(input));
  table.finish();
  return whole({ ...line, driver: table.has("driver") ? line.driver : driver });
}

/** Reads an output's table. */
export function readOutput(table: TableReader, driver: GpioLine["driver"]): GpioLine | undefined {
  const line = table.fields(OUTPUT);
  table.finish();
  return whole({ ...line, ...STILL, driver: table.has("driver") ? line.driver : driver });
}

/** What an output's pull and debounce are: nothing is pulled and nothing bounces. */
export const STILL = { pull: "as-is", debounceMs: 0 } as const;

const whole = (line: { [P in keyof GpioLine]: GpioLine[P] | undefined }): GpioLine | undefined =>
  Object.values(line).includes(undefined) ? undefined : (line as GpioLine);
