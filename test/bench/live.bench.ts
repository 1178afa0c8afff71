// How old the live picture is when it is drawn: the time that the simulated camera burns into each picture as it takes it, read
// back from what Chromium has put on the screen, against the clock at that moment; and from screenshots of its window.
import type { Page } from "playwright-core";
import sharp from "sharp";
import { SystemClock } from "../../drivers/clock/system.ts";
import { burnIn } from "../../drivers/doorstep-scene/bitmap-font.ts";
import { emptyPlanes } from "../../drivers/doorstep-scene/planes.ts";
import { doorstepScene } from "../configs.ts";
import { Household } from "../end-to-end/household.ts";
import { goTo, holds, Visitor } from "../end-to-end/page.ts";
import type { Figure } from "./ledger.bench.ts";

const clock = new SystemClock();
const PICTURES = 60;
/** Of the text, as the scene's painter places it in 720 lines. */
const [DOT, LEFT, TOP, ADVANCE, LINES] = [2, 12, 10, 6, 7];
/** "2026-11-22 12:00:05.437Z" */
const SIGNS = 24;
const WIDTH = LEFT + SIGNS * ADVANCE * DOT + DOT;
const HEIGHT = TOP + (LINES + 1) * DOT;

/** What was on the screen, and when: milliseconds since 1970, and the text's corner of the picture in grey. */
interface Seen {
  readonly at: number;
  readonly grey: readonly number[];
}

/** In the browser: each picture as it is presented. */
const WATCH = `() => new Promise((resolve) => {
  const video = document.querySelector("video.live");
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: ${WIDTH}, height: ${HEIGHT} });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const seen = [];
  const look = (now, { expectedDisplayTime }) => {
    pen.drawImage(video, 0, 0, ${WIDTH}, ${HEIGHT}, 0, 0, ${WIDTH}, ${HEIGHT});
    const { data } = pen.getImageData(0, 0, ${WIDTH}, ${HEIGHT});
    const grey = Array.from({ length: ${WIDTH * HEIGHT} }, (_, n) => data[4 * n + 1]);
    seen.push({ at: performance.timeOrigin + Math.max(now, expectedDisplayTime), grey });
    if (seen.length < ${PICTURES}) video.requestVideoFrameCallback(look);
    else resolve(seen);
  };
  video.requestVideoFrameCallback(look);
})`;

/** The sign at `place` whose drawing is nearest to what is there. */
function readSign(grey: readonly number[], place: number): string {
  const from = LEFT + place * ADVANCE * DOT;
  let best = { sign: "?", apart: Infinity };
  for (const sign of "0123456789-:.Z ") {
    const drawn = emptyPlanes(WIDTH + (WIDTH % 2), HEIGHT + (HEIGHT % 2));
    drawn.bytes.fill(128);
    burnIn(drawn, sign, from, TOP, DOT);
    let apart = 0;
    for (let y = TOP; y < TOP + LINES * DOT; y++)
      for (let x = from; x < from + (ADVANCE - 1) * DOT; x++) {
        const [wanted, found] = [drawn.bytes[y * drawn.width + x]!, grey[y * WIDTH + x]!];
        if (wanted > 200 !== found > 160) apart += 1;
      }
    if (apart < best.apart) best = { sign, apart };
  }
  return best.sign;
}

const readTime = (grey: readonly number[]): number =>
  Date.parse(
    Array.from({ length: SIGNS }, (_, place) => readSign(grey, place))
      .join("")
      .replace(" ", "T"),
  );

interface Delays {
  /** Milliseconds, in rising order. */
  readonly delays: readonly number[];
  readonly of: number;
}

const sorted = (delays: readonly number[], of: number): Delays => ({
  delays: delays.filter((delay) => Number.isFinite(delay)).toSorted((a, b) => a - b),
  of,
});

/** From each picture's own presentation. */
async function presented(page: Page): Promise<Delays> {
  await page.evaluate(`(${WATCH})()`);
  const seen = await page.evaluate<Seen[]>(`(${WATCH})()`);
  return sorted(
    seen.map(({ at, grey }) => at - readTime(grey)),
    seen.length,
  );
}

/**
 * From screenshots of the window with the picture over all of it, dot for dot. Each is held against the clock after it was
 * taken: what it shows was on the screen before that, so the delay is this or less.
 */
async function photographed(page: Page): Promise<Delays & { readonly tookMs: number }> {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.getByRole("button", { name: "Full screen" }).click();
  await holds(page, `document.querySelector("video.live").getBoundingClientRect().width === 1280`);
  // It lies over the time.
  await page.evaluate(`document.querySelector(".live-badge").style.visibility = "hidden"`);
  const delays: number[] = [];
  const took: number[] = [];
  for (let n = 0; n < PICTURES; n++) {
    const began = clock.wall();
    const png = await page.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height: HEIGHT } });
    const at = clock.wall();
    took.push(at - began);
    const { data } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
    delays.push(at - readTime(Array.from(data)));
  }
  return { ...sorted(delays, PICTURES), tookMs: took.toSorted((a, b) => a - b)[PICTURES / 2]! };
}

function figure(name: string, { delays, of }: Delays, how: string): Figure {
  const at = (share: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))]!;
  return {
    name,
    ratio: at(0.5) / 1000,
    wanted: "<= 0.7",
    detail: `${delays.length} of ${of} ${how} read; ${at(0).toFixed(0)} to ${at(0.95).toFixed(0)} ms`,
  };
}

/** Capture to screen, in seconds, read in two ways. */
export async function liveDelayFigures(): Promise<Figure[]> {
  const scene = doorstepScene({ broker: "mqtt://127.0.0.1:1", key: KEY })
    .replace("enabled = true", "enabled = false")
    .replace("width = 640\nheight = 360", "width = 1280\nheight = 720");
  const house = new Household(scene);
  let owner: Visitor | undefined;
  try {
    house.start("recorder");
    await house.status("camera", ({ camera }) => camera.state === "on");
    owner = await Visitor.at(house);
    const page: Page = await owner.enters({ size: "desk", language: "en", scheme: "light" });
    await goTo(page, "now");
    await page.getByRole("button", { name: "Watch live" }).click();
    await holds(page, `document.querySelector(".live-badge.on")`);
    const drawn = figure("live picture, taken until drawn, s", await presented(page), "pictures of 720p");
    const shots = await photographed(page);
    const shot = figure("live picture, taken until its screenshot is there, s", shots, "screenshots of 720p");
    return [drawn, { ...shot, detail: `${shot.detail}; taking one is ${shots.tookMs} ms of it` }];
  } finally {
    await owner?.close();
    await house.close();
  }
}

const KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

if (import.meta.main) process.stdout.write(`${JSON.stringify(await liveDelayFigures(), null, 2)}\n`);
