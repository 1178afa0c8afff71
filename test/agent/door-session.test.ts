// What the publisher is told: no rules, no secrets, and only what it needs.
import { expect, test } from "vitest";
import { discoveryOf, sessionOf } from "../../agent/door-session.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/config.ts";

function config(recipients: readonly string[], more = ""): Config {
  const text = `
[device]
name = "porch"
timezone = "UTC"
clock = "assume"
[camera]
source = "simulated"
[trigger]
button = { gpio = 27, driver = "simulated" }
[sharing]
enabled = true
[mqtt]
url = "mqtts://broker.lan"
username = "porch"
password_file = "/etc/doorstep/mqtt-password"
${more}
${recipients.map((name) => `[[recipient]]\nname = "${name}"\nclips = "auto"\nplain = true\ntriggers = "all"\nzones = "all"\nhours = "always"\nuntil = "forever"\nmax_per_day = 3\nhome_assistant = true\n`).join("")}`;
  const parsed = parseConfig(text);
  if ("faults" in parsed) throw new TypeError(JSON.stringify(parsed.faults));
  return parsed.config;
}

test("the session names the broker and the password's file, and no recipient, rule or secret", () => {
  const home = config(["anna", "bob"]);

  expect(sessionOf(home, home.mqtt!)).toEqual({
    type: "session",
    v: 1,
    device: "porch",
    broker: { url: "mqtts://broker.lan", username: "porch", password_file: "/etc/doorstep/mqtt-password" },
    subscriptions: ["+/ack", "+/command"],
  });
});

test("requests and approvals are listened for only where the configuration says so", () => {
  const home = config(["anna"], `[requests]\naccept = true\n[approvals]\nchannels = ["page", "home_assistant"]`);

  expect(sessionOf(home, home.mqtt!).subscriptions).toEqual(["+/ack", "+/command", "approval", "request"]);
});

test("a recipient that is gone disappears from Home Assistant, one that stays is announced again", () => {
  const before = config(["anna", "bob"]);
  const documents = discoveryOf(config(["anna"]), "1.0.0", before);

  expect(
    documents.map(({ topic, document }) => [
      topic,
      (document?.["o"] as { name: string } | undefined)?.name ?? "removed",
    ]),
  ).toEqual([
    ["homeassistant/device/porch/bob/config", "removed"],
    ["homeassistant/device/porch/anna/config", "doorstep"],
  ]);
});
