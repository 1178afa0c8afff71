// Generated files, wrong ones mostly: never a crash, and never more allowed than is written down.
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import type { Config } from "../../config/config.ts";
import { CONFIG_FAULTS } from "../../config/fault.ts";
import { type Parsed, parseConfig } from "../../config/parse.ts";
import { type Tree, tomlOf, validTree, wildTree } from "./arbitrary.ts";
import { SLOW, takeTime } from "./patience.ts";

const RUNS = SLOW ? 1_000_000 : 10_000;
takeTime();

const sectionOf = (tree: Tree, name: string): Tree => (tree[name] ?? {}) as Tree;

/** What the text does not say must not be there. Knows nothing of the parser's own rules. */
function widerThanWritten(config: Config, tree: Tree): string[] {
  const wider: string[] = [];
  const claim = (held: boolean, what: string): void => void (held || wider.push(what));
  const written = (section: string, key: string): unknown => sectionOf(tree, section)[key];
  claim(!config.sharing.enabled || written("sharing", "enabled") === true, "sharing.enabled");
  claim(!config.audio.record || written("audio", "record") === true, "audio.record");
  claim(!config.requests.accept || written("requests", "accept") === true, "requests.accept");
  claim(!config.review.lan || written("review", "lan") === true, "review.lan");
  claim(!config.trigger.video || written("trigger", "video") === true, "trigger.video");
  claim(config.device.clock === "ntp" || written("device", "clock") === "assume", "device.clock");
  claim(config.trigger.light !== "none" || written("trigger", "light") === "none", "trigger.light");
  claim(
    Boolean(config.trigger.privacySwitch) === (written("trigger", "privacy_switch") !== undefined),
    "privacy_switch",
  );
  for (const channel of config.approvals.channels)
    claim(
      channel === "page" || channel === "cli" || (written("approvals", "channels") as string[]).includes(channel),
      channel,
    );
  for (const [key, areas] of [
    ["mask", config.masks],
    ["property", config.property],
    ["zone", config.zones],
  ] as const)
    claim(areas.length === ((tree[key] as unknown[] | undefined) ?? []).length, key);
  const recipients = (tree["recipient"] ?? []) as Tree[];
  claim(config.recipients.length === recipients.length, "recipient");
  for (const { name, ...given } of config.recipients) {
    const raw = recipients.find((one) => one["name"] === name) ?? {};
    const list = (value: unknown): unknown => (Array.isArray(value) ? [...new Set(value.map(String))].sort() : value);
    claim(given.clips === "never" || raw["clips"] === given.clips, `${name}.clips`);
    claim(given.previews === "never" || raw["previews"] === given.previews, `${name}.previews`);
    claim(given.stills === "never" || raw["stills"] === given.stills, `${name}.stills`);
    claim(given.events === "never" || raw["events"] === given.events, `${name}.events`);
    claim(!given.audio || raw["audio"] === true, `${name}.audio`);
    claim(!given.toldOfAsks || raw["told_of_asks"] === true, `${name}.told_of_asks`);
    claim(!given.toldOfState || raw["told_of_state"] === true, `${name}.told_of_state`);
    claim(!given.homeAssistant || raw["home_assistant"] === true, `${name}.home_assistant`);
    claim(JSON.stringify(list(given.triggers)) === JSON.stringify(list(raw["triggers"])), `${name}.triggers`);
    claim(JSON.stringify(list(given.zones)) === JSON.stringify(list(raw["zones"])), `${name}.zones`);
    claim((given.hours === "always") === (raw["hours"] === "always"), `${name}.hours`);
    claim((given.until === "forever") === (raw["until"] === "forever"), `${name}.until`);
    claim(given.maxPerDay === raw["max_per_day"], `${name}.max_per_day`);
    if (given.encryption.kind === "plain") claim(raw["plain"] === true && raw["key"] === undefined, `${name}.plain`);
    else claim(JSON.stringify(given.encryption.keys) === JSON.stringify(list([raw["key"]].flat())), `${name}.key`);
  }
  return wider;
}

/** What is wrong with the answer to `toml`; plain comparisons, because this runs a million times. */
function complaints(parsed: Parsed, toml: string): string[] {
  if ("config" in parsed) return widerThanWritten(parsed.config, parse(toml));
  const lines = toml.split("\n").length;
  const wrong = parsed.faults.filter(
    ({ code, line, found, expected }) =>
      !Object.hasOwn(CONFIG_FAULTS, code) || found + expected === "" || (line ?? 1) > lines,
  );
  return parsed.faults.length ? wrong.map(({ code }) => code) : ["refused without a fault"];
}

function judge(parsed: Parsed, toml: string): void {
  const found = complaints(parsed, toml);
  if (found.length) expect(found).toEqual([]);
}

test("a valid file allows exactly what it says", () => {
  fc.assert(
    fc.property(validTree(), (tree) => {
      const toml = tomlOf(tree);
      const parsed = parseConfig(toml);
      expect("faults" in parsed ? parsed.faults : []).toEqual([]);
      judge(parsed, toml);
    }),
    { numRuns: RUNS / 10 },
  );
});

test("a file with anything at all in it is refused, or allows no more than it says", () => {
  let accepted = 0;
  fc.assert(
    fc.property(wildTree(), (tree) => {
      const toml = tomlOf(tree);
      const parsed = parseConfig(toml);
      if ("config" in parsed) accepted++;
      judge(parsed, toml);
    }),
    { numRuns: RUNS },
  );
  // The property says something only if some of the files are accepted.
  expect(accepted).toBeGreaterThan(RUNS / 50);
});

test("a file with a few characters changed is refused, or allows no more than it says", () => {
  const piece = fc.constantFrom(
    "",
    "\n",
    '"',
    "[",
    "]",
    "=",
    "#",
    "auto",
    "true",
    "false",
    "all",
    "plain = true\n",
    "[[recipient]]\n",
    ",",
    "0",
    " ",
  );
  fc.assert(
    fc.property(
      validTree(),
      fc.array(fc.tuple(fc.nat(), fc.nat(12), piece), { minLength: 1, maxLength: 3 }),
      (tree, edits) => {
        const toml = edits.reduce((text, [at, length, by]) => {
          const start = at % (text.length + 1);
          return text.slice(0, start) + by + text.slice(start + length);
        }, tomlOf(tree));
        judge(parseConfig(toml), toml);
      },
    ),
    { numRuns: RUNS / 4 },
  );
});

test("the example cut at any byte is refused, or allows no more than is left of it", () => {
  const example = readFileSync(new URL("../../docs/reference/doorstep.example.toml", import.meta.url), "utf8");
  const bare = example
    .replaceAll(/ *#.*$/gm, "")
    .replaceAll(/\n+/g, "\n")
    .replace("enabled = false", "enabled = true");
  const bytes = Buffer.from(SLOW ? example : bare);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const part = bytes.subarray(0, cut);
    judge(parseConfig(part), part.toString("utf8"));
  }
});

test("bytes that are no text at all never crash the reader", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
      judge(parseConfig(bytes), Buffer.from(bytes).toString("latin1")),
    ),
    { numRuns: RUNS / 10 },
  );
});
