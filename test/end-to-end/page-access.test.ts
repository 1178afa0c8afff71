// The page for everybody: whoever sees, hears or types differently, has a small phone, reads French, or sits in the dark.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Household } from "./household.ts";
import { goTo, holds, obstacles, tabThrough, type Look, type Visitor } from "./page.ts";
import { LivedIn } from "./page-house.ts";
import { picture } from "./page-pictures.ts";

const DESK: Look = { size: "desk", language: "en", scheme: "light" };
const PHONE: Look = { size: "phone", language: "fr", scheme: "dark" };
const NARROW: Look = { size: "narrow", language: "fr", scheme: "light" };
const VIEWS = ["now", "waiting", "clips", "ledger", "policy", "zones", "requests", "more"];

let home: LivedIn;
let house: Household;
let owner: Visitor;

/** Something of everything: clips that wait, one that was sent, letters that are open and closed. */
beforeAll(async () => {
  home = await LivedIn.begin();
  ({ house, owner } = home);
  const sent = await house.visit("button");
  await house.agent.send("POST", `/clips/${sent.id}/answers`, { recipient: "anna", answer: "approved" });
  await house.visit("pir");
  const span = { from: sent.startedAt, to: sent.startedAt + 1000 };
  const letter = { kind: "disclosure", from: "Police Nordstadt", why: "A bicycle", emergency: true, span };
  await house.agent.send("POST", "/requests", letter);
  const { id } = await house.agent.send<{ id: string }>("POST", "/requests", { kind: "access", from: "B. Jones" });
  await house.agent.send("POST", `/requests/${id}/answer`, { state: "refused" });
}, 120_000);
afterAll(() => home?.close());

test.each([DESK, PHONE, { ...DESK, language: "fr" }, { ...PHONE, language: "en" }, NARROW] satisfies Look[])(
  "axe finds nothing, and nothing is wider than the window, at $size in $language, by day and by night",
  { timeout: 120_000 },
  async (look) => {
    const page = await owner.comes(look);
    const looks = async (view: string): Promise<void> => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await obstacles(page), `${view}, ${colorScheme}`).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: look.scheme });
    };
    await looks("sign-in");
    await owner.signIn(page);
    const [clip] = await house.clips("one", (clips) => clips.length > 0);
    for (const view of [...VIEWS, `clips/${clip!.id}`]) {
      await goTo(page, view);
      await looks(view);
    }
    for (const [view, question] of [
      [`clips/${clip!.id}`, /^(Hand over…|Remettre…)$/],
      [`clips/${clip!.id}`, /^(Erase|Effacer)$/],
      ["clips", /^(Erase a span…|Effacer une période…)$/],
      ["requests", /^(Write one down…|En noter une…)$/],
      ["requests", /^(I refuse|Je refuse)$/],
    ] as const) {
      await goTo(page, view);
      await page.getByRole("button", { name: question }).click();
      await looks(String(question));
      await page.keyboard.press("Escape");
    }
    await goTo(page, "waiting");
    expect(await tabThrough(page)).toBeGreaterThan(6);
    if (look === PHONE) {
      await picture(page, "phone-waiting");
      await goTo(page, "clips");
      await page.locator(".card img").first().waitFor();
      await picture(page, "phone-clips");
    }
    await page.context().close();
  },
);

test("what one leaves cannot be answered while the next view is on its way", { timeout: 60_000 }, async () => {
  const page = await owner.enters(DESK);
  const [clip] = await house.clips("one that waits", (clips) => clips.length > 0);
  await goTo(page, "waiting");
  const yes = page.getByRole("button", { name: "Send to anna" }).first();
  await yes.click({ trial: true });
  const slow = Promise.withResolvers<void>();
  await page.route("**/details", async (route) => {
    await slow.promise;
    await route.continue();
  });

  await page.evaluate(`location.hash = "#/clips/${clip!.id}"`);
  await holds(page, `document.getElementById("main").inert`);
  const answered = await yes.click({ timeout: 500 }).then(
    () => true,
    () => false,
  );
  slow.resolve();

  expect(answered).toBe(false);
  await page.getByText("Keys: space plays").waitFor();
  expect(await page.evaluate(`document.getElementById("main").inert`)).toBe(false);
  await page.context().close();
});
