// The light after a recorder that could not turn it off itself.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { turnLightOff } from "../../../agent/cli/light-off.ts";
import { lockState } from "../../../agent/ledger/lock.ts";
import { statePaths } from "../../../agent/state-directory.ts";
import { storedForm } from "../../../config/normalise.ts";
import { parseConfig } from "../../../config/parse.ts";
import { DriverError } from "../../../drivers/error.ts";
import type { Light } from "../../../drivers/light/light.ts";

let state: string;
let said: string[];
const light = (fault?: DriverError): Light => ({
  show: async (pattern) => {
    said.push(pattern);
    if (fault) throw fault;
  },
  close: async () => void said.push("let go"),
  onLost: () => {},
});

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "doorstep-"));
  said = [];
});
afterEach(() => rmSync(state, { recursive: true }));

function accept(gpio: number): void {
  const parsed = parseConfig(
    `[device]\nname = "porch"\n[camera]\nsource = "libcamera"\n[trigger]\nlight = { gpio = ${gpio} }\n`,
  );
  if ("faults" in parsed) throw new TypeError(JSON.stringify(parsed.faults));
  writeFileSync(statePaths(state).acceptedConfig, storedForm(parsed.config));
}

test("after a killed recorder, the light of the accepted configuration is driven off and let go", async () => {
  accept(22);

  await turnLightOff(state, async ({ trigger }) => {
    said.push(`line ${trigger.light === "none" ? "none" : trigger.light.gpio}`);
    return light();
  });

  expect(said).toEqual(["line 22", "off", "let go"]);
});

test("under a running recorder the light is not touched", async () => {
  accept(22);
  const { ledger } = statePaths(state);
  mkdirSync(dirname(ledger), { recursive: true });
  const lock = lockState(`${ledger}.lock`);

  await expect(turnLightOff(state, async () => light())).rejects.toMatchObject({ code: "STATE_IN_USE" });

  expect(said).toEqual([]);
  lock.release();
});

test("a light that cannot be driven is reported, and its line is let go", async () => {
  accept(22);
  const fault = new DriverError("LIGHT_NOT_CONFIRMED", "GPIO22");

  await expect(turnLightOff(state, async () => light(fault))).rejects.toBe(fault);

  expect(said).toEqual(["off", "let go"]);
});

test("before any configuration was accepted there is no light to turn off", async () => {
  await turnLightOff(state, async () => light());

  expect(said).toEqual([]);
});
