// What a configuration file can do wrong, to a recorder and a publisher that really run: nothing opens, nothing leaves, and
// the owner reads what is wrong and what to do; mending the file is all that it takes.
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Status } from "../../agent/review/owner.ts";
import { asCameraRecording, footage } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");

/** Ways for the file to be no configuration at all, put where a good one should stand. */
const NO_CONFIGURATION: readonly [what: string, code: string, put: (file: string) => void][] = [
  ["empty", "CONFIG_EMPTY", (file) => writeFileSync(file, "")],
  ["a directory", "CONFIG_FILE_IS_DIRECTORY", (file) => mkdirSync(file)],
  ["not UTF-8", "CONFIG_NOT_UTF8", (file) => writeFileSync(file, Buffer.from('[device]\nname = "h\xf6f"\n', "latin1"))],
  ["100 MB", "CONFIG_TOO_LARGE", (file) => (writeFileSync(file, ""), truncateSync(file, 100_000_000))],
  ["no TOML", "CONFIG_SYNTAX", (file) => writeFileSync(file, '[device]\nname = "porch\n')],
];

/** One mistake a line of the good file: what stands there, what is written instead, and how the fault is told. */
const MISTAKES: readonly [good: string, bad: string, code: string, path: string, found: string][] = [
  ['name = "porch"', 'name = "Front Door"', "CONFIG_VALUE_INVALID", "device.name", '"Front Door"'],
  ['timezone = "UTC"', 'timezone = "Mars/Olympus"', "CONFIG_VALUE_INVALID", "device.timezone", '"Mars/Olympus"'],
  ['pre_roll = "2s"', 'pre_rol = "2s"', "CONFIG_KEY_UNKNOWN", "camera.pre_rol", '"2s"'],
  ["width = 768", 'width = "wide"', "CONFIG_VALUE_INVALID", "camera.width", '"wide"'],
  ["fps = 10", "fps = 1000", "CONFIG_VALUE_INVALID", "camera.fps", "1000"],
  ['post_roll = "2s"', 'post_roll = "2 parsecs"', "CONFIG_VALUE_INVALID", "camera.post_roll", '"2 parsecs"'],
  ["gpio = 27", "gpio = 17", "CONFIG_GPIO_SHARED", "trigger.button", "17"],
  ["enabled = true", 'enabled = "yes"', "CONFIG_VALUE_INVALID", "sharing.enabled", '"yes"'],
  ['clips = "auto"', 'clips = "always"', "CONFIG_VALUE_INVALID", "recipient.anna.clips", '"always"'],
  ['hours = "always"', 'hours = "25:00-26:00"', "CONFIG_VALUE_INVALID", "recipient.anna.hours", '"25:00-26:00"'],
  ['until = "forever"', "", "CONFIG_RESTRICTION_MISSING", "recipient.anna.until", "nothing"],
];

describe.skipIf(!source)("a recorder and a publisher whose configuration is wrong", { timeout: 60_000 }, () => {
  let rig: Rig;
  let good: string;
  let house: Household;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 4));
    good = rig.config({ recipients: [{ name: "anna" }] });
    house = rig.house(good);
    rmSync(house.configFile);
    house.start("recorder");
    house.start("publisher");
  });
  afterAll(() => rig?.close());

  const faulty = (code: string): Promise<Status> =>
    house.status(code, ({ config: { faults } }) => faults.some((fault) => fault.code === code));
  const said = async (): Promise<string> => (await house.owner("status")).out;
  const closed = (status: Status): void => {
    expect(status).toMatchObject({
      camera: { state: "off" },
      sharing: { state: "closed" },
      microphone: { state: "off" },
    });
    expect(rig.ear.heard).toEqual([]);
  };

  test("without a file there is nobody to talk to but the owner, who is told which file is missing", async () => {
    const status = await faulty("CONFIG_FILE_MISSING");

    closed(status);
    expect(readdirSync(house.state).filter((name) => name.endsWith(".sock"))).toEqual(["control.sock", "page.sock"]);
    const text = await said();
    expect(text).toContain(`CONFIG_FILE_MISSING: found no file at ${house.configFile}, expected a file`);
    expect(text).toContain("check the path, or copy docs/reference/doorstep.example.toml there");
  });

  test.each(NO_CONFIGURATION)("a file that is %s is told as %s, and everything stays closed", async (_, code, put) => {
    rmSync(house.configFile, { recursive: true, force: true });
    put(house.configFile);

    const status = await faulty(code);

    closed(status);
    expect(status.config.faults[0]!.remedy).toMatch(/\w{3}/);
    expect((await house.doorstep("check", house.configFile)).code).toBe(1);
    rmSync(house.configFile, { recursive: true, force: true });
  });

  test("every wrong value is told at once, each with its line, what was found and what was expected", async () => {
    let text = good;
    for (const [right, wrong] of MISTAKES) {
      expect(text.split(right)).toHaveLength(2);
      text = text.replace(right, wrong);
    }
    house.configure(text);

    const status = await faulty("CONFIG_KEY_UNKNOWN");

    closed(status);
    const lines = good.split("\n");
    const told = await said();
    for (const [right, , code, path, found] of MISTAKES) {
      const fault = status.config.faults.find((each) => each.code === code && each.path === path);
      expect(fault, `${code} ${path}: ${JSON.stringify(status.config.faults, null, 1)}`).toBeDefined();
      expect(fault!.found).toContain(found);
      expect(fault!.expected).not.toBe("");
      if (code !== "CONFIG_RESTRICTION_MISSING") {
        expect(fault!.line).toBe(lines.findIndex((line) => line.includes(right)) + 1);
        expect(told).toContain(`${code}: line ${fault!.line}: ${path}`);
      }
    }
    expect(status.config.faults.find(({ path }) => path === "camera.pre_rol")!.hint).toContain("pre_roll");
  });

  test("nothing was opened while the file was wrong, and mending it brings everything up without a restart", async () => {
    const before = await house.owner("ledger", "list", "--type", "camera.opened", "--json");
    expect(JSON.parse(before.out)).toMatchObject({ entries: [] });

    house.configure(good);
    await house.status(
      "everything up",
      ({ camera, sharing, broker: { state }, config: { faults } }) =>
        camera.state === "on" && sharing.state === "enabled" && state === "connected" && faults.length === 0,
    );
    const clip = await house.visit("button");

    await rig.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${clip.id}/manifest`);
    expect(clip.state).toBe("ready");
  });
});
