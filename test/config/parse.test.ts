// A configuration with one thing wrong, a hundred ways: the code, the line, the path, and the way out.
import { expect, test } from "vitest";
import type { Fault } from "../../config/config.ts";
import { CONFIG_FAULTS } from "../../config/fault.ts";
import { parseConfig } from "../../config/parse.ts";
import { BASE, CASES } from "./wrong-files.ts";

const faultsOf = (toml: string | Uint8Array): readonly Fault[] => {
  const parsed = parseConfig(toml);
  return "faults" in parsed ? parsed.faults : [];
};

test("the file that every case below starts from is valid", () => {
  expect(faultsOf(BASE)).toEqual([]);
});

for (const { name, line, by, end = "", faults, hint, found } of CASES)
  test(`one thing wrong is named with its line: ${name}`, () => {
    const lines = BASE.split("\n");
    if (line !== undefined) lines[line - 1] = by!;
    const given = faultsOf(lines.join("\n") + end);

    expect(given.map(({ code, line, path }) => [code, line, path])).toEqual(faults);
    if (hint !== undefined) expect(given.map((fault) => fault.hint)).toContain(hint);
    if (found !== undefined) expect(given.map((fault) => fault.found)).toContain(found);
    expect(JSON.stringify(given)).not.toMatch(/hunter2|1XYZ|1234/);
    for (const { code } of given) expect(CONFIG_FAULTS).toHaveProperty(code);
  });

test("sharing without a broker, and requests without one, are two faults with their lines", () => {
  const toml = BASE.slice(0, BASE.indexOf("[mqtt]")) + "[requests]\naccept = true\n";
  expect(faultsOf(toml).map(({ code, line, path }) => [code, line, path])).toEqual([
    ["CONFIG_NEEDS_MQTT", 17, "sharing.enabled"],
    ["CONFIG_NEEDS_MQTT", 28, "requests.accept"],
  ]);
});

test("every fault of a file is reported at once, in the order of the lines", () => {
  const toml = BASE.replace('"porch"', '"Porch!"')
    .replace('"libcamera"', "libcamera")
    .replace("[0.2, 0.3]", "[0.2, 3]")
    .replace("gpio = 27", "gpio = 99")
    .replace("enabled = true", "enabled = 1")
    .replace("max_per_day = 20", "max_per_day = 20\nmax_per_week = 2")
    .replace('hours = "07:00-22:00"\n', "");
  expect(faultsOf(toml).map(({ line, path }) => [line, path])).toEqual([
    [2, "device.name"],
    [5, ""],
    [8, "mask.window.polygon"],
    [14, "trigger.button.gpio"],
    [17, "sharing.enabled"],
    [18, "recipient.anna.hours"],
    [26, "recipient.anna.max_per_week"],
  ]);
});

test("a line that cannot be read is one fault, not two: its key is not missing too", () => {
  const faults = faultsOf(BASE.replace('hours = "07:00-22:00"', "hours = 07:00-22:00"));
  expect(faults.map(({ code, line }) => [code, line])).toEqual([["CONFIG_SYNTAX", 24]]);
});

test("a file with thousands of faults shows the first hundred and counts the rest", () => {
  const faults = faultsOf(BASE + Array.from({ length: 5000 }, (_, n) => `x${n} = 1`).join("\n"));
  expect(faults).toHaveLength(101);
  expect(faults.find(({ code }) => code === "CONFIG_TOO_MANY")).toMatchObject({ found: "4900 more" });
});

test("Windows line ends and a byte order mark change nothing, lines included", () => {
  const plain = parseConfig(BASE);
  expect(parseConfig(`\uFEFF${BASE.replaceAll("\n", "\r\n")}`)).toEqual(plain);
  expect(parseConfig(Buffer.from(`\uFEFF${BASE.replaceAll("\n", "\r\n")}`))).toEqual(plain);
  expect(faultsOf(`\uFEFF${BASE.replaceAll("\n", "\r\n").replace('"ask"', '"asked"')}`)).toMatchObject([
    { line: 20, path: "recipient.anna.clips" },
  ]);
});

for (const [name, bytes, code, line] of [
  ["nothing", Buffer.from(""), "CONFIG_EMPTY", undefined],
  ["only comments", Buffer.from("# nothing\n\n"), "CONFIG_EMPTY", undefined],
  [
    "Latin-1",
    Buffer.concat([Buffer.from('[device]\nname = "'), Buffer.from([0xe9]), Buffer.from('"\n')]),
    "CONFIG_NOT_UTF8",
    2,
  ],
  ["UTF-16 from Windows", Buffer.from("\uFEFF[device]", "utf16le"), "CONFIG_NOT_UTF8", undefined],
  ["a picture", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]), "CONFIG_NOT_UTF8", 1],
  ["zeros", Buffer.alloc(1000), "CONFIG_NOT_UTF8", 1],
  ["more than a mebibyte", Buffer.alloc(2 ** 20 + 1, "#"), "CONFIG_TOO_LARGE", undefined],
] as const)
  test(`a file is refused with a code of its own: ${name}`, () => {
    expect(faultsOf(bytes).map((fault) => [fault.code, fault.line])).toEqual([[code, line]]);
  });

test("the embedded broker is allowed in the demo, and nowhere else", () => {
  const toml = BASE.replace("mqtts://broker.lan", "embedded");
  const parsed = parseConfig(toml, { demo: true });
  expect("config" in parsed && parsed.config.mqtt?.url).toBe("embedded");
});

test("an absent grant is no, for every grant there is", () => {
  const parsed = parseConfig(BASE.replace('clips = "ask"\n', ""));
  expect("config" in parsed && parsed.config.recipients[0]).toMatchObject({
    clips: "never",
    stills: "never",
    previews: "never",
    events: "never",
    audio: false,
    toldOfAsks: false,
    toldOfState: false,
    homeAssistant: false,
  });
});

test("an absent section never turns anything on", () => {
  const parsed = parseConfig('[device]\nname = "a"\n[camera]\nsource = "simulated"');
  expect("config" in parsed && parsed.config).toMatchObject({
    audio: { record: false },
    sharing: { enabled: false },
    recipients: [],
    requests: { accept: false },
    review: { lan: false },
    approvals: { channels: ["page", "cli"] },
    trigger: { video: false, light: { driver: "simulated" } },
    chime: "none",
  });
});

test("with a camera that is not one, lines are simulated unless said otherwise, and the light steps aside", () => {
  const parsed = parseConfig(
    BASE.replace('"libcamera"', '"simulated"')
      .replace("light = { gpio = 22 }\n", "")
      .replace("gpio = 27", 'gpio = 22, driver = "gpiod"'),
  );
  expect("config" in parsed && parsed.config.trigger).toMatchObject({
    pir: { gpio: 17, driver: "simulated" },
    button: { gpio: 22, driver: "gpiod" },
    light: { gpio: 5, driver: "simulated" },
  });
});

test("relative files start at the folder of the configuration", () => {
  const toml = BASE.replace('source = "libcamera"', 'source = "replay"\nfile = "visit.mp4"').replace(
    "url =",
    'ca_file = "ca.pem"\nurl =',
  );
  const parsed = parseConfig(toml, { directory: "/etc/doorstep" });
  expect("config" in parsed && parsed.config).toMatchObject({
    camera: { source: { file: "/etc/doorstep/visit.mp4" } },
    mqtt: { caFile: "/etc/doorstep/ca.pem" },
  });
});

test("the configuration is frozen to its last corner", () => {
  const parsed = parseConfig(BASE);
  const thawed: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    if (!Object.isFrozen(value)) thawed.push(path);
    for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
  };
  visit("config" in parsed && parsed.config, "config");
  expect(thawed).toEqual([]);
});

test("the line of every key is known by its path, recipients and areas by name", () => {
  const parsed = parseConfig(BASE);
  expect("config" in parsed && parsed.config.lines).toMatchObject({
    device: 1,
    "device.name": 2,
    "mask.window": 6,
    "mask.window.polygon": 8,
    "trigger.pir": 13,
    "trigger.pir.gpio": 13,
    "recipient.anna": 18,
    "recipient.anna.clips": 20,
    "recipient.anna.max_per_day": 26,
    "mqtt.url": 28,
  });
});
