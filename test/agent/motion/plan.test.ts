// How much is decoded for motion, by what the configuration asks of it.
import { expect, test } from "vitest";
import { motionPlan } from "../../../agent/motion/plan.ts";
import type { Config } from "../../../config/config.ts";
import { parseConfig } from "../../../config/parse.ts";

const TEXT = (trigger: string, more = ""): string => `
[device]
name = "porch"
timezone = "UTC"
[camera]
source = "simulated"
fps = 15
[trigger]
light = "none"
${trigger}
${more}`;
const ZONE = `[[zone]]\nname = "path"\npolygon = [[0.2, 1.0], [0.4, 0.5], [0.7, 0.5]]`;

function read(text: string): Config {
  const parsed = parseConfig(text);
  if ("faults" in parsed) expect.fail(JSON.stringify(parsed.faults));
  return parsed.config;
}

test("a camera nobody wants watched for motion is not decoded at all", () => {
  expect(motionPlan(read(TEXT("button = { gpio = 27 }")))).toBeUndefined();
});

test("a zone, or motion as the sensor's witness, costs key pictures only", () => {
  const named = motionPlan(read(TEXT("button = { gpio = 27 }", ZONE)));
  const witness = motionPlan(read(TEXT('pir = { gpio = 17 }\nconfirm = "motion"')));

  expect([named?.every, named?.trigger, named?.zones.map(({ name }) => name)]).toEqual(["key", false, ["path"]]);
  expect([witness?.every, witness?.trigger]).toEqual(["key", false]);
});

test("motion that has to begin a clip in time is looked for five times a second", () => {
  expect(motionPlan(read(TEXT("video = true")))).toMatchObject({ every: 3, trigger: true });
});
