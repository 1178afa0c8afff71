// What `doorstep check` tells an owner: the line, the way out, or what a valid file means. Never a secret.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CheckResult, checkFile } from "../../../agent/cli/check.ts";
import { SimulatedClock } from "../../../drivers/clock/simulated.ts";

const KEY = "age1mjyxcymxrvw0df0ep5472v8kgn0zgj94whma6qmy832r6cwkl4fsk8lseq";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-check-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function check(toml: string | Buffer): Promise<CheckResult> {
  const path = join(folder, "doorstep.toml");
  writeFileSync(path, toml);
  const result = await checkFile(path, new SimulatedClock("2026-11-22T12:00:00Z"));
  expect(result.json.valid).toBe(result.exitCode === 0);
  return { ...result, output: result.output.replaceAll(`${folder}/`, "") };
}

const VALID = `[device]
name = "porch"
timezone = "Europe/Paris"
[camera]
source = "libcamera"
[[mask]]
name = "neighbour's window"
polygon = [[0, 0], [0.2, 0], [0.2, 0.3]]
[trigger]
pir = { gpio = 17 }
button = { gpio = 27 }
light = { gpio = 22 }
[sharing]
enabled = true
[[recipient]]
name = "anna"
clips = "ask"
key = "${KEY}"
triggers = ["button", "pir"]
zones = "all"
hours = "07:00-22:00"
until = 2027-06-30
max_per_day = 20
[[recipient]]
name = "hall"
events = "auto"
plain = true
home_assistant = true
triggers = "all"
zones = "all"
hours = "always"
until = "forever"
max_per_day = "unlimited"
[mqtt]
url = "mqtts://broker.lan"
username = "porch"
`;

test("a valid file is told in plain words: what leaves, what is recorded, what time it is there", async () => {
  const { output, exitCode } = await check(VALID);
  expect(exitCode).toBe(0);
  expect(output).toBe(`doorstep.toml: valid

  Device      porch; in Europe/Paris it is now 2026-11-22 13:00
  Sharing     is on, with 2 recipients:
    anna      clips without sound if the owner agrees each time; only when started by the sensor
              or the bell, begun 07:00-22:00 Europe/Paris, until 2027-06-30, at most 20 clips a
              day; encrypted to 1 key
    hall      when somebody moves or rings, in Home Assistant; without any limit; not encrypted:
              whoever can read the broker can read it
  Approvals   by page or cli; a question stands for 3d, then nothing goes by itself
  Requests    are not accepted
  Camera      Raspberry Pi camera 0 is kept ready; 1280×720, 15 pictures a second
  Records     on the sensor (GPIO 17) or the bell (GPIO 27); 5s before to 8s after, at most 1m
  Sound       is never recorded
  Hidden      neighbour's window
  Light       GPIO 22
  Keeps       recordings 7d, unshared ones 7d, objected ones 1d, at most 4GB, the ledger's
              details 400d
  Page        answers on this machine only
  Broker      mqtts://broker.lan as porch
`);
});

test("a wrong file is told line by line, with a caret, what was found and what to do", async () => {
  const { output, exitCode } = await check(
    VALID.replace('clips = "ask"', 'clips = "asks"  # each time').replace("gpio = 27", "gpio = 72"),
  );
  expect(exitCode).toBe(1);
  expect(output).toBe(`doorstep.toml: not valid; 2 things are to be mended

line 11: trigger.button.gpio
    11 | button = { gpio = 72 }
                           ^
    found     72 (a number)
    expected  a whole number from 0 to 27
    CONFIG_VALUE_INVALID: write a value of the kind that is expected; docs/reference/config.md has every key

line 17: recipient.anna.clips
    17 | clips = "asks"  # each time
                 ^
    found     "asks" (text)
    expected  one of "never", "ask", "auto"
    CONFIG_VALUE_INVALID: write a value of the kind that is expected; docs/reference/config.md has every key
`);
});

test("the same is there for programs, with code, line, column and remedy", async () => {
  const { json } = await check(VALID.replace('"ask"', '"asks"'));
  expect(json).toMatchObject({
    valid: false,
    faults: [
      { code: "CONFIG_VALUE_INVALID", line: 17, column: 9, path: "recipient.anna.clips", found: '"asks" (text)' },
    ],
    warnings: [],
  });
  expect(json.faults[0]!.remedy).toMatch(/^write a value/);
  expect(json).not.toHaveProperty("summary");
});

test("for programs a valid file has its digest, its zone and its local time", async () => {
  const { json } = await check(VALID);
  expect(json).toMatchObject({ valid: true, faults: [], timezone: "Europe/Paris", local_time: "2026-11-22 13:00" });
  expect(json.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
});

for (const [name, line] of [
  ["a password", 'password = "hunter2"'],
  ["a password without quotes", "password = hunter2"],
  ["a password in an address", 'url = "mqtts://porch:hunter2@broker.lan"'],
  ["a secret age key", 'client_id = "AGE-SECRET-KEY-1HUNTER2"'],
  ["a one-time code", 'setup_code = "hunter2"'],
] as const)
  test(`a secret is never repeated on the screen or to a program: ${name}`, async () => {
    const { output, json } = await check(`${VALID.replace(/url = .*\n/, "")}${line}\n`);
    expect(output).toContain("(not shown: it may hold a secret)");
    expect((output + JSON.stringify(json)).toLowerCase()).not.toContain("hunter2");
  });

test("nothing in a file can act on the terminal that shows it", async () => {
  const { output } = await check('[device]\nname = "\u009b31m\u202eabc"\nx = "\\u001b[2J" \n# \u0085\n[\u202e]');
  // oxlint-disable-next-line no-control-regex -- their absence is the point
  expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});

test("a long line is shown around its fault", async () => {
  const { output } = await check(
    `[device]\nname = "porch"\nx = ["${"a".repeat(500)}", 1]\n${" ".repeat(300)}y = 2 # ${"z".repeat(300)}`,
  );
  expect(Math.max(...output.split("\n").map((line) => line.length))).toBeLessThan(140);
  const rows = output.split("\n");
  const caret = rows.findLastIndex((row) => row.trim() === "^");
  expect(rows[caret - 1]![rows[caret]!.indexOf("^")]).toBe("y");
});

test("a caret stands below its fault after tabs and wide characters in their escaped form", async () => {
  const { output } = await check(
    '[device]\nname = "porch"\n[trigger]\n\tlight\t=\t{ gpio = 99 }\n[camera]\nsource = "simulated"',
  );
  const rows = output.split("\n");
  const caret = rows.findIndex((row) => row.trim() === "^");
  expect(rows[caret - 1]!.slice(rows[caret]!.indexOf("^")).startsWith("99")).toBe(true);
});

test("a file that is missing, a directory or no text is told without a line", async () => {
  const missing = await checkFile(join(folder, "nothing.toml"), new SimulatedClock());
  expect(missing.exitCode).toBe(1);
  expect(missing.output).toContain("CONFIG_FILE_MISSING");
  expect((await checkFile(folder, new SimulatedClock())).output).toContain("CONFIG_FILE_IS_DIRECTORY");
  expect((await check(Buffer.from([0xff, 0xfe, 0x41, 0x00]))).output).toContain("CONFIG_NOT_UTF8");
  expect((await check("")).output).toContain("CONFIG_EMPTY");
});

const WARNINGS: readonly {
  name: string;
  from: string | RegExp;
  to: string;
  end?: string;
  path: string;
  line: number;
  says: string;
}[] = [
  {
    name: "who can approve through Home Assistant",
    from: "[mqtt]",
    to: '[approvals]\nchannels = ["home_assistant"]\n[mqtt]',
    path: "approvals.channels",
    line: 35,
    says: "trusts everyone who may write doorstep/porch/approval",
  },
  {
    name: "plain recipients without TLS",
    from: "mqtts:",
    to: "mqtt:",
    path: "mqtt.url",
    line: 35,
    says: "what goes to hall can be read by anyone",
  },
  {
    name: "a password without TLS",
    from: '"mqtts://broker.lan"',
    to: '"mqtt://broker.lan"\npassword_file = "/p"',
    path: "mqtt.url",
    line: 35,
    says: "the broker's password can be read",
  },
  {
    name: "no light",
    from: "light = { gpio = 22 }",
    to: 'light = "none"',
    path: "trigger.light",
    line: 12,
    says: "nobody at the door can see",
  },
  {
    name: "sound that is not recorded",
    from: 'clips = "ask"',
    to: 'clips = "ask"\naudio = true',
    path: "recipient.anna.audio",
    line: 18,
    says: "audio.record is false",
  },
  {
    name: "a microphone",
    from: "[mqtt]",
    to: "[audio]\nrecord = true\n[mqtt]",
    path: "audio.record",
    line: 35,
    says: "a crime in places",
  },
  {
    name: "a recipient whose time is over",
    from: "2027-06-30",
    to: "2026-11-21",
    path: "recipient.anna.until",
    line: 22,
    says: "gets nothing any more since 2026-11-21",
  },
  {
    name: "a preview that goes before its clip was asked about",
    from: 'clips = "ask"',
    to: 'clips = "ask"\npreviews = "auto"',
    path: "recipient.anna.previews",
    line: 18,
    says: "is shown what happened before you are asked about the clip",
  },
  {
    name: "a recipient who is granted nothing",
    from: 'clips = "ask"',
    to: "",
    path: "recipient.anna",
    line: 15,
    says: "clips, stills, previews and events are all never",
  },
  {
    name: "a trigger that cannot happen",
    from: '["button", "pir"]',
    to: '["motion"]',
    path: "recipient.anna.triggers",
    line: 19,
    says: "motion never happens here",
  },
  {
    name: "a clock that nothing confirms",
    from: 'timezone = "Europe/Paris"',
    to: 'timezone = "Europe/Paris"\nclock = "assume"',
    path: "device.clock",
    line: 4,
    says: "a clock that nothing confirms",
  },
  {
    name: "approvals that nobody can give",
    from: "[mqtt]",
    to: "[approvals]\nchannels = []\n[mqtt]",
    path: "approvals.channels",
    line: 35,
    says: "nobody can approve",
  },
  {
    name: "nothing that starts a recording",
    from: /pir = .*\nbutton = .*\n/,
    to: "",
    path: "trigger",
    line: 9,
    says: "nothing starts a recording but the owner",
  },
  {
    name: "masks on a large picture",
    from: '"libcamera"',
    to: '"libcamera"\nwidth = 1920\nheight = 1080',
    path: "camera.width",
    line: 6,
    says: "too much for a small board",
  },
  {
    name: "a zone that a mask hides whole",
    from: "[mqtt]",
    to: '[[mask]]\nname = "all"\npolygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n[[zone]]\nname = "path"\npolygon = [[0.2, 1.0], [0.4, 0.5], [0.7, 0.5]]\n[mqtt]',
    path: "zone.path",
    line: 37,
    says: "a mask covers all of it",
  },
  {
    name: "a page on the network",
    from: "[mqtt]",
    to: '[review]\nlan = true\npassword_file = "/p"\n[mqtt]',
    path: "review.lan",
    line: 35,
    says: "can try the page's password",
  },
];

for (const { name, from, to, path, line, says } of WARNINGS)
  test(`an owner is warned, with the line, of ${name}`, async () => {
    const { json, output, exitCode } = await check(VALID.replace(from, to));
    expect(exitCode).toBe(0);
    const warning = json.warnings.find((one) => one.path === path && one.text.includes(says));
    expect(warning).toMatchObject({ path, line });
    expect(output).toContain(`! line ${line}, ${path}: `);
  });

test("on the machine itself TLS is not asked for", async () => {
  const { json } = await check(VALID.replace("mqtts://broker.lan", "mqtt://127.0.0.1"));
  expect(json.warnings).toEqual([]);
});

test("today is still a day on which something is sent", async () => {
  const { json } = await check(VALID.replace("2027-06-30", "2026-11-22"));
  expect(json.warnings).toEqual([]);
});
