// A blink of the Wi-Fi is nobody's business: the broker says `offline` for a doorbell that stays away, not for one that is back at once.
import { expect, test } from "vitest";
import { Front } from "../../brokers/front.ts";
import { listen, say, startMosquitto } from "../../mosquitto.ts";
import { StandIn } from "./stand-in.ts";

test("who is back at once was never offline, and who stays away is", async () => {
  await using broker = await startMosquitto();
  await using home = await listen(broker, ["doorstep/porch/status", "sentinel"]);
  await using front = await Front.before(broker.port, false);
  await using rig = await StandIn.create({ url: `mqtt://127.0.0.1:${front.port}` });
  const said = (): string[] => home.messages.map(({ payload }) => payload.toString());
  rig.publish();
  await home.until(() => said().includes("online"));

  front.cut();
  await home.until(() => said().filter((text) => text === "online").length === 2);
  await say(broker, "sentinel", "now");
  await home.until(() => said().includes("now"));
  expect(said()).toEqual(["online", "online", "now"]);

  await front[Symbol.asyncDispose]();
  await home.until(() => said().includes("offline"));
  await rig.stopPublishing();
});
