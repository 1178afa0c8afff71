// Which changes tighten and which widen, and that nothing wider is used before it has settled.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { compareConfigs, narrowest } from "../../config/compare.ts";
import type { Config } from "../../config/config.ts";
import { normalise } from "../../config/normalise.ts";
import { readTree } from "../../config/parse.ts";
import { allowance, keeping, situation } from "./allowance.ts";
import { AGE_KEYS, type Tree, validTree } from "./arbitrary.ts";

const RUNS = process.env["SLOW"] ? 200_000 : 600;

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

const BASE: Tree = {
  device: { name: "porch", timezone: "Europe/Paris" },
  camera: { source: "libcamera" },
  mask: [
    {
      name: "window",
      polygon: [
        [0, 0],
        [0.5, 0],
        [0.5, 0.5],
        [0, 0.5],
      ],
    },
  ],
  zone: [
    {
      name: "path",
      polygon: [
        [0, 0.5],
        [1, 0.5],
        [1, 1],
        [0, 1],
      ],
    },
  ],
  trigger: { pir: { gpio: 17 }, light: { gpio: 22 } },
  sharing: { enabled: true },
  recipient: [
    {
      name: "anna",
      clips: "ask",
      key: AGE_KEYS[0],
      triggers: ["pir"],
      zones: ["path"],
      hours: "08:00-20:00",
      until: "2027-06-30",
      max_per_day: 5,
    },
  ],
  mqtt: { url: "mqtts://broker.lan" },
};

const anna = (change: Tree): Tree => ({ recipient: [{ ...(BASE["recipient"] as Tree[])[0], ...change }] });
const square = (x: number, y: number, side: number): number[][] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];

const CHANGES: readonly { name: string; change: Tree; tightened?: string[]; widened?: string[]; neutral?: string[] }[] =
  [
    { name: "asking becomes automatic", change: anna({ clips: "auto" }), widened: ["recipient.anna.clips"] },
    { name: "asking becomes never", change: anna({ clips: "never" }), tightened: ["recipient.anna.clips"] },
    { name: "stills are granted", change: anna({ stills: "ask" }), widened: ["recipient.anna.stills"] },
    { name: "events are granted", change: anna({ events: "auto" }), widened: ["recipient.anna.events"] },
    { name: "sound is granted", change: anna({ audio: true }), widened: ["recipient.anna.audio"] },
    { name: "asks are told of", change: anna({ told_of_asks: true }), widened: ["recipient.anna.told_of_asks"] },
    {
      name: "one key becomes another",
      change: anna({ key: AGE_KEYS[1] }),
      tightened: ["recipient.anna.key"],
      widened: ["recipient.anna.key"],
    },
    { name: "a key is added", change: anna({ key: [...AGE_KEYS] }), widened: ["recipient.anna.key"] },
    { name: "a key becomes plain", change: anna({ key: undefined, plain: true }), widened: ["recipient.anna.key"] },
    { name: "every trigger is let through", change: anna({ triggers: "all" }), widened: ["recipient.anna.triggers"] },
    {
      name: "one trigger becomes another",
      change: anna({ triggers: ["button"] }),
      tightened: ["recipient.anna.triggers"],
      widened: ["recipient.anna.triggers"],
    },
    { name: "every zone is let through", change: anna({ zones: "all" }), widened: ["recipient.anna.zones"] },
    { name: "the evening is added", change: anna({ hours: "08:00-22:00" }), widened: ["recipient.anna.hours"] },
    { name: "the evening is taken away", change: anna({ hours: "08:00-18:00" }), tightened: ["recipient.anna.hours"] },
    {
      name: "the hours move",
      change: anna({ hours: "09:00-21:00" }),
      tightened: ["recipient.anna.hours"],
      widened: ["recipient.anna.hours"],
    },
    { name: "the last day is put off", change: anna({ until: "forever" }), widened: ["recipient.anna.until"] },
    { name: "the last day comes sooner", change: anna({ until: "2027-06-29" }), tightened: ["recipient.anna.until"] },
    { name: "the limit rises", change: anna({ max_per_day: "unlimited" }), widened: ["recipient.anna.max_per_day"] },
    { name: "the limit falls", change: anna({ max_per_day: 4 }), tightened: ["recipient.anna.max_per_day"] },
    {
      name: "somebody new is granted something",
      change: {
        recipient: [
          ...(BASE["recipient"] as Tree[]),
          {
            name: "ben",
            plain: true,
            triggers: "all",
            zones: "all",
            hours: "always",
            until: "forever",
            max_per_day: 1,
          },
        ],
      },
      widened: ["recipient.ben"],
    },
    { name: "somebody is taken off the list", change: { recipient: [] }, tightened: ["recipient.anna"] },
    { name: "sharing is turned off", change: { sharing: { enabled: false } }, tightened: ["sharing.enabled"] },
    { name: "the microphone is turned on", change: { audio: { record: true } }, widened: ["audio.record"] },
    { name: "a mask is removed", change: { mask: [] }, widened: ["mask.window"] },
    {
      name: "a mask shrinks",
      change: { mask: [{ name: "window", polygon: square(0, 0, 0.4) }] },
      widened: ["mask.window"],
    },
    {
      name: "a mask grows",
      change: { mask: [{ name: "window", polygon: square(0, 0, 0.6) }] },
      tightened: ["mask.window"],
    },
    {
      name: "a mask moves",
      change: { mask: [{ name: "window", polygon: square(0.1, 0, 0.5) }] },
      tightened: ["mask.window"],
      widened: ["mask.window"],
    },
    {
      name: "a mask is only called something else",
      change: { mask: [{ name: "pane", polygon: square(0, 0, 0.5) }] },
      neutral: ["mask"],
    },
    {
      name: "a mask is added",
      change: { mask: [...(BASE["mask"] as Tree[]), { name: "street", polygon: square(0.5, 0, 0.2) }] },
      tightened: ["mask.street"],
    },
    {
      name: "only one's own ground is shown",
      change: { property: [{ name: "own", polygon: square(0, 0.5, 0.5) }] },
      tightened: ["property.own"],
    },
    {
      name: "a zone grows",
      change: { zone: [{ name: "path", polygon: square(0, 0, 1) }] },
      widened: ["zone.path.polygon"],
    },
    {
      name: "the camera is another one",
      change: { camera: { source: "v4l2", device: "/dev/video0" } },
      widened: ["camera.source"],
    },
    {
      name: "the pre-roll grows",
      change: { camera: { source: "libcamera", pre_roll: "10s" } },
      widened: ["camera.pre_roll"],
    },
    {
      name: "the camera sleeps",
      change: { camera: { source: "libcamera", mode: "asleep" } },
      tightened: ["camera.mode"],
    },
    { name: "the light goes", change: { trigger: { pir: { gpio: 17 }, light: "none" } }, widened: ["trigger.light"] },
    {
      name: "the sensor moves to another line",
      change: { trigger: { pir: { gpio: 18 }, light: { gpio: 22 } } },
      widened: ["trigger.pir"],
    },
    { name: "the sensor goes", change: { trigger: { light: { gpio: 22 } } }, tightened: ["trigger.pir"] },
    {
      name: "a privacy switch is wired",
      change: { trigger: { ...(BASE["trigger"] as Tree), privacy_switch: { gpio: 23 } } },
      tightened: ["trigger.privacy_switch"],
    },
    {
      name: "motion starts recordings",
      change: { trigger: { ...(BASE["trigger"] as Tree), video: true } },
      widened: ["trigger.video"],
    },
    {
      name: "recordings must be confirmed",
      change: { trigger: { ...(BASE["trigger"] as Tree), confirm: "motion" } },
      tightened: ["trigger.confirm"],
    },
    {
      name: "a new way to approve",
      change: { approvals: { channels: ["page", "cli", "home_assistant"] } },
      widened: ["approvals.channels"],
    },
    {
      name: "an owner's key",
      change: { approvals: { owner_key: `${"A".repeat(43)}=` } },
      widened: ["approvals.owner_key"],
    },
    { name: "requests are accepted", change: { requests: { accept: true } }, widened: ["requests.accept"] },
    { name: "recordings are kept longer", change: { retention: { keep: "8d" } }, widened: ["retention.keep"] },
    { name: "recordings are kept shorter", change: { retention: { keep: "6d" } }, tightened: ["retention.keep"] },
    {
      name: "the page answers on the network",
      change: { review: { lan: true, password_file: "/p" } },
      widened: ["review.password_file", "review.lan"],
    },
    {
      name: "the broker is another one",
      change: { mqtt: { url: "mqtts://other.lan" } },
      tightened: ["mqtt.url"],
      widened: ["mqtt.url"],
    },
    {
      name: "the broker is spoken to in the open",
      change: { mqtt: { url: "mqtt://broker.lan" } },
      widened: ["mqtt.url"],
    },
    {
      name: "the clock is assumed",
      change: { device: { ...(BASE["device"] as Tree), clock: "assume" } },
      widened: ["device.clock"],
    },
    { name: "another time zone", change: { device: { name: "porch", timezone: "UTC" } }, widened: ["device.timezone"] },
    {
      name: "the notice is worded otherwise",
      change: { notice: { controller: "a", contact: "b", purpose: "c" } },
      neutral: ["notice"],
    },
    { name: "the chime is another one", change: { chime: { sound: "/srv/ding.wav" } }, neutral: ["chime"] },
  ];

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
