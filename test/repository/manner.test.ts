// How the sources are written: rules a person would forget (STYLE of the house, CONTRIBUTING.md).
import { expect, test } from "vitest";
import { code, files, read, sources } from "./sources.ts";

const all = sources();
const lines = (text: string): number => text.split("\n").length - 1;
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.floor((sorted.length - 1) * q)]!;

test("every file of ours says in its first line what it is", () => {
  const ours = [...all, ...sources(/^(test|packaging)\/.*\.ts$/)];
  expect(ours.filter(({ text }) => !/^(#!.*\n)?\/\/ \S.{20,}/.test(text)).map(({ path }) => path)).toEqual([]);
});

test("no file is named for nothing, and no folder has a barrel", () => {
  expect(files(/(^|\/)(utils?|helpers?|misc|common|types|models|index)\.ts$/)).toEqual([]);
});

test("source files stay short enough to hold one thing", () => {
  const sorted = all.map(({ text }) => lines(text)).sort((a, b) => a - b);
  expect(quantile(sorted, 0.5)).toBeLessThanOrEqual(120);
  expect(quantile(sorted, 0.95)).toBeLessThanOrEqual(350);
  expect(all.filter(({ text }) => lines(text) > 500).map(({ path }) => path)).toEqual([]);
});

test("nothing is thrown without a code, and nothing is typed any", () => {
  const found = all.flatMap(({ path, text }) =>
    (code(text).match(/throw new Error\(|:\s*any\b|\bas any\b|<any>/g) ?? []).map((what) => `${path}: ${what}`),
  );
  expect(found).toEqual([]);
});

test("nine exports in ten are documented: by a comment, or by the head of the file when they are what it is for", () => {
  const exports = all.flatMap(({ path, text }) =>
    Array.from(
      text.matchAll(/^(.*)\n(?:export (?:async )?(?:function|class|interface|const) (\w+))/gm),
      ([, before, name], i) => ({
        name: `${path}: ${name}`,
        documented: i === 0 || /\*\/\s*$|^\/\/ /.test(before!),
      }),
    ),
  );
  const bare = exports.filter(({ documented }) => !documented).map(({ name }) => name);
  expect(bare.length / exports.length, bare.join("\n")).toBeLessThanOrEqual(0.1);
});

test("no test replaces a module or waits for time to pass", () => {
  const found = sources(/^test\/.*\.ts$/)
    .filter(({ path }) => !path.startsWith("test/repository/"))
    .flatMap(({ path, text }) =>
      (code(text).match(/\bvi\.mock\(|\bvi\.useFakeTimers\(|\bsleep\(\d|\bsetTimeout\(\s*resolve/g) ?? []).map(
        (what) => `${path}: ${what}`,
      ),
    );
  expect(found).toEqual([]);
});

test("the README stays a door, not a house", () => {
  expect(lines(read("README.md"))).toBeLessThanOrEqual(120);
  expect(lines(read("CONTRIBUTING.md"))).toBeLessThanOrEqual(100);
});
