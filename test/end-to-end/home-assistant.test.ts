// Home Assistant's view of a running doorbell: it appears, says how it is, is answered and paused by what it offers, and goes cleanly.
import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HouseState } from "../../agent/publisher/topics.ts";
import { asRead, complaints } from "../agent/publisher/home-assistant-rules.ts";
import { config, type Recipient } from "../configs.ts";
import type { Household } from "./household.ts";
import { Rig } from "./rig.ts";

const OWN = "doorstep/porch/ha";
const DISCOVERY = "homeassistant/device/porch/ha/config";
const ANNA: Recipient = { name: "anna", clips: "ask" };
const HA: Recipient = {
  ...{ name: "ha", clips: "never" },
  more: 'home_assistant = true\nevents = "auto"\nstills = "auto"\npreviews = "auto"\ntold_of_asks = true\ntold_of_state = true',
};

let rig: Rig;
let house: Household;
let ha: MqttClient;
beforeAll(async () => {
  rig = await Rig.stand();
  ha = await connectAsync(rig.broker.url);
  house = rig.house(text(ANNA, HA));
  await house.moveIn();
  await house.connected();
}, 120_000);
afterAll(async () => {
  ha?.end(true);
  await rig?.close();
});

const text = (...recipients: Recipient[]): string =>
  config({
    ...{ broker: rig.broker.url, recipients, postRoll: "1s" },
    more: '[approvals]\nchannels = ["page", "cli", "home_assistant"]',
  });
/** The first message on a topic, from `since` on, whose text `wanted` says yes to. */
const heard = (topic: string, wanted: (text: string) => boolean, since = 0): Promise<unknown> =>
  rig.ear.message((message) => {
    const at = rig.ear.heard.indexOf(message);
    return at >= since && message.topic === topic && wanted(message.payload.toString());
  });
const state = (wanted: (state: HouseState) => boolean, since = 0): Promise<unknown> =>
  heard(`${OWN}/state`, (text) => text !== "" && wanted(JSON.parse(text) as HouseState), since);

test("a doorbell appears, is asked and answered, paused and resumed, and goes", { timeout: 120_000 }, async () => {
  const announced = await rig.ear.message(({ topic }) => topic === DISCOVERY);
  expect(complaints(DISCOVERY, announced.payload.toString())).toEqual([]);
  const { pause, still, preview } = asRead(announced.payload.toString()).components;
  await state(({ camera, microphone, sharing }) => camera === "on" && microphone === "off" && sharing === "on");
  await heard(`${OWN}/waiting`, (text) => text === "0");

  await house.visit("button");
  await heard(`${OWN}/event/ring`, () => true);
  await heard(`${OWN}/waiting`, (text) => text === "1");
  const asked = await rig.ear.message(
    ({ topic, payload }) => topic === `${OWN}/event/clip` && payload.toString().includes("waiting"),
  );
  const { clip } = JSON.parse(asked.payload.toString()) as { clip: string };

  for (const [image, beginning] of [
    [still!, "ffd8ff"],
    [preview!, Buffer.from("RIFF").toString("hex")],
  ] as const) {
    const shown = await rig.ear.message(({ topic, payload }) => topic === image["image_topic"] && payload.length > 0);
    expect(shown.payload.toString("hex").startsWith(beginning)).toBe(true);
  }

  const answer = { v: 1, clip, recipient: "anna", answer: "approved" };
  await ha.publishAsync("doorstep/porch/approval", JSON.stringify(answer), { qos: 1 });
  await rig.ear.message(({ topic }) => topic === `doorstep/porch/anna/clip/${clip}/data`);
  let since = rig.ear.heard.findLastIndex(({ payload }) => payload.toString() === "1");
  await heard(`${OWN}/waiting`, (text) => text === "0", since);

  await ha.publishAsync(String(pause!["command_topic"]), String(pause!["payload_press"]), { qos: 1 });
  await state(({ sharing, resume }) => sharing === "paused" && resume.includes("doorstep resume"));
  since = rig.ear.heard.length;
  expect((await house.owner("status")).out).toContain("ha paused what goes to them");
  expect(await house.owner("resume")).toMatchObject({ code: 0 });
  await state(({ sharing }) => sharing === "on", since);

  since = rig.ear.heard.length;
  house.configure(text(ANNA));
  const gone = ["state", "waiting", "info", "latest/still", "latest/receipt", "latest/preview"];
  for (const topic of [DISCOVERY, ...gone.map((leaf) => `${OWN}/${leaf}`)])
    await heard(topic, (text) => text === "", since);
});
