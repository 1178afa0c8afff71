// Discovery documents: the whole of them as golden files, and every rule that would make Home Assistant reject one (its discovery.py, restated).
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { discovery, type Household, removal } from "../../../agent/publisher/home-assistant.ts";
import { writeLine } from "../../../agent/spool/door-lines.ts";

const HOUSEHOLD: Household = {
  prefix: "homeassistant",
  device: "porch",
  recipient: "ha",
  version: "0.1.0",
  stills: true,
  events: true,
  clips: true,
  toldOfAsks: true,
};

interface Document {
  readonly [key: string]: unknown;
  readonly device: Record<string, unknown>;
  readonly origin: Record<string, unknown>;
  readonly components: Record<
    string,
    Record<string, unknown> & { platform: string; unique_id: string; default_entity_id: string }
  >;
}

const read = (household: Household): Document => JSON.parse(discovery(household).payload) as Document;

test("a recipient who may be told everything gets this document", () => {
  const golden = readFileSync(new URL("../../golden/home-assistant.porch.ha.json", import.meta.url), "utf8");
  expect(`${JSON.stringify(read(HOUSEHOLD), null, 2)}\n`).toBe(golden);
  expect(discovery(HOUSEHOLD).topic).toBe("homeassistant/device/porch/ha/config");
});

test("a recipient who may be told nothing gets a device with nothing but the way to pause", () => {
  const least = read({ ...HOUSEHOLD, stills: false, events: false, clips: false, toldOfAsks: false });
  expect(Object.keys(least.components)).toEqual(["pause"]);
});

test("that something waits is no event of whoever is not to be told", () => {
  expect(read({ ...HOUSEHOLD, toldOfAsks: false }).components["clip"]!["event_types"]).toEqual(["ready", "withdrawn"]);
  expect(read({ ...HOUSEHOLD, clips: false }).components["clip"]!["event_types"]).toEqual(["waiting"]);
});

test("taking it back is an empty document at the same place", () => {
  expect(removal(HOUSEHOLD)).toEqual({ ...discovery(HOUSEHOLD), payload: "" });
});

const ROOT = new Set([
  "device",
  "components",
  "origin",
  "state_topic",
  "command_topic",
  "qos",
  "encoding",
  "message_expiry_interval",
  "availability",
  "availability_topic",
  "availability_mode",
  "availability_template",
  "payload_available",
  "payload_not_available",
]);
const DEVICE = new Set([
  "identifiers",
  "connections",
  "manufacturer",
  "model",
  "model_id",
  "name",
  "hw_version",
  "sw_version",
  "serial_number",
  "via_device",
  "suggested_area",
  "configuration_url",
]);
const ORIGIN = new Set(["name", "sw_version", "support_url"]);
const COMMON = ["platform", "unique_id", "default_entity_id", "name", "entity_category", "icon", "enabled_by_default"];
const COMPONENTS: Readonly<
  Record<string, { readonly required: readonly string[]; readonly optional: readonly string[] }>
> = {
  binary_sensor: {
    required: ["state_topic"],
    optional: ["device_class", "expire_after", "off_delay", "payload_on", "payload_off", "value_template"],
  },
  event: { required: ["state_topic", "event_types"], optional: ["device_class", "value_template"] },
  image: { required: ["image_topic"], optional: ["content_type", "image_encoding"] },
  button: { required: ["command_topic"], optional: ["payload_press", "device_class", "retain"] },
};

const name = fc.stringMatching(/^[a-z0-9_-]{1,40}$/);
const household: fc.Arbitrary<Household> = fc.record({
  prefix: fc.constantFrom("homeassistant", "ha"),
  device: name,
  recipient: name,
  version: fc.constant("0.1.0"),
  stills: fc.boolean(),
  events: fc.boolean(),
  clips: fc.boolean(),
  toldOfAsks: fc.boolean(),
});

test("Home Assistant rejects none of them, whatever the names and grants, and each fits a line of the door", () => {
  fc.assert(
    fc.property(household, (household) => {
      const document = read(household);
      expect(Object.keys(document).filter((key) => !ROOT.has(key))).toEqual([]);
      expect(Object.keys(document.device).filter((key) => !DEVICE.has(key))).toEqual([]);
      expect(Object.keys(document.origin).filter((key) => !ORIGIN.has(key))).toEqual([]);
      const components = Object.entries(document.components);
      expect(new Set(components.map(([, { unique_id }]) => unique_id)).size).toBe(components.length);
      for (const [key, component] of components) {
        const { required, optional } = COMPONENTS[component.platform]!;
        expect(key).toMatch(/^[a-zA-Z0-9_-]+$/);
        expect(component.default_entity_id).toMatch(new RegExp(`^${component.platform}\\.[a-z0-9_]+$`));
        expect(required.filter((field) => component[field] === undefined)).toEqual([]);
        expect(
          Object.keys(component).filter((field) => ![...COMMON, ...required, ...optional].includes(field)),
        ).toEqual([]);
        if (component["device_class"] === "doorbell") expect(component["event_types"]).toContain("ring");
        if (component.platform === "image") expect(component["content_type"]).toMatch(/^image\//);
      }
      const line = discovery(household);
      expect(line.topic).toMatch(/^[a-z]+\/device\/[a-zA-Z0-9_-]+\/[a-zA-Z0-9_-]+\/config$/);
      expect(Buffer.byteLength(writeLine(line))).toBeLessThanOrEqual(4096);
    }),
  );
});

test("it speaks of nobody's topics but the recipient's own, and of the device's status", () => {
  fc.assert(
    fc.property(household, (household) => {
      const own = `doorstep/${household.device}/${household.recipient}/`;
      for (const text of discovery(household).payload.match(/"doorstep\/[^"]*"/g) ?? []) {
        const topic = text.slice(1, -1);
        expect(
          topic.startsWith(own) || topic === own.slice(0, -1) || topic === `doorstep/${household.device}/status`,
        ).toBe(true);
      }
    }),
  );
});
