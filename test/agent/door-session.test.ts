// What the publisher is told: no rules, no secrets, and only what it needs.
import { expect, test } from "vitest";
import { discoveryOf, sessionOf } from "../../agent/door-session.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/config.ts";
import { config as configText } from "../configs.ts";

function config(recipients: readonly string[], more = ""): Config {
  const parsed = parseConfig(
    configText({
      broker: "mqtts://broker.lan",
      mqtt: 'username = "porch"\npassword_file = "/etc/doorstep/mqtt-password"',
      recipients: recipients.map((name) => ({ name, more: "home_assistant = true" })),
      more,
    }),
  );
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
