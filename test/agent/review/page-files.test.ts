// The page as it is delivered: small, complete, in both languages, and nothing in it from elsewhere.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pageFiles } from "../../../agent/review/page-files.ts";

const ROOT = new URL("../../../agent/review/page/", import.meta.url).pathname;
const modules = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
const source = (name: string): string => readFileSync(join(ROOT, name), "utf8");
const catalogue = async (language: string): Promise<Record<string, string>> =>
  ((await import(join(ROOT, `words/${language}.js`))) as { words: Record<string, string> }).words;
const names = (text: string): string[] => Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name!).sort();

test("English and French say the same things, with the same names filled in", async () => {
  const english = await catalogue("en");
  const french = await catalogue("fr");
  // The agent's own reasons are English already.
  const said = Object.keys(french).filter((key) => !/^reason\.\d\.\d$/.test(key));

  expect(said.sort()).toEqual(Object.keys(english).sort());
  for (const [key, text] of Object.entries(english)) {
    expect(names(french[key]!), key).toEqual(names(text));
    expect(french[key]!.trim(), key).not.toBe("");
  }
});

test("every sentence a view names is in the catalogue, and every one in it is named by something", async () => {
  const english = Object.keys(await catalogue("en"));
  const code = modules
    .filter((name) => !name.startsWith("words/"))
    .map(source)
    .join("\n");
  const said = Array.from(
    code.matchAll(/(?:\bt|\bname: |\blabel)\(\s*"([\w.]+)"|"([a-z]+\.[a-z.]+)"/g),
    ([, a, b]) => (a ?? b)!,
  );
  const families = Array.from(code.matchAll(/`([\w.]*)\$\{/g), ([, family]) => family!).filter(Boolean);

  const missing = Array.from(code.matchAll(/\bt\(\s*"([\w.]+)"/g), ([, key]) => key!).filter(
    (key) => !english.includes(key) && !english.includes(`${key}.other`),
  );
  expect(missing).toEqual([]);
  const idle = english.filter((key) => {
    const bare = key.replace(/\.(one|other)$/, "");
    return (
      !said.includes(key) &&
      !said.includes(bare) &&
      !code.includes(`"${bare}"`) &&
      !families.some((family) => key.startsWith(family))
    );
  });
  expect(idle).toEqual([]);
});

test("every kind of entry of the ledger is said in a sentence, and has a name for when its details are gone", async () => {
  const code = readFileSync(new URL("../../../agent/ledger/entry.ts", import.meta.url), "utf8");
  const map = /interface EntryDetails \{\n([^]*?)\n\}/.exec(code)![1]!;
  const types = Array.from(map.matchAll(/^  "?([a-z._]+)"?: \{/gm), ([, type]) => type!);
  const english = Object.keys(await catalogue("en"));

  expect(types.length).toBeGreaterThan(25);
  for (const type of types) {
    expect(
      english.some((key) => key === `entry.${type}` || key.startsWith(`entry.${type}.`)),
      type,
    ).toBe(true);
    expect(english, type).toContain(`kind.${type}`);
  }
});

/** The same in every language: drawings, and names of our own, of formats, of keys, units, languages and errors. */
const NAMES =
  /^(M *\d[\d\s.A-Za-z-]*|Doorstep|TOML|SHA-256|UTC|English|Français|[GM]?B|Delete|Backspace|[A-Z_]{2,}|\w+Error|\w*MediaSource)$/;
/** Literals that are no text: styles, ids, names of icons. */
const NO_TEXT = /(class|className|"aria-describedby")( =|:)[^,]*$|\b(icon|door)\([^)]*$|Date\.parse\([^)]*$/;

test("no sentence stands outside the catalogue", () => {
  const texts = modules
    .filter((name) => !name.startsWith("words/"))
    .flatMap((name) => {
      const code = source(name).replace(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
      return Array.from(code.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g), (found) => ({
        name,
        text: (found[1] ?? found[2]!).replaceAll(/\$\{[^{}]*\}/g, "").trim(),
        before: code.slice(Math.max(0, found.index - 80), found.index),
      }));
    });
  const sentences = texts.filter(
    ({ text, before }) =>
      (/\p{L}{2,}\s+\p{L}{2,}/u.test(text) || /^\p{Lu}/u.test(text)) && !NAMES.test(text) && !NO_TEXT.test(before),
  );

  expect(texts.length).toBeGreaterThan(500);
  expect(sentences).toEqual([]);
  // The page itself says one thing, in both languages, to whoever has switched scripts off.
  expect(source("index.html").match(/>[^<>]*\p{L}{2,} \p{L}{2,}[^<>]*</gu)).toHaveLength(2);
});

test("nothing on the page comes from another host, and no text can become markup", () => {
  for (const name of [...modules, "index.html", "style.css"]) {
    const text = source(name).replaceAll("http://www.w3.org/2000/svg", "");
    expect(text, name).not.toMatch(
      /https?:\/\/|url\(|@import|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/,
    );
    expect(text, name).not.toMatch(/<[^>]+\sstyle=|<script(?![^>]*src=)/);
  }
});

test("every module says in its first line what it is", () => {
  expect(modules.filter((name) => !/^\/\/ \S.{20,}/.test(source(name)))).toEqual([]);
});

test("every module that is imported is there to be fetched", () => {
  const files = pageFiles();
  for (const name of modules)
    for (const [, target] of source(name).matchAll(/(?:from |import\()"(\.[^"]+)"/g))
      expect([...files.keys()], `${name} imports ${target}`).toContain(new URL(target!, `http://x/${name}`).pathname);
});

test("the first view weighs less than 100 kB over the wire, and all of the page less than that too", () => {
  const weight = [...pageFiles()].filter(([path]) => path !== "/").reduce((sum, [, { gzip }]) => sum + gzip.length, 0);

  expect(weight).toBeLessThan(100_000);
});
