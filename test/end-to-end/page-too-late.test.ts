// An undo that comes while the clip is being sent: the page and the command line say how much had left by then.
import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeBroker } from "../agent/publisher/fake-broker.ts";
import { config } from "../configs.ts";
import { Household } from "./household.ts";
import { goTo, Visitor } from "./page.ts";

let broker: FakeBroker;
let house: Household;
let owner: Visitor;
/** Lets the broker answer for the third part. */
const third = Promise.withResolvers<void>();

beforeAll(async () => {
  broker = await FakeBroker.start({
    connack: () => ({ properties: { maximumPacketSize: 30_000 } }),
    onPublish: ({ topic, messageId }, client) => {
      const answer = (): void => client.send({ cmd: "puback", messageId: messageId!, reasonCode: 0 });
      if (topic.endsWith("/part/2")) void third.promise.then(answer);
      else answer();
    },
  });
  house = new Household(config({ broker: broker.url, recipients: [{ name: "anna", clips: "ask" }] }));
  await house.moveIn();
  await house.connected();
  owner = await Visitor.at(house);
}, 120_000);
afterAll(async () => {
  await owner?.close();
  await house?.close();
  await broker?.[Symbol.asyncDispose]();
});

test("an undo that came too late says how many parts had left, and no more follow", { timeout: 120_000 }, async () => {
  const { id, bytes } = await house.visit("button");
  const page = await owner.enters({ size: "desk", language: "en", scheme: "light" });
  await goTo(page, `clips/${id}`);
  await page.getByRole("button", { name: "Send to anna" }).click();
  await broker.until(({ published }) => published.some(({ topic }) => topic.endsWith(`${id}/part/2`)));

  await page.getByRole("group", { name: "For anna" }).getByRole("button", { name: "Undo" }).click();
  await page.getByText("Withdrawn.").waitFor();
  third.resolve();

  const of = Math.ceil(bytes / (30_000 - 1_024));
  await page.getByText(`Withdrawn. 3 of its ${of} parts had left by then: the broker has them.`).waitFor();
  const { out } = await house.owner("explain", id, "--to", "anna");
  expect(out).toContain(`withdrawn: by the owner, page; 3 of its ${of} parts had left`);
  await broker.until(({ published }) => published.some(({ topic }) => topic.endsWith("anna/event/clip")));
  expect(broker.published.filter(({ topic }) => topic.includes(`${id}/`)).length).toBe(3);
  expect(owner.complaints).toEqual([]);
});
