// A browser in front of the review page: Debian's Chromium, as a person with a mouse, a thumb or a keyboard would use it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { expect } from "vitest";
import { until } from "../../agent/cli/demo-watch.ts";
import { openBridge, type Bridge } from "../../agent/cli/page.ts";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { ApiShapes } from "../api-shapes.ts";
import type { Household } from "./household.ts";

const clock = new SystemClock();
const shapes = new ApiShapes();
/** As root, and with nothing asked of anybody. */
export const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

export const SIZES = {
  desk: { width: 1280, height: 860 },
  phone: { width: 390, height: 844 },
  narrow: { width: 320, height: 640 },
} as const;

/** How somebody looks at the page. */
export interface Look {
  readonly size: keyof typeof SIZES;
  readonly language: "en" | "fr";
  readonly scheme: "light" | "dark";
}

/** A browser and a bridge to one household's page. */
export class Visitor {
  readonly bridge: Bridge;
  readonly #house: Household;
  readonly #browser: Browser;
  #contexts: BrowserContext[] = [];
  /** What was wrong: scripts that failed, policies that were broken, answers that are not as docs/reference/openapi.json says. */
  readonly complaints: string[] = [];

  private constructor(house: Household, browser: Browser, bridge: Bridge) {
    this.#house = house;
    this.#browser = browser;
    this.bridge = bridge;
  }

  static async at(house: Household): Promise<Visitor> {
    const browser = await chromium
      .launch({ executablePath: "/usr/bin/chromium", args: FLAGS })
      .catch((error: unknown) => {
        throw new TypeError(`chromium is needed for this test (make test installs it): ${String(error)}`);
      });
    return new Visitor(house, browser, await openBridge(house.state, 0));
  }

  /** A fresh browser profile in front of the page, not signed in. */
  async comes({ size, language, scheme }: Look): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: SIZES[size],
      colorScheme: scheme,
      locale: language === "fr" ? "fr-FR" : "en-GB",
      reducedMotion: "reduce",
      ...(size !== "desk" && { deviceScaleFactor: 2, hasTouch: true }),
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("response", async (response) => {
      const { pathname } = new URL(response.url());
      if (!pathname.startsWith("/api/")) return;
      const [method, status] = [response.request().method(), response.status()];
      const [type = ""] = (response.headers()["content-type"] ?? "").split(";");
      if (type !== "application/json")
        return void this.complaints.push(...shapes.mediaFaults(method, pathname, status, type));
      // A page that is left takes its answers with it.
      const body: unknown = await response.json().catch(() => undefined);
      if (body !== undefined) this.complaints.push(...shapes.faults(method, pathname, status, body));
    });
    page.on("console", (message) => {
      // Without a session the first question is answered 401, as it should be.
      if (message.type() === "error" && !message.text().includes("401")) this.complaints.push(message.text());
    });
    await page.goto(this.bridge.address);
    await page.waitForSelector("form");
    return page;
  }

  /** Signs in with a code from the command line. */
  async signIn(page: Page): Promise<void> {
    await page.getByRole("button", { name: /one-time code|code à usage unique/ }).click();
    const { out } = await this.#house.doorstep("review", "code", "--state", this.#house.state);
    await page.getByLabel(/One-time code|Code à usage unique/).fill(out.trim());
    await page.getByRole("button", { name: /^(Sign in|Se connecter)$/ }).click();
    await page.waitForSelector("#main h1");
  }

  /** {@link comes} and {@link signIn}. */
  async enters(look: Look): Promise<Page> {
    const page = await this.comes(look);
    await this.signIn(page);
    return page;
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser.close();
    this.bridge.close();
  }
}

/** Goes to a view and waits until its pictures are there. */
export async function goTo(page: Page, view: string): Promise<void> {
  await page.evaluate(`location.hash = "#/${view}"`);
  await page.waitForLoadState("networkidle").catch(() => {});
  await page.waitForSelector("#main:not([inert]) h1");
  await settled(page);
}

/** Waits until `expression` is true in the page. Asked from outside: the page's own policy lets nobody evaluate text in it. */
export async function holds(page: Page, expression: string): Promise<void> {
  await until(clock, expression, () => page.evaluate<unknown>(expression), Boolean, seconds(20));
}

/** Every picture in sight is drawn. */
export async function settled(page: Page): Promise<void> {
  await holds(page, IMAGES_DRAWN);
}

const IMAGES_DRAWN = `[...document.images].every((image) => (image.complete && image.naturalWidth > 0) || image.getBoundingClientRect().top > innerHeight)`;

/** What somebody who sees, hears or types differently would stumble over in what is shown now; empty when nothing. */
export async function obstacles(page: Page): Promise<string[]> {
  // Evaluated from outside: the page's own policy lets no script in.
  if (!(await page.evaluate<boolean>(`"axe" in window`))) await page.evaluate(AXE);
  return page.evaluate<string[]>(`(${LOOK_FOR_OBSTACLES})()`);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** In the browser: every rule that axe knows, advice included, and room to the right. */
const LOOK_FOR_OBSTACLES = `async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } });
  const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => [id, help, html.slice(0, 120), failureSummary].join(": ")));
  const path = (node) => node.tagName.toLowerCase() + (node.className.baseVal ?? node.className ? "." + String(node.className.baseVal ?? node.className).replaceAll(" ", ".") : "");
  const tooWide = document.documentElement.scrollWidth - innerWidth;
  if (tooWide > 0) found.push("wider than the window by " + tooWide + ": " + [...document.querySelectorAll("*")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1).map(path).join(" "));
  for (const node of document.querySelectorAll("dialog[open], dialog[open] *, .place-name, .play"))
    if (node.clientWidth > 0 && node.scrollWidth > node.clientWidth + 1) found.push("cut off: " + path(node) + " " + node.textContent.slice(0, 40));
  const outside = (part, whole) => part.right > whole.right + 1 || part.left < whole.left - 1;
  const dialog = document.querySelector("dialog[open]");
  for (const node of dialog?.querySelectorAll("*:not(option)") ?? [])
    if (outside(node.getBoundingClientRect(), dialog.getBoundingClientRect())) found.push("outside its question: " + path(node));
  const title = dialog?.querySelector("h2");
  if (title && title.getBoundingClientRect().top < dialog.getBoundingClientRect().top) found.push("a question that begins below its title");
  return found;
}`;

/** Tab goes through everything that can be used, and each stop can be seen; fails where it does not. */
export async function tabThrough(page: Page, most = 60): Promise<number> {
  const stops = new Set<string>();
  await page.evaluate("document.activeElement?.blur()");
  for (let n = 0; n < most; n++) {
    await page.keyboard.press("Tab");
    const stop = (await page.evaluate(`(() => {
      const node = document.activeElement;
      if (!node || node === document.body) return undefined;
      const style = getComputedStyle(node);
      return { name: (node.getAttribute("aria-label") || node.textContent || node.id || node.tagName).trim().slice(0, 40) + node.getBoundingClientRect().top, ring: style.outlineStyle !== "none" || style.boxShadow !== "none" || node.matches("ellipse") };
    })()`)) as { name: string; ring: boolean } | undefined;
    if (!stop) continue;
    expect(stop.ring, `no ring around ${stop.name}`).toBe(true);
    stops.add(stop.name);
  }
  return stops.size;
}
