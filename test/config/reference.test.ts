// The example, the reference page and the installed file against the parser: every key, no other, and its true default.
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { SECTIONS } from "../../config/keys.ts";
import { parseConfig } from "../../config/parse.ts";
import { referencePage, tomlText } from "../../config/reference-page.ts";
import { warningsOf } from "../../config/warnings.ts";

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const EXAMPLE = textOf("docs/reference/doorstep.example.toml");

interface Written {
  readonly section: string;
  readonly key: string;
  readonly value: unknown;
  readonly comment: string;
}

/** Every key of the example, those behind a # included, with its value and the comment on its line. */
function keysIn(toml: string): Written[] {
  let section = "";
  return toml.split("\n").flatMap((line): Written[] => {
    section = /^\[+([a-z_.]+)\]+/.exec(line)?.[1] ?? section;
    const [, key, rest] = /^(?:# )?([a-z_]+) = (.+)$/.exec(line) ?? [];
    if (key === undefined) return [];
    const [, value = "", comment = ""] = /^(.*?)(?: +# (.*))?$/.exec(rest!)!;
    const parsed: unknown = parse(`value = ${value}`)["value"];
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed) || parsed instanceof Date)
      return [{ section, key, value: parsed, comment }];
    return Object.entries(parsed).map(([inner, value]) => ({
      section: `${section}.${key}`,
      key: inner,
      value,
      comment,
    }));
  });
}

const KNOWN = SECTIONS.flatMap(({ name, fields }) => fields.map((field) => ({ path: `${name}.${field.key}`, field })));

test("the example is a valid configuration that shares nothing", () => {
  const parsed = parseConfig(EXAMPLE);
  expect("faults" in parsed ? parsed.faults : []).toEqual([]);
  expect("config" in parsed && parsed.config.sharing.enabled).toBe(false);
  expect("config" in parsed && warningsOf(parsed.config, "2026-11-22")).toEqual([]);
});

test("the example has every key that the parser knows, once, and no other", () => {
  const written = keysIn(EXAMPLE).map(({ section, key }) => `${section}.${key}`);
  expect(written.toSorted()).toEqual(KNOWN.map(({ path }) => path).toSorted());
});

test("every value of the example is the default, or its comment names the default or says it is required", () => {
  for (const { section, key, value, comment } of keysIn(EXAMPLE)) {
    const { absent } = KNOWN.find(({ path }) => path === `${section}.${key}`)!.field;
    const shown = `${section}.${key}: ${comment}`;
    if (absent.is === "default" && tomlText(value) !== tomlText(absent.value))
      expect(shown).toContain(`default ${tomlText(absent.value)}`);
    if (absent.is === "restriction") expect(shown).toMatch(/: required/);
    if (absent.is === "required" && !section.startsWith("trigger.")) expect(shown).toMatch(/: required/);
  }
});

test("every key behind a # in the example is one the parser takes", () => {
  const variants = [
    EXAMPLE.replace('source = "libcamera"', 'source = "v4l2"')
      .replace("\nindex = 0", "\n#")
      .replace("\n# device", "\ndevice"),
    EXAMPLE.replace('source = "libcamera"', 'source = "replay"')
      .replace("\nindex = 0", "\n#")
      .replace("\n# file", "\nfile")
      .replace("\n# loop", "\nloop")
      .replace("\n# speed", "\nspeed"),
    EXAMPLE.replace("\ngpio = 25", "\n#").replace("\n# sound", "\nsound"),
    EXAMPLE.replace("\n# owner_key", "\nowner_key")
      .replace("\n# cert_file", "\ncert_file")
      .replace("\n# key_file", "\nkey_file")
      .replace("\n# plain", "\nplain"),
  ];
  for (const variant of variants) {
    const parsed = parseConfig(variant);
    expect("faults" in parsed ? parsed.faults : []).toEqual([]);
  }
});

test("the reference page says what the parser does", async () => {
  await expect(referencePage()).toMatchFileSnapshot("../../docs/reference/config.md");
});

test("the installed file has eight lines, opens a camera and shares nothing with anyone", () => {
  const installed = textOf("config/doorstep.toml");
  expect(installed.trimEnd().split("\n").length).toBe(8);
  const parsed = parseConfig(installed);
  expect("config" in parsed && parsed.config).toMatchObject({
    device: { name: "porch" },
    camera: { source: { kind: "libcamera" } },
    trigger: { pir: { gpio: 17 }, light: { gpio: 22 } },
    audio: { record: false },
    sharing: { enabled: false },
    recipients: [],
    requests: { accept: false },
    review: { lan: false },
  });
  expect("config" in parsed && parsed.config.mqtt).toBeUndefined();
});
