// Which changes tighten and which widen, and that nothing wider is used before it has settled.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareConfigs, narrowest } from "../../config/compare.ts";
import type { Config } from "../../config/config.ts";
import { normalise } from "../../config/normalise.ts";
import { readTree } from "../../config/parse.ts";
import { allowance, keeping, situation } from "./allowance.ts";
import { type Tree, validTree } from "./arbitrary.ts";
import { BASE, CHANGES, anna, square } from "./edits.ts";
import { SLOW, takeTime } from "./patience.ts";

const RUNS = SLOW ? 20_000 : 600;
takeTime();

function configOf(tree: Tree): Config {
  const parsed = readTree(tree);
  if ("faults" in parsed) throw new TypeError(`a tree meant to be valid is not: ${JSON.stringify(parsed.faults)}`);
  return parsed.config;
}

const config = validTree().map(configOf);

/** Two configurations that differ in a section or two: neighbours, as edits make them. */
const edited = fc
  .tuple(
    validTree(),
    validTree(),
    fc.subarray(
      [
        "device",
        "camera",
        "mask",
        "property",
        "trigger",
        "audio",
        "sharing",
        "approvals",
        "requests",
        "retention",
        "mqtt",
        "review",
      ],
      { maxLength: 3 },
    ),
    fc.boolean(),
  )
  .map(([old, other, sections, recipients]): [Config, Config] => {
    const changed = Object.fromEntries(sections.map((section) => [section, other[section]]));
    const granted = recipients ? { recipient: other["recipient"], zone: other["zone"] } : {};
    return [configOf(old), configOf({ ...old, ...changed, ...granted })];
  });

const pair = fc.oneof(fc.tuple(config, config), edited);
const situations = fc.array(situation, { minLength: 20, maxLength: 20 });

const wider = (a: Record<string, number>, b: Record<string, number>): string[] =>
  Object.keys(a).filter((key) => a[key]! > b[key]!);

test("what is used while a widening waits never allows more than either configuration", () => {
  fc.assert(
    fc.property(pair, situations, ([old, now], all) => {
      const meeting = narrowest(old, now);
      for (const one of all) {
        expect(wider(allowance(meeting, one), allowance(old, one))).toEqual([]);
        expect(wider(allowance(meeting, one), allowance(now, one))).toEqual([]);
      }
    }),
    { numRuns: RUNS },
  );
});

test("a change in which no widening is named allows nothing new", () => {
  fc.assert(
    fc.property(pair, situations, ([old, now], all) => {
      if (compareConfigs(old, now).widened.length) return;
      for (const one of all) expect(wider(allowance(now, one), allowance(old, one))).toEqual([]);
      expect(wider(keeping(now), keeping(old))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

test("a change in which no tightening is named takes nothing away", () => {
  fc.assert(
    fc.property(pair, situations, ([old, now], all) => {
      const { tightened, widened } = compareConfigs(old, now);
      if (tightened.length || widened.some((path) => /^(device|camera|mqtt|review)\b/.test(path))) return;
      for (const one of all) expect(wider(allowance(old, one), allowance(now, one))).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

test("a configuration compared with itself differs in nothing and is its own narrowest", () => {
  fc.assert(
    fc.property(config, (same) => {
      expect(compareConfigs(same, same)).toEqual({ tightened: [], widened: [], neutral: [] });
      expect(narrowest(same, same)).toEqual(same);
    }),
  );
});

test("a change that only tightens is used whole and at once, but for what it would delete", () => {
  fc.assert(
    fc.property(pair, ([old, now]) => {
      if (compareConfigs(old, now).widened.length) return;
      expect(normalise(narrowest(old, now))).toEqual(normalise({ ...now, retention: old.retention }));
    }),
    { numRuns: RUNS },
  );
});

test("two configurations that say different things differ in some path", () => {
  fc.assert(
    fc.property(pair, ([old, now]) => {
      const { tightened, widened, neutral } = compareConfigs(old, now);
      const named = tightened.length + widened.length + neutral.length;
      expect(named > 0).toBe(normalise(old).sha256 !== normalise(now).sha256);
    }),
    { numRuns: RUNS },
  );
});

for (const { name, change, tightened = [], widened = [], neutral = [] } of CHANGES)
  test(`the direction of an edit is known: ${name}`, () => {
    const plain = (tree: Tree): Tree => JSON.parse(JSON.stringify(tree)) as Tree;
    expect(compareConfigs(configOf(BASE), configOf(plain({ ...BASE, ...change })))).toEqual({
      tightened,
      widened,
      neutral,
    });
  });

test("while another broker waits, nothing is sent to either", () => {
  const other = configOf({ ...BASE, mqtt: { url: "mqtts://other.lan" } });
  expect(narrowest(configOf(BASE), other).sharing.enabled).toBe(false);
});

test("while another time zone waits, nothing that depends on the time is sent", () => {
  const other = configOf({ ...BASE, device: { name: "porch", timezone: "UTC" } });
  expect(narrowest(configOf(BASE), other).recipients).toMatchObject([{ name: "anna", clips: "never" }]);
});

test("while hours that have nothing in common wait, nothing is sent", () => {
  const night = configOf({ ...BASE, ...anna({ hours: "22:00-06:00" }) });
  expect(narrowest(configOf(BASE), night).recipients).toMatchObject([{ name: "anna", clips: "never" }]);
});

test("while hours that overlap wait, what they have in common holds", () => {
  const later = configOf({ ...BASE, ...anna({ hours: "10:00-23:00" }) });
  expect(narrowest(configOf(BASE), later).recipients).toMatchObject([{ hours: { from: 600, to: 1200 }, clips: "ask" }]);
});

test("while a moved mask waits, the old and the new place are both hidden", () => {
  const moved = configOf({ ...BASE, mask: [{ name: "window", polygon: square(0.1, 0, 0.5) }] });
  const { masks } = narrowest(configOf(BASE), moved);
  expect(masks.map(({ name, polygon }) => [name, polygon[0]])).toEqual([
    ["window", [0.1, 0]],
    ["window (before)", [0, 0]],
  ]);
});

test("a shorter time of keeping deletes nothing before the file has settled", () => {
  const shorter = configOf({ ...BASE, retention: { keep: "1d" } });
  expect(narrowest(configOf(BASE), shorter).retention).toEqual(configOf(BASE).retention);
});
