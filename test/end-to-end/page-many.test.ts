// A list of ten thousand clips in Chromium: opens like one of a hundred, scrolls without holding more than is near the eye.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBridge, type Bridge } from "../../agent/cli/page.ts";
import { localTime } from "../../agent/consent/local-time.ts";
import { dayCounts } from "../../agent/review/day-counts.ts";
import type { ClipQuery, ClipView, Owner, Status } from "../../agent/review/owner.ts";
import { pageApp } from "../../agent/review/page-app.ts";
import { SignIn } from "../../agent/review/sign-in.ts";
import { SocketServer } from "../../agent/review/socket.ts";
import type { WallTime } from "../../drivers/clock/clock.ts";
import { SystemClock } from "../../drivers/clock/system.ts";
import { FLAGS, holds } from "./page.ts";

const MINUTES = 4 * 60_000;
const clock = new SystemClock();
const now = Math.floor(clock.wall() / MINUTES) * MINUTES;

/** One clip every four minutes, newest first: 360 a day. */
const clips = (count: number): ClipView[] =>
  Array.from({ length: count }, (_, n) => ({
    id: (count - n).toString(36).padStart(26, "0"),
    state: "ready",
    startedAt: (now - n * MINUTES) as WallTime,
    clockTrusted: true,
    ...{ durationMs: 12_000, preRollMs: 3_000, bytes: 1_000_000, sha256: "0".repeat(64), width: 640, height: 360 },
    ...{ hasAudio: false, triggers: ["pir"], zones: ["path"], pinned: false, objected: false, pictures: false },
    shares: [{ recipient: "anna", state: "asks", detail: "" }],
  }));

const matching = (
  all: readonly ClipView[],
  { beganFrom, beganBefore, offset = 0, limit = all.length }: ClipQuery,
): readonly ClipView[] =>
  all
    .filter(({ startedAt }) => startedAt >= (beganFrom ?? 0) && startedAt < (beganBefore ?? Infinity))
    .slice(offset, offset + limit);

const status = {
  device: "porch",
  alarms: [],
  clips: { count: 0, bytes: 0, waiting: 0 },
  config: { faults: [] },
} as unknown as Status;

/** An owner with so many clips and nothing else. */
const ownerOf = (count: number): Owner => {
  const all = clips(count);
  // As the catalogue has it: counted once, by quarter of an hour. What that costs is measured in its own benchmark.
  const days = dayCounts(
    all.map(({ startedAt: at }) => ({ at, count: 1 })),
    localTime("UTC")!,
  );
  return {
    status: () => ({
      ...status,
      ...{
        camera: { state: "on" },
        microphone: { state: "off" },
        recording: { state: "idle" },
        sharing: { state: "disabled" },
      },
    }),
    clips: (query: ClipQuery = {}) => matching(all, query),
    days: () => days,
    requests: () => [],
    policy: async () => ({ faults: [], pendingWidening: [] }),
    changes: () => new ReadableStream(),
  } as unknown as Owner;
};

let browser: Browser;
let folder: string;
const open: { server: SocketServer; bridge: Bridge }[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "doorstep-"));
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
});
afterAll(async () => {
  await browser?.close();
  for (const { server, bridge } of open) {
    bridge.close();
    await server.stop();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A signed-in page in front of `count` clips. */
async function pageOf(count: number): Promise<Page> {
  const state = mkdtempSync(join(folder, "s"));
  const signIn = new SignIn({
    clock,
    keys: state,
    ledger: { append: () => undefined } as never,
    passwordFile: () => undefined,
  });
  await signIn.start();
  const about = () => ({ device: "porch", timezone: "UTC", version: "0" });
  const app = pageApp({ owner: ownerOf(count), signIn, lan: () => false, about });
  const server = new SocketServer({
    name: "page",
    path: join(state, "page.sock"),
    mode: 0o600,
    answer: () => Promise.resolve(app.fetch),
  });
  await server.start();
  const bridge = await openBridge(state, 0);
  open.push({ server, bridge });
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, locale: "en-GB" });
  const token = await signIn.signIn({ code: signIn.issueCode().code });
  await page.context().addCookies([{ name: "doorstep_session", value: token, url: bridge.address }]);
  await page.goto(`${bridge.address}#/more`);
  await page.waitForSelector("#main h1");
  return page;
}

/** Milliseconds from asking for the list to its first cards, the best of some: whatever else runs here only adds to it. */
async function opening(page: Page): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 7; n++) {
    await page.evaluate(`location.hash = "#/more"`);
    await holds(page, `document.querySelector(".menu") !== null`);
    times.push(
      await page.evaluate<number>(`new Promise((resolve) => {
        const began = performance.now();
        const look = () => (document.querySelector(".card") ? resolve(performance.now() - began) : requestAnimationFrame(look));
        location.hash = "#/clips";
        look();
      })`),
    );
  }
  return Math.min(...times);
}

test(
  "ten thousand clips open as fast as a hundred, and scrolling to the oldest keeps the page small and smooth",
  { timeout: 120_000 },
  async () => {
    const few = await pageOf(100);
    const many = await pageOf(10_000);
    await opening(few);
    const [fast, slow] = [await opening(few), await opening(many)];

    // The last wheel turns of a person in a hurry, a frame at a time.
    const { worst, late, frames, most } = await many.evaluate<{
      worst: number;
      late: number;
      frames: number;
      most: number;
    }>(`(async () => {
    const gaps = [];
    let most = 0;
    const height = document.documentElement.scrollHeight;
    let last = performance.now();
    for (let n = 0; n < 240; n++) {
      scrollTo(0, (height * n) / 240);
      await new Promise(requestAnimationFrame);
      const at = performance.now();
      gaps.push(at - last);
      last = at;
      most = Math.max(most, document.querySelectorAll(".card").length);
    }
    return { worst: Math.max(...gaps), late: gaps.filter((gap) => gap > 50).length, frames: gaps.length, most };
  })()`);
    await holds(
      many,
      `[...document.querySelectorAll(".card")].some((card) => card.dataset.id === "${"1".padStart(26, "0")}") || (scrollTo(0, 1e9), false)`,
    );

    // Two frames of grace: at this speed one frame is half of what is measured.
    expect(slow, `${slow.toFixed(0)} ms against ${fast.toFixed(0)} ms`).toBeLessThanOrEqual(1.3 * fast + 34);
    expect(most, "cards held at once").toBeLessThan(250);
    expect(late / frames, `${late} of ${frames} frames late, the worst ${worst.toFixed(0)} ms`).toBeLessThan(0.1);
    process.stdout.write(
      `list of 10,000: opens in ${slow.toFixed(0)} ms (100: ${fast.toFixed(0)} ms), worst frame ${worst.toFixed(0)} ms, ${late}/${frames} late, ${most} cards\n`,
    );
  },
);
