// One clip that two people ask for: the question that is still open stands first, and nothing moves under the thumb that answers.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recipient } from "../configs.ts";
import type { Household } from "./household.ts";
import { goTo, holds, type Look, type Visitor } from "./page.ts";
import { LivedIn } from "./page-house.ts";

let home: LivedIn;
let house: Household;
let owner: Visitor;
beforeAll(async () => {
  home = await LivedIn.begin(recipient({ name: "ben", clips: "ask" }));
  ({ house, owner } = home);
}, 120_000);
afterAll(() => home?.close());

/** The panels of one clip, from top to bottom, hold these texts. */
const stand = (page: Page, clip: string, ...texts: string[]): Promise<void> =>
  holds(
    page,
    `(() => {
      const panels = [...document.querySelectorAll('article[aria-labelledby="ask-${clip}"] .answers > section')];
      const tops = panels.map((panel) => panel.getBoundingClientRect().top);
      const texts = ${JSON.stringify(texts)};
      return panels.length === texts.length && texts.every((text, n) => panels[n].innerText.replace(/\\s/g, " ").includes(text) && !(tops[n] < tops[n - 1]));
    })()`,
  );

test.each([
  {
    look: { size: "desk", language: "en", scheme: "light" },
    ...{ forAnna: "For anna?", forBen: "For ben?", no: "Don’t send", said: "You said no", group: "For anna" },
  },
  {
    look: { size: "phone", language: "fr", scheme: "dark" },
    ...{ forAnna: "Pour anna ?", forBen: "Pour ben ?", no: "Ne pas envoyer", said: "Vous avez dit non" },
    group: "Pour anna",
  },
] satisfies (Record<string, string | Look> & { look: Look })[])(
  "an open question stands above what is answered: $look.size, $look.language",
  { timeout: 120_000 },
  async ({ look, forAnna, forBen, no, said, group }) => {
    const { id } = await house.visit("pir");
    const page = await owner.enters(look);
    await goTo(page, "waiting");
    await stand(page, id, forAnna, forBen);
    const card = page.locator(`article[aria-labelledby="ask-${id}"]`);

    const button = card.getByRole("group", { name: group }).getByRole("button", { name: no });
    await (look.size === "desk" ? button.click() : button.tap());
    // Where the thumb is: ben's question does not slip under it.
    await stand(page, id, said, forBen);

    await goTo(page, "now");
    await goTo(page, "waiting");
    await stand(page, id, forBen, said);
    await house.agent.send("POST", `/clips/${id}/answers`, { recipient: "ben", answer: "denied" });
    await page.context().close();
    expect(owner.complaints).toEqual([]);
  },
);
