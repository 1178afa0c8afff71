// What the page costs a person with a slow phone: its first view, against an empty page under the same brakes; and how a list of
// ten thousand clips opens and scrolls, against one of a hundred.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Browser, type Page } from "playwright-core";
import { FLAGS, holds } from "../end-to-end/page.ts";
import { PageStand } from "../page-stand.ts";
import type { Figure } from "./ledger.bench.ts";

const PHONE = { width: 390, height: 844 };
/** Lighthouse's phone: a mid-range processor on slow 4G. */
const BRAKES = {
  cpu: 4,
  network: { offline: false, latency: 150, downloadThroughput: 1_638_400 / 8, uploadThroughput: 750_000 / 8 },
};
const ROUNDS = 7;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const launch = (): Promise<Browser> => chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });

/** In the page: when everything that the first view shows is there and painted, and the processor is free for a tap. */
const WHEN_READY = (ready: string): string => `
  window.ready = new Promise((resolve) => {
    const look = () => (${ready}) ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))) : requestAnimationFrame(look);
    addEventListener("DOMContentLoaded", look);
  });`;

interface View {
  readonly ms: number;
  readonly bytes: number;
  readonly requests: number;
}

/** A first visit with nothing cached: until a tap would be answered, and what came over the wire by then. */
async function firstVisit(browser: Browser, address: string, ready: string, stand?: PageStand): Promise<View> {
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: 2, hasTouch: true, locale: "en-GB" });
  try {
    if (stand) await context.addCookies([await stand.cookie()]);
    const page = await context.newPage();
    const tools = await context.newCDPSession(page);
    let bytes = 0;
    let requests = 0;
    tools.on("Network.responseReceived", () => (requests += 1));
    tools.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    await tools.send("Network.enable");
    await page.addInitScript(WHEN_READY(ready));
    await tools.send("Network.emulateNetworkConditions", BRAKES.network);
    await tools.send("Emulation.setCPUThrottlingRate", { rate: BRAKES.cpu });
    await page.goto(address, { waitUntil: "commit" });
    return { ms: await page.evaluate<number>("window.ready"), bytes, requests };
  } finally {
    await context.close();
  }
}

/** Signed in: the live picture's place, how everything stands, sharing stopped in one tap. The newest clips are below the fold. */
const FIRST_VIEW = `document.querySelector(".standing dl") && document.querySelector(".pause")`;

async function emptyPage(): Promise<{ readonly address: string; close(): void }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>Empty</title><h1>Nothing</h1>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Bytes and time of the first view. */
export async function firstViewFigures(): Promise<Figure[]> {
  const stand = await PageStand.open(100);
  const empty = await emptyPage();
  const browser = await launch();
  try {
    const ours: View[] = [];
    const none: View[] = [];
    await firstVisit(browser, stand.bridge.address, FIRST_VIEW, stand);
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await firstVisit(browser, stand.bridge.address, FIRST_VIEW, stand));
      none.push(await firstVisit(browser, empty.address, "true"));
    }
    // The best of each: whatever else this machine does only adds to it, four times over.
    const ms = Math.min(...ours.map((view) => view.ms));
    const floor = Math.min(...none.map((view) => view.ms));
    const bytes = Math.max(...ours.map((view) => view.bytes));
    const { requests } = ours[0]!;
    const brakes = `processor / ${BRAKES.cpu}, ${BRAKES.network.latency} ms, 1.6 Mbit/s`;
    return [
      {
        name: "first view over the wire, kB",
        ratio: bytes / 1000,
        wanted: "<= 100",
        detail: `${requests} answers, headers included, nothing cached`,
      },
      {
        name: "first view until a tap is answered, over an empty page, s",
        ratio: (ms - floor) / 1000,
        wanted: "<= 1",
        detail: `${ms.toFixed(0)} ms against ${floor.toFixed(0)} ms of an empty page; medians ${median(ours.map((view) => view.ms)).toFixed(0)} and ${median(none.map((view) => view.ms)).toFixed(0)}; ${brakes}`,
      },
    ];
  } finally {
    await browser.close();
    empty.close();
    await stand.close();
  }
}

/** In a signed-in page: milliseconds from asking for the list to its first cards painted. */
async function opening(page: Page): Promise<number> {
  await page.evaluate(`location.hash = "#/more"`);
  await holds(page, `document.querySelector(".menu") !== null`);
  return page.evaluate<number>(`new Promise((resolve) => {
    const began = performance.now();
    const look = () => (document.querySelector(".card") ? resolve(performance.now() - began) : requestAnimationFrame(look));
    location.hash = "#/clips";
    look();
  })`);
}

/** The wheel turned by somebody in a hurry, from the newest clip to the oldest: the time between pictures, in milliseconds. */
const SCROLL = `(async () => {
  const gaps = [];
  const height = document.documentElement.scrollHeight;
  let last = performance.now();
  for (let n = 0; n < 240; n++) {
    scrollTo(0, (height * n) / 240);
    await new Promise(requestAnimationFrame);
    const at = performance.now();
    gaps.push(at - last);
    last = at;
  }
  return gaps;
})()`;
/** Three pictures of sixty a second: a hitch that eyes see. */
const HITCH_MS = 50;

/** Ten thousand clips against a hundred, out of a real catalogue through the real API, in turns in one browser. */
export async function manyClipsFigures(): Promise<Figure[]> {
  const stands = [await PageStand.open(100), await PageStand.open(10_000)] as const;
  const browser = await launch();
  try {
    const [few, many] = await Promise.all(
      stands.map(async (stand) => {
        const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB" });
        await context.addCookies([await stand.cookie()]);
        const page = await context.newPage();
        await page.goto(`${stand.bridge.address}#/more`);
        await page.waitForSelector("#main h1");
        return page;
      }),
    );
    const times: Record<"few" | "many", number[]> = { few: [], many: [] };
    for (let round = 0; round < 16; round++) {
      await few!.bringToFront();
      const fast = await opening(few!);
      await many!.bringToFront();
      const slow = await opening(many!);
      // The first loads what the others find.
      if (round === 0) continue;
      times.few.push(fast);
      times.many.push(slow);
    }
    const gaps = await many!.evaluate<number[]>(SCROLL);
    const late = gaps.filter((gap) => gap > HITCH_MS).length;
    return [
      {
        name: "a list of 10,000 clips opens / of 100",
        ratio: median(times.many) / median(times.few),
        wanted: "<= 1.3",
        detail: `medians ${median(times.many).toFixed(0)} and ${median(times.few).toFixed(0)} ms, best ${Math.min(...times.many).toFixed(0)} and ${Math.min(...times.few).toFixed(0)} ms`,
      },
      {
        name: "scrolling through 10,000 clips, pictures late by more than two",
        ratio: late / gaps.length,
        wanted: "<= 0.1",
        detail: `${late} of ${gaps.length}, median ${median(gaps).toFixed(0)} ms, worst ${Math.max(...gaps).toFixed(0)} ms`,
      },
    ];
  } finally {
    await browser.close();
    for (const stand of stands) await stand.close();
  }
}

if (import.meta.main)
  process.stdout.write(`${JSON.stringify([...(await firstViewFigures()), ...(await manyClipsFigures())], null, 2)}\n`);
