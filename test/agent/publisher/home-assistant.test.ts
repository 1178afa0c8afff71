// Discovery documents: the whole of one as a golden file, and every rule that would make Home Assistant reject one or drop part of it.
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { discovery, type Household, removal } from "../../../agent/publisher/home-assistant.ts";
import { writeLine } from "../../../agent/spool/door-lines.ts";
import { asRead, complaints } from "./home-assistant-rules.ts";

const HOUSEHOLD: Household = {
  prefix: "homeassistant",
  device: "porch",
  recipient: "ha",
  id: "doorstep_0123456789ab",
  version: "0.1.0",
  stills: true,
  previews: true,
  events: true,
  clips: true,
  toldOfAsks: true,
  toldOfState: true,
};

const NOTHING = {
  stills: false,
  previews: false,
  events: false,
  clips: false,
  toldOfAsks: false,
  toldOfState: false,
} as const;

const textOf = (household: Household): string => JSON.stringify(discovery(household).document);

const componentsOf = (household: Partial<Household>): ReturnType<typeof asRead>["components"] =>
  asRead(textOf({ ...HOUSEHOLD, ...household })).components;

test("a recipient who may be told everything gets this document", () => {
  const golden = readFileSync(new URL("../../golden/home-assistant.porch.ha.json", import.meta.url), "utf8");
  const { topic, document } = discovery(HOUSEHOLD);
  expect(`${JSON.stringify(document, null, 2)}\n`).toBe(golden);
  expect(topic).toBe("homeassistant/device/porch/ha/config");
});

test.each([
  [{}, ["pause"]],
  [{ events: true }, ["motion", "ring", "pause"]],
  [{ clips: true }, ["clip", "pause"]],
  [{ stills: true }, ["still", "pause"]],
  [{ previews: true }, ["preview", "pause"]],
  [{ toldOfAsks: true }, ["clip", "waiting", "pause"]],
  [
    { toldOfState: true },
    ["camera", "microphone", "sharing", "camera_problem", "microphone_problem", "problem", "pause"],
  ],
])("who is granted %o gets these entities and no other", (grants, entities) => {
  expect(Object.keys(componentsOf({ ...NOTHING, ...grants }))).toEqual(entities);
});

test("what is not granted any more goes, and is not merely left out", () => {
  const all = asRead(textOf(HOUSEHOLD));
  const none = asRead(textOf({ ...HOUSEHOLD, ...NOTHING }));
  expect(all.removed).toEqual([]);
  expect([...none.removed, "pause"]).toEqual(Object.keys(all.components));
  const platforms = (text: string): unknown => {
    const { cmps } = JSON.parse(text) as { cmps: Record<string, { p: string }> };
    return Object.entries(cmps).map(([key, { p }]) => [key, p]);
  };
  expect(platforms(textOf({ ...HOUSEHOLD, ...NOTHING }))).toEqual(platforms(textOf(HOUSEHOLD)));
});

test("that something waits is no event of whoever is not to be told", () => {
  expect(componentsOf({ toldOfAsks: false })["clip"]!["event_types"]).toEqual(["ready", "withdrawn"]);
  expect(componentsOf({ clips: false })["clip"]!["event_types"]).toEqual(["waiting"]);
});

test("taking it back is an empty document at the same place", () => {
  expect(removal(HOUSEHOLD)).toEqual({ type: "retained", topic: discovery(HOUSEHOLD).topic });
});

const name = fc.stringMatching(/^[a-z0-9_-]{1,40}$/);
const household: fc.Arbitrary<Household> = fc.record({
  prefix: fc.constantFrom("homeassistant", "ha", "house/ha"),
  device: name,
  recipient: name,
  id: fc.constant("doorstep_0123456789ab"),
  version: fc.constant("0.1.0"),
  stills: fc.boolean(),
  previews: fc.boolean(),
  events: fc.boolean(),
  clips: fc.boolean(),
  toldOfAsks: fc.boolean(),
  toldOfState: fc.boolean(),
});

test("Home Assistant rejects none of them, whatever the names and grants", () => {
  fc.assert(
    fc.property(household, (household) => {
      expect(complaints(discovery(household).topic, textOf(household))).toEqual([]);
    }),
  );
});

test("the longest of them fits a line of the door", () => {
  const longest = { ...HOUSEHOLD, device: "d".repeat(40), recipient: "r".repeat(40), prefix: "p".repeat(100) };
  expect(Buffer.byteLength(writeLine(discovery(longest)))).toBeLessThanOrEqual(4096);
});

type Change = (document: Record<string, Record<string, unknown>>) => void;
const component =
  (key: string, change: Record<string, unknown>): Change =>
  ({ cmps }) =>
    Object.assign(cmps![key] as object, change);

test.each<[string, Change, string]>([
  ["a shortcut at the root", (document) => Object.assign(document, { "~": "doorstep/porch" }), "root: unknown ~"],
  ["a key of ours in device", ({ dev }) => Object.assign(dev!, { owner: "anna" }), "device: unknown owner"],
  ["a key of ours in origin", ({ o }) => Object.assign(o!, { author: "us" }), "origin: unknown author"],
  ["a device without identifiers", ({ dev }) => void delete dev!["ids"], "device: neither identifiers nor connections"],
  ["an origin without a name", ({ o }) => void delete o!["name"], "origin: no name"],
  ["a component without unique_id", component("pause", { uniq_id: undefined }), "pause: no unique_id"],
  ["an unknown key in a component", component("still", { loop: true }), "still: unknown loop"],
  ["a doorbell that only presses", component("ring", { evt_typ: ["press"] }), "ring: a doorbell that does not ring"],
  ["a clip as an image", component("still", { cont_type: "video/mp4" }), "still: content_type is no image"],
  ["an enum with a unit", component("camera", { unit_of_meas: "clips" }), "camera: enum with unit or class"],
  ["a sensor for configuring", component("camera", { ent_cat: "config" }), "camera: entity_category not allowed"],
  ["an entity id without its domain", component("still", { default_entity_id: "porch" }), "still: default_entity_id"],
  [
    "a wildcard for a topic",
    component("motion", { stat_t: "doorstep/+/ha/motion" }),
    "motion: state_topic is no topic",
  ],
])("the rules find %s", (_what, change, complaint) => {
  const { topic } = discovery(HOUSEHOLD);
  const document = JSON.parse(textOf(HOUSEHOLD)) as Record<string, Record<string, unknown>>;
  change(document);
  expect(complaints(topic, JSON.stringify(document)).join("\n")).toContain(complaint);
});

test("it speaks of nobody's topics but the recipient's own, and of the device's status", () => {
  fc.assert(
    fc.property(household, (household) => {
      const { device, recipient } = household;
      for (const text of textOf(household).match(/"doorstep\/[^"]*"/g) ?? [])
        expect([`doorstep/${device}/${recipient}`, `doorstep/${device}/status`]).toContain(
          text.slice(1, -1).split("/").slice(0, 3).join("/"),
        );
    }),
  );
});
