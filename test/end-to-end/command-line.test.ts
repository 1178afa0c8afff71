// The command line as people type it: the agent started with one command, exit codes, and what a terminal of 80 columns shows.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ClipView } from "../../agent/review/owner.ts";
import { asCameraRecording, footage } from "../footage.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const source = footage("vtest.avi");
const LAUNCHER = new URL("../../doorstep", import.meta.url).pathname;
const NOBODY = "01m8aaaaaaaaaaaaaaaaaaaaaa";

describe.skipIf(!source)("doorstep run, and a terminal beside it", { timeout: 60_000 }, () => {
  let rig: Rig;
  let house: Household;
  let agent: ReturnType<Household["background"]>;
  let clip: ClipView;

  beforeAll(async () => {
    rig = await Rig.stand((file) => asCameraRecording(source!, file, 6));
    const recipients = ["anna", "somebody_with_a_very_long_name_indeed", "carl"].map((name) => ({ name }));
    house = rig.house(rig.config({ recipients }));
    agent = house.background("run", "--config", house.configFile, "--state", house.state);
    await house.status("camera on", ({ camera }) => camera.state === "on");
    clip = await house.visit("button");
  });
  afterAll(() => rig?.close());

  const children = (): number[] => {
    const list = readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, "utf8");
    return list.trim().split(" ").filter(Boolean).map(Number);
  };
  const roleOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ");
  const connected = () => house.status("broker", ({ broker: { state } }) => state === "connected");
  const said = async (...args: string[]) => {
    const { code, out, err } = await house.doorstep(...args);
    return { code, text: out + err };
  };

  test("one command starts both roles, and starts a publisher again that died", async () => {
    await connected();
    const publisher = children().find((pid) => roleOf(pid).includes("--role publisher"))!;

    process.kill(publisher, "SIGKILL");
    await house.status("gone", ({ broker: { state } }) => state === "no publisher");

    await connected();
    expect(
      children()
        .map(roleOf)
        .filter((line) => line.includes("--role")).length,
    ).toBe(2);
    expect(children()).not.toContain(publisher);
  });

  test.each([
    [0, "status"],
    [0, "clips"],
    [0, "ledger list"],
    [0, "ledger verify"],
    [0, "ledger key"],
    [0, "explain CLIP --to anna"],
    [0, "play CLIP --out seen.mp4"],
    [1, "play CLIP --out no/such/folder/seen.mp4"],
    [1, `play ${NOBODY}`],
    [1, `explain ${NOBODY} --to anna`],
    [1, "approve CLIP --to nobody"],
    [1, "approve ../../status --to anna"],
    [1, `withdraw ${NOBODY} --to anna`],
    [1, "ledger export --out no/such/folder/ledger"],
    [1, "ledger report --html no/such/folder/page"],
  ])("exit code %i: doorstep %s, and the same as JSON", async (expected, line) => {
    const args = line.split(" ");
    const typed = [...args.map((word) => (word === "CLIP" ? clip.id : word)), "--state", house.state];

    const forPeople = await said(...typed);
    expect(forPeople).toMatchObject({ code: expected });
    expect(forPeople.text).not.toMatch(/^ {4}at |node:internal/m);
    if (expected === 1) expect(forPeople.text).toMatch(/^[A-Z_]+: .+\n {2}\S/);
    const { code, out } = await house.doorstep(...typed, "--json");
    const answer = JSON.parse(out) as { error?: { code: string; remedy: string } };
    expect(code).toBe(expected);
    expect(Boolean(answer.error?.code && answer.error.remedy)).toBe(expected === 1);
  });

  test.each([
    [2, "frobnicate"],
    [2, "status --frob"],
    [2, "check"],
    [2, "trigger chimney"],
    [2, `approve ${NOBODY}`],
    [2, "run --role both"],
    [2, "receive --url broker.lan --device porch --as anna --trust-first --out in"],
    [2, "receive --url mqtt://127.0.0.1:1 --device porch --as anna --out in"],
    [2, "ledger verify ledger.jsonl --key none"],
    [3, "status --state nowhere"],
    [1, "keygen --output no/such/folder/key"],
  ])("exit code %i, in words and without a stack: doorstep %s", async (expected, line) => {
    const { code, text } = await said(...line.split(" "));

    expect(code).toBe(expected);
    expect(text).not.toMatch(/^ {4}at |node:internal/m);
    expect(text).toMatch(/\w{3}/);
  });

  test("a table is no wider than a terminal of 80 columns, and nothing is coloured where there is none", async () => {
    for (const command of [["clips"], ["ledger", "list"]]) {
      const typed = [LAUNCHER, ...command, "--state", house.state].join(" ");
      const shown = execFileSync("script", ["-qec", `stty cols 80; ${typed}`, "/dev/null"], { encoding: "utf8" });
      const lines = shown.split(/\r?\n/).map(stripVTControlCharacters);
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
      expect(lines.length).toBeGreaterThan(1);
    }
    for (const command of [["clips"], ["status"], ["ledger", "list"], ["--help"], ["check", house.configFile]])
      expect(
        (await said(...command, ...(command.length === 1 && command[0] !== "--help" ? ["--state", house.state] : [])))
          .text,
      ).not.toContain("\x1b");
  });

  test("asked to end, it ends both roles properly and says so with exit code 0", async () => {
    // Whatever it still waits for: a code that nobody has typed, for one.
    expect((await said("review", "code", "--state", house.state)).code).toBe(0);
    const roles = children();
    const ended = once(agent, "exit");
    agent.kill("SIGTERM");

    expect((await ended)[0]).toBe(0);
    for (const pid of roles) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
