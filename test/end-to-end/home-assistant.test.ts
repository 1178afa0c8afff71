// Home Assistant's view of a running doorbell: it appears, says how it is, is answered and paused by what it offers, and goes cleanly.
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HouseState } from "../../agent/publisher/topics.ts";
import { asRead, complaints } from "../agent/publisher/home-assistant-rules.ts";
import { startMosquitto, type Mosquitto } from "../mosquitto.ts";
import { Ear } from "./ear.ts";
import { Household } from "./household.ts";

const OWN = "doorstep/porch/ha";
const DISCOVERY = "homeassistant/device/porch/ha/config";
const everything = 'triggers = "all"\nzones = "all"\nhours = "always"\nuntil = "forever"\nmax_per_day = "unlimited"';
const HA = `[[recipient]]\nname = "ha"\nhome_assistant = true\nplain = true\nevents = "auto"\ntold_of_asks = true\ntold_of_state = true\n${everything}\n`;
const config = (broker: string, ha: string): string => `
[device]
name = "porch"
timezone = "UTC"
clock = "assume"
[camera]
source = "simulated"
pre_roll = "1s"
post_roll = "1s"
[trigger]
button = { gpio = 27, driver = "simulated" }
[sharing]
enabled = true
[approvals]
channels = ["page", "cli", "home_assistant"]
[mqtt]
url = "${broker}"
[[recipient]]
name = "anna"
clips = "ask"
plain = true
${everything}
${ha}`;

let broker: Mosquitto;
let ear: Ear;
let house: Household;
let ha: MqttClient;
beforeAll(async () => {
  broker = await startMosquitto();
  ear = await Ear.on(broker.url);
  ha = await connectAsync(broker.url);
  house = new Household(config(broker.url, HA));
  house.start("recorder");
  house.start("publisher");
  await house.status("broker", ({ broker: { state } }) => state === "connected");
}, 120_000);
afterAll(async () => {
  await house.close();
  ha.end(true);
  ear.close();
  await broker.stop();
});

/** The first message on a topic, from `since` on, whose text `wanted` says yes to. */
const heard = (topic: string, wanted: (text: string) => boolean, since = 0): Promise<unknown> =>
  ear.message((message) => {
    const at = ear.heard.indexOf(message);
    return at >= since && message.topic === topic && wanted(message.payload.toString());
  });
const state = (wanted: (state: HouseState) => boolean, since = 0): Promise<unknown> =>
  heard(`${OWN}/state`, (text) => text !== "" && wanted(JSON.parse(text) as HouseState), since);

test("a doorbell appears, is asked and answered, paused and resumed, and goes", { timeout: 120_000 }, async () => {
  const announced = await ear.message(({ topic }) => topic === DISCOVERY);
  expect(complaints(DISCOVERY, announced.payload.toString())).toEqual([]);
  const { pause } = asRead(announced.payload.toString()).components;
  await state(({ camera, microphone, sharing }) => camera === "on" && microphone === "off" && sharing === "on");
  await heard(`${OWN}/waiting`, (text) => text === "0");

  await house.visit("button");
  await heard(`${OWN}/event/ring`, () => true);
  await heard(`${OWN}/waiting`, (text) => text === "1");
  const asked = await ear.message(
    ({ topic, payload }) => topic === `${OWN}/event/clip` && payload.toString().includes("waiting"),
  );
  const { clip } = JSON.parse(asked.payload.toString()) as { clip: string };

  const answer = { v: 1, clip, recipient: "anna", answer: "approved" };
  await ha.publishAsync("doorstep/porch/approval", JSON.stringify(answer), { qos: 1 });
  await ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${clip}/data`);
  let since = ear.heard.findLastIndex(({ payload }) => payload.toString() === "1");
  await heard(`${OWN}/waiting`, (text) => text === "0", since);

  await ha.publishAsync(String(pause!["command_topic"]), String(pause!["payload_press"]), { qos: 1 });
  await state(({ sharing, resume }) => sharing === "paused" && resume.includes("doorstep resume"));
  since = ear.heard.length;
  expect((await house.doorstep("status", "--state", house.state)).out).toContain("ha paused what goes to them");
  expect(await house.doorstep("resume", "--state", house.state)).toMatchObject({ code: 0 });
  await state(({ sharing }) => sharing === "on", since);

  since = ear.heard.length;
  house.configure(config(broker.url, ""));
  for (const topic of [DISCOVERY, `${OWN}/state`, `${OWN}/waiting`, `${OWN}/info`])
    await heard(topic, (text) => text === "", since);
});
