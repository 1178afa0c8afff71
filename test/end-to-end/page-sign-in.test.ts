// Signing in at the page itself: by the password of the file, by one that the command line set, by a code when guessing has been
// slowed down, on a phone and at a desk, in both languages; and what becomes of those who are signed in.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Household } from "./household.ts";
import { obstacles, type Look, type Visitor } from "./page.ts";
import { LivedIn } from "./page-house.ts";
import { wordsOf } from "./page-words.ts";

const folder = mkdtempSync(join(tmpdir(), "doorstep-"));
const FROM_FILE = "from the file, 12 words";
let home: LivedIn;
let house: Household;
let owner: Visitor;
beforeAll(async () => {
  const file = join(folder, "review-password");
  writeFileSync(file, `${FROM_FILE}\n`, { mode: 0o600 });
  home = await LivedIn.begin(`\n[review]\npassword_file = ${JSON.stringify(file)}\n`);
  ({ house, owner } = home);
}, 120_000);
afterAll(async () => {
  await home?.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  { size: "desk", language: "en", scheme: "light" },
  { size: "phone", language: "fr", scheme: "dark" },
  { size: "phone", language: "en", scheme: "dark" },
  { size: "desk", language: "fr", scheme: "light" },
] satisfies Look[])(
  "the password of the file opens the page, a wrong one does not: $size, $language",
  { timeout: 60_000 },
  async (look) => {
    const say = await wordsOf(look.language);
    const page = await owner.comes(look);
    await page.getByLabel(say("sign.password")).fill("not this one");
    await page.keyboard.press("Enter");
    await page.getByText(say("sign.password.wrong")).waitFor();
    expect(await obstacles(page)).toEqual([]);

    // The field is chosen whole: whoever types on begins anew.
    await page.keyboard.type(FROM_FILE);
    await page.keyboard.press("Enter");

    await page.getByRole("heading", { name: say("view.now"), level: 1 }).waitFor();
    expect(page.url()).not.toMatch(/\?|password|file/);
    await page.reload();
    await page.getByRole("heading", { name: say("view.now"), level: 1 }).waitFor();
    await page.context().close();
  },
);

test(
  "whoever guesses is slowed down, the owner comes in by a code, and a new password ends every session",
  { timeout: 90_000 },
  async () => {
    const say = await wordsOf("en");
    const page = await owner.comes({ size: "desk", language: "en", scheme: "light" });
    const wait = page.getByText(/^Too many tries\. Wait \d+ seconds/);
    for (let n = 0; n < 8 && !(await wait.isVisible()); n++) {
      await page.getByLabel(say("sign.password")).fill(`guess ${n}`);
      const answered = page.waitForResponse(/\/api\/session$/);
      await page.getByRole("button", { name: say("sign.in"), exact: true }).click();
      await answered;
      await page.locator("#sign-in-trouble:not(:empty)").waitFor();
    }
    await wait.waitFor();
    await page.getByLabel(say("sign.password")).fill(FROM_FILE);
    await page.getByRole("button", { name: say("sign.in"), exact: true }).click();
    await wait.waitFor();

    await owner.signIn(page);
    await page.getByRole("heading", { name: say("view.now"), level: 1 }).waitFor();

    await house.agent.send("PUT", "/review/password", { password: "another one, longer" });
    await page.getByLabel(say("sign.password")).waitFor();
    const { out } = await house.owner("ledger", "list", "--type", "signin", "--json");
    expect(out).toContain('"refused"');
    expect(out).not.toContain(FROM_FILE);
    await page.context().close();
  },
);
