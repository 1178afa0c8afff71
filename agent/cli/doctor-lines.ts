// The doctor's look at the GPIO header: drivers, each configured line, the light and the chime. Pure.
import type { Config, GpioLine } from "../../config/config.ts";
import {
  type Check,
  type Finding,
  fail,
  failed,
  isTrouble,
  type LineFact,
  ok,
  type Patient,
  warn,
} from "./doctor-check.ts";

/** Programs through which our own agent holds a line. */
const OURS = ["gpiomon", "gpioset", "sysfs"];

interface NamedLine {
  readonly name: string;
  readonly line: GpioLine;
}

/** The lines a configuration names, simulated ones left out. */
function realLines({ trigger, chime }: Config): NamedLine[] {
  const { pir, button, light, privacySwitch, objection } = trigger;
  const lines: readonly (readonly [string, GpioLine | "none" | undefined])[] = [
    ["pir", pir],
    ["button", button],
    ["light wire", light],
    ["privacy switch", privacySwitch],
    ["objection", objection],
    ["chime wire", chime !== "none" && "gpio" in chime ? chime.gpio : undefined],
  ];
  return lines.flatMap(([name, line]) =>
    line === undefined || line === "none" || line.driver === "simulated" ? [] : [{ name, line }],
  );
}

/** Drivers, then line by line. */
export const checkLines: Check = async (patient) => {
  const lines = realLines(patient.config);
  if (lines.length === 0) return [ok("gpio", "no line is used")];
  const drivers = await patient.machine.gpioDrivers();
  const usable = drivers.filter(({ trouble }) => !trouble);
  const first = drivers.find(({ trouble }) => trouble)?.trouble;
  if (usable.length === 0 && first) return [failed("gpio", first)];
  const without = drivers.flatMap(({ name, trouble }) => (trouble ? [`not ${name} (${trouble.detail})`] : []));
  const facts = await patient.machine.lines(lines.map(({ line }) => line.gpio));
  return [
    ok("gpio", [...usable.map(({ name }) => name), ...without].join(", ")),
    ...(isTrouble(facts)
      ? [failed("lines", facts)]
      : lines.map(({ name, line }) => lineFinding(name, line, facts.get(line.gpio), patient))),
  ];
};

function lineFinding(name: string, line: GpioLine, fact: LineFact | undefined, { status }: Patient): Finding {
  const label = `GPIO${line.gpio}`;
  const fault = status?.alarms.find(
    ({ code, detail }) => code === "INPUT_UNREADABLE" && detail.startsWith(`${name.replace(" ", "_")}:`),
  );
  if (fault) return fail(name, fault.detail, fault.remedy ?? "see the log: `journalctl -u doorstep-recorder -e`");
  if (!fact?.exists)
    return fail(
      name,
      `${label} is not on this board`,
      "check the `gpio` number: it is the BCM number, not the position",
    );
  if (fact.holder === undefined)
    return status
      ? fail(name, `${label} is free though the agent runs`, "see `doorstep status`, and the log")
      : ok(name, `${label}, free`);
  if (status && OURS.includes(fact.holder)) return ok(name, `${label}, held by the agent (${fact.holder})`);
  return fail(name, `${label} is held by ${fact.holder}`, "close the program that holds it, or wire to another line");
}

/** Whether people at the door can see what is open (promise 11). */
export const checkLight: Check = async ({ config, status }) => {
  const { light } = config.trigger;
  if (light === "none")
    return [
      warn("light", "none, as configured: nobody can see whether the camera is open", "wire one: docs/guide/wiring.md"),
    ];
  // Its line has been looked at; without an agent nobody may try it.
  if (!status) return light.driver === "simulated" ? [ok("light", "simulated")] : [];
  const { state, detail, remedy } = status.light;
  if (state === "failed") return [fail("light", detail, remedy ?? "camera and microphone stay closed until it works")];
  return [ok("light", `${state}${detail && `, ${detail}`}`)];
};

/** What rings inside. */
export const checkChime: Check = async ({ config: { chime }, machine, status }) => {
  if (chime === "none") return [ok("chime", "none")];
  const fault = status?.alarms.find(({ detail }) => detail.startsWith("chime:"));
  if (fault) return [fail("chime", fault.detail, fault.remedy ?? "see the log: `journalctl -u doorstep-recorder -e`")];
  if (!("sound" in chime)) return [ok("chime", `on GPIO${chime.gpio.gpio}`)];
  return [
    (await machine.fileReadable(chime.sound))
      ? ok("chime", chime.sound)
      : fail("chime", `${chime.sound} is not there`, "check `chime.sound` in the configuration"),
  ];
};
