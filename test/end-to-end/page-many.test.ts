// A list of ten thousand clips in Chromium, out of a real catalogue: asks for no more, holds no more than one of a hundred does.
// How fast it opens and scrolls is measured by `make bench`.
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { PageStand } from "../page-stand.ts";
import { FLAGS, holds } from "./page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
});
afterAll(() => browser?.close());

interface Asked {
  readonly path: string;
  readonly bytes: number;
}

/** The list of `count` clips, open; and everything the page asks the agent from then on. */
async function listOf(count: number): Promise<{ page: Page; asked: Asked[] }> {
  const stand = await PageStand.open(count);
  onTestFinished(() => stand.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB" });
  onTestFinished(() => context.close());
  await context.addCookies([await stand.cookie()]);
  const page = await context.newPage();
  const asked: Asked[] = [];
  page.on("response", async (response) => {
    const { pathname, search } = new URL(response.url());
    if (!/^\/api\/(clips|days)/.test(pathname)) return;
    const { length: bytes } = await response.body().catch(() => Buffer.alloc(0));
    asked.push({ path: pathname + search, bytes });
  });
  await page.goto(`${stand.bridge.address}#/clips`);
  await page.locator(".card").first().waitFor();
  await holds(page, NEAR_IS_FILLED);
  return { page, asked };
}

/** Whatever is within a screen of what is seen has its cards. */
const NEAR_IS_FILLED = `Array.from(document.querySelectorAll(".block")).every((block) => block.firstChild || block.getBoundingClientRect().top > 2 * innerHeight)`;
const NODES = `document.querySelectorAll("*").length`;
const CARDS = `document.querySelectorAll(".card").length`;

test("ten thousand clips open with as many questions and as much in the page as a hundred", async () => {
  const [few, many] = [await listOf(100), await listOf(10_000)];

  expect(many.asked.length).toBeLessThanOrEqual(few.asked.length + 1);
  const bytes = ({ asked }: { asked: Asked[] }): number => asked.reduce((sum, one) => sum + one.bytes, 0);
  // What grows are the days: a line of numbers for each of the 28.
  expect(bytes(many)).toBeLessThan(bytes(few) + 28 * 300);
  expect(await many.page.evaluate<number>(CARDS)).toBeLessThanOrEqual(await few.page.evaluate<number>(CARDS));
  const [small, large] = [await few.page.evaluate<number>(NODES), await many.page.evaluate<number>(NODES)];
  expect(large).toBeLessThan(small + 28 * 15);
});

test("whoever goes through all of them to the oldest never holds more than is near the eye, nor asks for all", async () => {
  const { page, asked } = await listOf(10_000);

  const most = await page.evaluate<number>(`(async () => {
    let most = 0;
    const height = document.documentElement.scrollHeight;
    for (let n = 0; n < 240; n++) {
      scrollTo(0, (height * n) / 240);
      await new Promise(requestAnimationFrame);
      most = Math.max(most, ${CARDS});
    }
    return most;
  })()`);
  await holds(
    page,
    `(scrollTo(0, 1e9), Array.from(document.querySelectorAll(".card"), ({ dataset }) => dataset.id).at(-1) === ${JSON.stringify(await oldest(page))})`,
  );

  expect(most, "cards held at once").toBeLessThan(250);
  for (const { path } of asked)
    if (path.startsWith("/api/clips"))
      expect(Number(new URLSearchParams(path.split("?")[1]).get("limit")), path).toBeLessThanOrEqual(36);
});

/** The id of the clip that was recorded first. */
const oldest = (page: Page): Promise<string> =>
  page.evaluate<string>(
    `fetch("/api/clips?offset=9999&limit=1").then((answer) => answer.json()).then(({ clips }) => clips[0].id)`,
  );
