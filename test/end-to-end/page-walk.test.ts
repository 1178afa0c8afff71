// All that an owner does with the page, from signing in to signing out, by thumb on a phone and by mouse at a desk, in both languages.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Household } from "./household.ts";
import { goTo, holds, obstacles, settled, type Look, type Visitor } from "./page.ts";
import { LivedIn } from "./page-house.ts";
import { wordsOf, type Say } from "./page-words.ts";

let home: LivedIn;
let house: Household;
let owner: Visitor;
let key: string;
beforeAll(async () => {
  home = await LivedIn.begin();
  ({ house, owner } = home);
  key = await house.newKey("notary");
}, 120_000);
afterAll(() => home?.close());

/** A page and the hand that uses it. */
interface Hand {
  readonly page: Page;
  readonly say: Say;
  readonly press: (what: Locator) => Promise<void>;
  /** The button of these words, in `within` or on the whole page. */
  readonly button: (key: string, values?: Readonly<Record<string, string>>, within?: Locator) => Locator;
}

function handOf(page: Page, { size }: Look, say: Say): Hand {
  return {
    page,
    say,
    press: (what) => (size === "desk" ? what.click() : what.tap()),
    button: (key, values, within) => (within ?? page).getByRole("button", { name: say(key, values), exact: true }),
  };
}

async function watchesLive({ page, press, button }: Hand): Promise<void> {
  await goTo(page, "now");
  await press(button("live.watch"));
  await holds(page, `document.querySelector("video.live").videoWidth > 0 && document.querySelector(".live-badge.on")`);
  await press(button("live.stop"));
  await button("live.watch").waitFor();
}

async function stopsSharing({ page, press }: Hand): Promise<void> {
  await press(page.locator(".strip .pause:not(.resume)"));
  await house.status("paused", ({ sharing }) => sharing.state === "paused");
  await press(page.locator(".strip .resume"));
  await house.status("resumed", ({ sharing }) => sharing.state === "enabled");
}

async function answers({ page, say, press, button }: Hand, yes: string, no: string): Promise<void> {
  await goTo(page, "waiting");
  const asking = (id: string): Locator => page.locator(`article[aria-labelledby="ask-${id}"]`);
  await press(asking(yes).getByRole("button", { name: new RegExp(`^${say("clip.play")}`) }));
  await holds(page, `document.querySelector(".asking video")?.currentTime > 0.2`);
  await press(button("send.to", { name: "anna" }, asking(yes)));
  await asking(yes)
    .getByText(say("share.accepted", { name: "anna" }))
    .waitFor();
  await press(button("send.not", {}, asking(no)));
  await asking(no).getByText(say("share.denied")).waitFor();
}

async function readsTheReceipt({ page, say, press }: Hand, id: string): Promise<void> {
  await goTo(page, `clips/${id}`);
  await press(page.locator("details.receipt summary").filter({ hasText: say("kind.clip") }));
  await page.getByText(say("how.page")).locator("visible=true").first().waitFor();
  await page.getByText(say("receipt.not.consent")).locator("visible=true").first().waitFor();
  expect(await obstacles(page)).toEqual([]);
}

async function keepsAndErases({ page, say, press, button }: Hand, kept: string, erased: string): Promise<void> {
  await goTo(page, "clips");
  await page.getByLabel(say("filter.trigger")).selectOption("button");
  await page.getByLabel(say("filter.trigger")).selectOption("");
  await press(page.locator(`.card[data-id="${kept}"]`));
  await press(button("pin"));
  await button("unpin").waitFor();
  await goTo(page, `clips/${erased}`);
  await press(button("delete"));
  await press(button("delete", {}, page.getByRole("dialog")));
  await page.getByText(say("delete.done"), { exact: true }).waitFor();
  await page.getByLabel(say("filter.pinned")).selectOption("true");
  await page.locator(`.card[data-id="${kept}"]`).waitFor();
  await holds(page, `!document.querySelector('.card[data-id="${erased}"]')`);
  await page.getByLabel(say("filter.pinned")).selectOption("");
}

async function handsOver({ page, say, press, button }: Hand, id: string, name: string): Promise<void> {
  await goTo(page, `clips/${id}`);
  await press(button("hand.over"));
  await page.getByLabel(say("hand.to")).fill(name);
  await page.getByLabel(say("hand.keys")).fill(key);
  await press(button("hand.yes"));
  const link = page.getByRole("link", { name: say("hand.file") });
  const [download] = await Promise.all([page.waitForEvent("download"), press(link)]);
  const opened = execFileSync("age", ["-d", "-i", join(house.folder, "notary.key"), await download.path()], {
    maxBuffer: 1 << 26,
  });
  expect(opened.subarray(4, 8).toString()).toBe("ftyp");
  await press(button("done"));
  await page.getByText(say("disclosure.handed")).first().waitFor();
}

async function checksTheLedger({ page, say, press, button }: Hand, name: string): Promise<void> {
  await goTo(page, "ledger");
  await press(button("ledger.verify"));
  await page.getByText(say("ledger.ok")).waitFor();
  await press(button("ledger.report"));
  await page.locator("pre.report").getByText("anna").first().waitFor();
  await page.getByLabel(say("ledger.kind")).selectOption("export");
  await page.locator(".entry summary").getByText(say("entry.export", { name })).waitFor();
}

async function draws({ page, say, press, button }: Hand, { size }: Look): Promise<void> {
  await goTo(page, "policy");
  await page.getByText(say("grant.clips.ask")).first().waitFor();
  await goTo(page, "zones");
  await settled(page);
  await press(button("zones.add.mask"));
  const box = (await page.locator(".drawing").boundingBox())!;
  for (const [x, y] of [
    [0.1, 0.1],
    [0.3, 0.1],
    [0.3, 0.3],
  ] as const) {
    const at = [box.x + x * box.width, box.y + y * box.height] as const;
    await (size === "desk" ? page.mouse.click(...at) : page.touchscreen.tap(...at));
  }
  expect(await page.getByLabel("TOML").inputValue()).toMatch(
    /\[\[mask\]\]\nname = .+\npolygon = \[(\[0\.\d+, 0\.\d+\](, )?){3}\]/,
  );
  await press(button("copy"));
  await page.getByText(say("copied")).waitFor();
}

async function filesALetter({ page, say, press, button }: Hand, from: string): Promise<void> {
  await goTo(page, "requests");
  await press(button("request.add"));
  await page.getByLabel(say("request.who")).fill(from);
  await press(button("request.keep"));
  const letter = page.getByRole("article").filter({ has: page.getByRole("heading", { name: from }) });
  await press(button("request.refused", {}, letter));
  await press(button("request.refused", {}, page.getByRole("dialog")));
  await letter.getByText(say("request.state.refused"), { exact: true }).waitFor();
}

test.each([
  { size: "phone", language: "fr", scheme: "dark" },
  { size: "desk", language: "fr", scheme: "light" },
  { size: "phone", language: "en", scheme: "light" },
  { size: "desk", language: "en", scheme: "dark" },
] satisfies Look[])("an owner's whole round: $size, $language", { timeout: 180_000 }, async (look) => {
  const yes = await house.visit("button");
  const no = await house.visit("pir");
  const page = await owner.enters(look);
  const hand = handOf(page, look, await wordsOf(look.language));

  await watchesLive(hand);
  await stopsSharing(hand);
  await answers(hand, yes.id, no.id);
  await readsTheReceipt(hand, yes.id);
  await keepsAndErases(hand, yes.id, no.id);
  const notary = `notary-${look.size}-${look.language}`;
  await handsOver(hand, yes.id, notary);
  await checksTheLedger(hand, notary);
  await draws(hand, look);
  await filesALetter(hand, `Notary of ${look.size} ${look.language}`);

  if (look.size !== "desk") await goTo(page, "more");
  await hand.press(hand.button("sign.out"));
  await page.getByLabel(hand.say("sign.password")).waitFor();
  await page.context().close();
  expect(owner.complaints.filter((text) => !text.includes("net::ERR_"))).toEqual([]);
});
