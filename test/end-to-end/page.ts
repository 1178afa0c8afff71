// A browser in front of the review page: Debian's Chromium, as a person with a mouse, a thumb or a keyboard would use it.
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { expect } from "vitest";
import { until } from "../../agent/cli/demo-watch.ts";
import { openBridge, type Bridge } from "../../agent/cli/page.ts";
import { seconds } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import type { Household } from "./household.ts";

const clock = new SystemClock();
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
  /** What browsers complained about: scripts that failed, policies that were broken. */
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
  await page.waitForSelector("#main h1");
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
  return (await page.evaluate(`(${LOOK_FOR_OBSTACLES})()`)) as string[];
}

/** In the browser: names of controls and pictures, order of headings, contrast of text, room to the right, size of targets. */
const LOOK_FOR_OBSTACLES = `() => {
  const found = [];
  const seen = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !node.closest("[aria-hidden=true]");
  const path = (node) => node.tagName.toLowerCase() + (node.className.baseVal ?? node.className ? "." + String(node.className.baseVal ?? node.className).replaceAll(" ", ".") : "");
  const text = (node) => (node.getAttribute("aria-label") || [...(node.getAttribute("aria-labelledby") ?? "").split(" ")].map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim() || [...(node.labels ?? [])].map((label) => label.textContent).join(" ").trim() || node.textContent.trim() || node.title || "").trim();
  for (const node of document.querySelectorAll("a[href], button, select, textarea, input:not([tabindex='-1']), [role=button], video, summary, [role=img], dialog[open], nav"))
    if (seen(node) && text(node) === "" && !(node.querySelector("img[alt]:not([alt=''])"))) found.push("without a name: " + path(node));
  for (const image of document.images) if (!image.hasAttribute("alt")) found.push("picture without a description: " + image.src);
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    if (!seen(heading)) continue;
    const next = Number(heading.tagName[1]);
    if (next > level + 1) found.push("heading jumps from " + level + " to " + next + ": " + heading.textContent);
    level = next;
  }
  if (document.querySelectorAll("h1").length !== 1) found.push("not one first heading");
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window by " + (document.documentElement.scrollWidth - innerWidth) + ": " + [...document.querySelectorAll("*")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1).map(path).join(" "));
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push("twice the same id: " + id);
  for (const node of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
    for (const id of (node.getAttribute("aria-labelledby") ?? node.getAttribute("aria-describedby")).split(" ")) if (!document.getElementById(id)) found.push("points nowhere: " + id);
  if (!document.documentElement.lang) found.push("no language");

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = ([r, g, b]) => { const f = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none" || at.matches("video, .screen, .thumb, .poster")) return undefined;
      const colour = rgba(style.backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, above) => over(above, below), [255, 255, 255, 1]);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const reported = new Set();
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !seen(node) || node.closest(".unseen, :disabled, noscript, option")) continue;
    const style = getComputedStyle(node);
    const below = ground(node);
    if (!below) continue;
    const ink = over(rgba(style.color), below);
    const [a, b] = [light(ink), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const key = path(node) + style.color + below;
    if (ratio < (large ? 3 : 4.5) && !reported.has(key)) { reported.add(key); found.push("contrast " + ratio.toFixed(2) + ": " + path(node) + " " + JSON.stringify(node.textContent.slice(0, 30))); }
  }
  for (const node of document.querySelectorAll("button, a.place, a.button, select, .card"))
    if (seen(node)) { const { width, height } = node.getBoundingClientRect(); if (height < 24 || (width < 24 && !node.matches(".tick"))) found.push("too small to hit: " + path(node) + " " + width + "×" + height); }
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
