// The documents against the code: links that lead somewhere, every error with its remedy, every dependency with its reason.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { AGENT_ERRORS } from "../../agent/error.ts";
import { CONFIG_FAULTS } from "../../config/fault.ts";
import { DRIVER_ERRORS } from "../../drivers/error.ts";
import { brokersPage } from "../brokers/page.ts";
import { files, read, ROOT } from "./sources.ts";

const rows = (page: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(read(page).matchAll(/^\| `?([A-Za-z0-9_@/.-]+)`? \| (.+) \|$/gm), ([, key, value]) => [key!, value!]),
  );

test("docs/reference/errors.md lists every code, no other code, and the same remedy", () => {
  const { Code: _, ...listed } = rows("docs/reference/errors.md");
  delete listed["---"];
  expect(listed).toEqual({ ...AGENT_ERRORS, ...CONFIG_FAULTS, ...DRIVER_ERRORS });
});

test("docs/reference/brokers.md is what the brokers were found to do", () => {
  expect(read("docs/reference/brokers.md")).toBe(brokersPage());
});

test("docs/reference/dependencies.md gives a reason for every package we depend on, and for no other", () => {
  const manifest = JSON.parse(read("package.json")) as Record<
    "dependencies" | "optionalDependencies" | "devDependencies",
    Record<string, string>
  >;
  const wanted = [manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies].flatMap((group) =>
    Object.keys(group),
  );
  const listed = Object.keys(rows("docs/reference/dependencies.md")).filter(
    (name) => name !== "Package" && name !== "---",
  );
  expect(listed.sort()).toEqual(wanted.sort());
});

test("every link between our own pages leads somewhere", () => {
  const dead = files(/\.md$/).flatMap((page) =>
    Array.from(read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g), ([, target]) => target!)
      .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test("every rule of the consent specification is tried by a vector or by a test that names it", () => {
  const rules = consentRules(read("docs/spec/consent.md"));
  const tried = new Set(
    files(/^test\/(vectors\/(consent|answers|requests)|agent\/(consent\/|inbound-)|end-to-end\/requests)/).flatMap(
      (path) => read(path).match(/§\d+(\.\d+)*/g) ?? [],
    ),
  );

  expect(rules.length).toBeGreaterThan(45);
  expect(rules.filter((rule) => !tried.has(rule))).toEqual([]);
});

/** "§9.4": what a section numbers, by heading or by list; a section that numbers nothing is one rule. Those of words are none. */
function consentRules(spec: string): string[] {
  const rules: string[] = [];
  for (const section of spec.split(/^(?=#+ §)/m)) {
    const name = /^#+ (§\d+(?:\.\d+)?) /.exec(section)?.[1];
    if (!name || ["§1", "§3", "§4", "§5", "§10", "§11"].includes(name)) continue;
    const items = Array.from(section.matchAll(/^(\d+)\. /gm), ([, item]) => `${name}.${item}`);
    rules.push(...(items.length ? items : [name]));
  }
  return rules;
}
