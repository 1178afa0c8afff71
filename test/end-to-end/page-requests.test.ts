// Somebody who writes too often, muted and heard of again on the page: with a mouse, a thumb or a keyboard, in both languages.
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { say } from "../mosquitto.ts";
import type { Household } from "./household.ts";
import { goTo, holds, obstacles, type Look, type Visitor } from "./page.ts";
import { LivedIn } from "./page-house.ts";

const WHO = "Police Nordstadt";
const WORDS = {
  en: {
    ...{ mute: "Mute", unmute: "Hear of them again", all: "Show muted ones too", mark: "muted", none: "No requests." },
    ...{ undo: "Undo", told: `${WHO} is muted.`, open: "1 open request", view: "Requests", show: "Show" },
    ...{ muted: `You muted ${WHO}: nothing under this name is kept`, heard: `You hear of ${WHO} again` },
  },
  fr: {
    ...{ mute: "Ignorer", unmute: "Ne plus ignorer", all: "Montrer aussi celles qui sont ignorées", mark: "ignorée" },
    ...{ none: "Aucune demande.", undo: "Annuler", told: `Rien de ${WHO} n’est plus gardé.`, view: "Demandes" },
    ...{ open: "1 demande ouverte", muted: `Vous ignorez ${WHO} : plus rien sous ce nom n’est gardé`, show: "Montrer" },
    ...{ heard: `Vous n’ignorez plus ${WHO}` },
  },
};

let home: LivedIn;
let house: Household;
let owner: Visitor;
beforeAll(async () => {
  home = await LivedIn.begin("\n[requests]\naccept = true\n");
  ({ house, owner } = home);
  await writes(WHO, "the first");
}, 120_000);
afterAll(() => home?.close());

/** Anybody who may write to the broker. */
const writes = (from: string, why: string): Promise<void> =>
  say(home.broker, "doorstep/porch/request", JSON.stringify({ v: 1, kind: "disclosure", from, why }));

interface Letter {
  readonly id: string;
  readonly why: string;
}
const letters = async (): Promise<readonly Letter[]> =>
  (await house.agent.get<{ requests: readonly Letter[] }>("/requests?muted=true")).requests;

/** With a thumb on a phone, with the mouse at a desk. */
const presses = ({ size }: Look, button: Locator): Promise<void> => (size === "desk" ? button.click() : button.tap());

/** What the marks on the ways to the requests say; "" without any. On a phone the way is behind "more". */
const badges = (page: Page, words: string): Promise<void> =>
  holds(
    page,
    `["#/requests", "#/more"].every((way) => (document.querySelector(\`a[href="\${way}"] .badge .unseen\`)?.textContent ?? "") === ${JSON.stringify(words)})`,
  );

test.each([
  { size: "desk", language: "en", scheme: "light" },
  { size: "phone", language: "fr", scheme: "dark" },
  { size: "desk", language: "fr", scheme: "dark" },
  { size: "phone", language: "en", scheme: "light" },
] satisfies Look[])(
  "a requester is muted, stays unheard, and is heard of again: $size, $language",
  { timeout: 120_000 },
  async (look) => {
    const words = WORDS[look.language];
    const round = `${look.size} ${look.language}`;
    const page = await owner.enters(look);
    // Six letters an hour are kept: the newest of one round is the first of the next.
    const [first] = await letters();
    await goTo(page, "requests");
    await page.getByText(first!.why).waitFor();
    await badges(page, words.open);

    await presses(look, page.getByRole("button", { name: words.mute, exact: true }));
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await obstacles(page)).toEqual([]);
    if (look.size === "desk") {
      // The question begins at "Cancel": one step on.
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
    } else await dialog.getByRole("button", { name: words.mute, exact: true }).tap();
    await page.getByText(words.told).waitFor();
    await page.getByText(words.none).waitFor();
    await badges(page, "");

    // However it is spelled: nothing is kept, and whoever writes sees what they always see.
    const heard = home.ear.heard.length;
    await writes("POLICE  nord-stadt", `unheard, ${round}`);

    await presses(look, page.getByLabel(words.all));
    const letter = page.getByRole("article").filter({ hasText: first!.why });
    await letter.getByText(words.mark, { exact: true }).waitFor();
    expect(await obstacles(page)).toEqual([]);
    await presses(look, letter.getByRole("button", { name: words.unmute }));
    await letter.getByRole("button", { name: words.mute, exact: true }).waitFor();
    await writes(WHO, `again, ${round}`);
    await page.getByText(`again, ${round}`).waitFor();

    expect((await letters()).map(({ why }) => why)).not.toContain(`unheard, ${round}`);
    expect(new Set(home.ear.heard.slice(heard).map(({ topic }) => topic))).toEqual(new Set(["doorstep/porch/request"]));
    expect((await house.status("as before", () => true)).sharing.state).toBe("enabled");
    await goTo(page, "ledger");
    await page.getByText(words.muted).first().waitFor();
    await page.getByText(words.heard).first().waitFor();

    for (const { id } of (await letters()).slice(1))
      await house.agent.send("POST", `/requests/${id}/answer`, { state: "refused" });
    await page.context().close();
    expect(owner.complaints).toEqual([]);
  },
);

test("what was muted by mistake is undone in the notice", { timeout: 60_000 }, async () => {
  const words = WORDS.en;
  const page = await owner.enters({ size: "desk", language: "en", scheme: "light" });
  await goTo(page, "requests");
  await writes("B. Jones", "mine");
  const letter = page.getByRole("article").filter({ hasText: "mine" });
  await letter.getByRole("button", { name: words.mute, exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: words.mute, exact: true }).click();
  await page.getByText("mine").waitFor({ state: "detached" });

  await page.getByRole("button", { name: words.undo }).click();

  await page.getByText("mine").waitFor();
  const { out } = await house.owner("ledger", "list", "--type", "request.unmuted", "--json");
  expect(out).toContain('"B. Jones"');
});
