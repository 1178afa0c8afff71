// One spelling for what means the same: the digest, the kept copy, and the part that concerns one recipient.
import * as fc from "fast-check";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import type { Config } from "../../config/config.ts";
import { normalise, policyOf, restoreConfig, storedForm, treeOf } from "../../config/normalise.ts";
import { parseConfig, readTree } from "../../config/parse.ts";
import { AGE_KEYS, type Tree, tomlOf, validTree } from "./arbitrary.ts";

function configOf(toml: string): Config {
  const parsed = parseConfig(toml);
  if ("faults" in parsed) throw new TypeError(JSON.stringify(parsed.faults));
  return parsed.config;
}

test("a configuration written out in full and read again is the same one", () => {
  fc.assert(
    fc.property(validTree(), (tree) => {
      const config = configOf(tomlOf(tree));
      const again = readTree(treeOf(config));
      expect(again).toEqual({ config: { ...config, lines: {} } });
      expect(normalise(configOf(tomlOf(treeOf(config))))).toEqual(normalise(config));
    }),
    { numRuns: 500 },
  );
});

test("a kept copy is restored whole, lines included", () => {
  fc.assert(
    fc.property(validTree(), (tree) => {
      const config = configOf(tomlOf(tree));
      expect(restoreConfig(storedForm(config))).toEqual({ config });
    }),
    { numRuns: 300 },
  );
});

const FULL = configOf(`
[device]
name = "porch"
timezone = "Europe/Paris"
[camera]
source = "libcamera"
[trigger]
light = "none"
[[zone]]
name = "path"
polygon = [[0, 0], [1, 0], [1, 1]]
[[recipient]]
name = "anna"
clips = "auto"
key = "${AGE_KEYS[0]}"
triggers = ["pir", "button"]
zones = ["path"]
hours = "07:00-22:00"
until = 2027-06-30
max_per_day = 20
[[recipient]]
name = "ben"
plain = true
triggers = "all"
zones = "all"
hours = "always"
until = "forever"
max_per_day = "unlimited"
`);

test("order, comments, spellings and written defaults make no other digest", () => {
  const other = configOf(`
# the same in other words
recipient = [
  { name = "ben", plain = true, home_assistant = false, triggers = "all", zones = "all", hours = "always", until = "forever", max_per_day = "unlimited" },
  { name = "anna", clips = "auto", key = ["${AGE_KEYS[0]}", "${AGE_KEYS[0]}"], triggers = ["button", "pir", "pir"], zones = ["path"], hours = "07:00-22:00", until = "2027-06-30", max_per_day = 20.0 },
]
[[zone]]
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
name = "path"
[retention]
keep = "168h"
max_bytes = "4000MB"
[camera]
max_clip = "1m"
source = "libcamera"
[device]
name = "porch"
timezone = "Europe/Paris"
[trigger]
light = "none"
[sharing]
enabled = false
`);
  expect(normalise(other)).toEqual(normalise(FULL));
});

test("every other value makes another digest", () => {
  fc.assert(
    fc.property(validTree(), validTree(), (one, other) => {
      const [a, b] = [configOf(tomlOf(one)), configOf(tomlOf(other))];
      const sameTree = JSON.stringify({ ...a, lines: {} }) === JSON.stringify({ ...b, lines: {} });
      if (sameTree) expect(normalise(a).sha256).toBe(normalise(b).sha256);
      if (normalise(a).sha256 === normalise(b).sha256) expect(normalise(a).json).toBe(normalise(b).json);
    }),
    { numRuns: 200 },
  );
  expect(normalise({ ...FULL, sharing: { enabled: true } }).sha256).not.toBe(normalise(FULL).sha256);
});

test("the kept copy reads like the file: the same sections, keys and spellings", () => {
  const stored = JSON.parse(storedForm(FULL)) as { config: Tree };
  expect(stored.config).toMatchObject({
    camera: { pre_roll: "5s", max_clip: "1m" },
    recipient: [
      { name: "anna", clips: "auto", hours: "07:00-22:00", until: "2027-06-30", max_per_day: 20 },
      { name: "ben", plain: true },
    ],
  });
});

test("a policy for one recipient says nothing about anyone or anything else", () => {
  const policy = policyOf(FULL, "anna")!;
  expect(policy.json).not.toContain("ben");
  expect(policyOf(FULL, "nobody")).toBeUndefined();
  const others: Partial<Config>[] = [
    { recipients: FULL.recipients.slice(0, 1) },
    {
      masks: [
        {
          name: "m",
          polygon: [
            [0, 0],
            [1, 0],
            [1, 1],
          ],
        },
      ],
    },
    { requests: { accept: true } },
    { review: { lan: true } },
    { retention: { ...FULL.retention, keepMs: 1 } },
    { notice: { controller: "a", contact: "b", purpose: "c" } },
    { approvals: { ...FULL.approvals, channels: [] } },
    {
      zones: [
        ...FULL.zones,
        {
          name: "gate",
          polygon: [
            [0, 0],
            [1, 0],
            [0, 1],
          ],
        },
      ],
    },
  ];
  for (const other of others) expect(policyOf({ ...FULL, ...other }, "anna")).toEqual(policy);
});

test("a policy for one recipient changes with everything that decides over it", () => {
  const [anna, ben] = FULL.recipients as [Config["recipients"][number], Config["recipients"][number]];
  const asked: Config = { ...FULL, recipients: [{ ...anna, clips: "ask" }, ben] };
  const digests = [
    FULL,
    { ...FULL, sharing: { enabled: true } },
    { ...FULL, device: { ...FULL.device, timezone: "UTC" } },
    {
      ...FULL,
      zones: [
        {
          name: "path",
          polygon: [
            [0, 0],
            [1, 0],
            [0.5, 1],
          ] as const,
        },
      ],
    },
    { ...FULL, recipients: [{ ...anna, maxPerDay: 21 }, ben] },
    asked,
    { ...asked, approvals: { ...FULL.approvals, channels: ["cli"] as const } },
  ].map((config) => policyOf(config, "anna")!.sha256);
  expect(new Set(digests).size).toBe(digests.length);
});

test("a kept copy with any one character changed is refused or still says the same", () => {
  const stored = storedForm(FULL);
  const letters = fc.constantFrom("0", "a", '"', "{", "}", "[", "]", ",", ":", " ");
  fc.assert(
    fc.property(fc.nat(stored.length - 1), letters, (at, letter) => {
      const parsed = restoreConfig(stored.slice(0, at) + letter + stored.slice(at + 1));
      if ("config" in parsed) expect(normalise(parsed.config)).toEqual(normalise(FULL));
      else expect(parsed.faults).toHaveLength(1);
    }),
    { numRuns: 2000 },
  );
});

test("a kept copy cut short anywhere is refused", () => {
  const stored = storedForm(FULL);
  for (let cut = 0; cut < stored.length - 2; cut += 7)
    expect(restoreConfig(stored.slice(0, cut))).toMatchObject({ faults: [{ code: "CONFIG_ACCEPTED_DAMAGED" }] });
});

test("anything else in place of the kept copy is refused without a crash", () => {
  const deep = `{"v":1,"sha256":"x","lines":{},"config":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  for (const text of [
    "",
    "null",
    "[]",
    "1",
    '"x"',
    "{}",
    '{"v":1}',
    '{"v":2,"sha256":"","config":{},"lines":{}}',
    deep,
  ])
    expect(restoreConfig(text)).toHaveProperty("faults");
  fc.assert(fc.property(fc.json(), (text) => "faults" in restoreConfig(text)));
});

test("a kept copy that an owner could not have written is refused although its digest is right", () => {
  const wide = normalise({ ...FULL, recipients: [{ ...FULL.recipients[1]!, name: "status" }] });
  const stored = JSON.stringify({ v: 1, sha256: wide.sha256, config: JSON.parse(wide.json), lines: {} });
  expect(restoreConfig(stored)).toMatchObject({ faults: [{ code: "CONFIG_NAME_RESERVED" }] });
});

test("the full spelling is itself a configuration file", () => {
  const toml = tomlOf(treeOf(FULL));
  expect(Object.keys(parse(toml))).toContain("recipient");
  expect(normalise(configOf(toml))).toEqual(normalise(FULL));
});
