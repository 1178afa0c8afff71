// How a storyboard is laid out and what is written on it, as SVG to lie over the pictures. Pure.
import type { Cause, Clip } from "./clip.ts";

/** What the sheet says of a clip. */
export interface SheetFacts {
  readonly clip: Clip;
  readonly causes: readonly Cause[];
  /** IANA name: times on the sheet are local. */
  readonly timezone: string;
  /** The loudest moment of each second, 0–1. */
  readonly loudness?: readonly number[];
}

/** Where the pictures go. All in pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Top left corners, in reading order. */
  readonly tiles: readonly { readonly x: number; readonly y: number }[];
}

const SHEET_WIDTH = 1200;
const TALLEST = 900;
const GAP = 4;
const HEADER = 76;
/** What the line of loudness adds to the heading. */
const SOUND = 24;
/** A bare grid of pictures has no holes: seven pictures become six. */
const GRIDS = [
  { pictures: 9, columns: 3 },
  { pictures: 6, columns: 3 },
  { pictures: 4, columns: 2 },
  { pictures: 3, columns: 3 },
  { pictures: 2, columns: 2 },
  { pictures: 1, columns: 1 },
] as const;

/** The most pictures a sheet shows. */
export const MOST_PICTURES = 9;

/** How many of `available` pictures the sheet shows. */
export const shown = (available: number): number => GRIDS.find(({ pictures }) => pictures <= available)?.pictures ?? 0;

/** Places `pictures` (what {@link shown} answered) of the given shape. */
export function layOut(
  pictures: number,
  shape: { readonly width: number; readonly height: number },
  withSound = false,
): Layout {
  const header = HEADER + (withSound ? SOUND : 0);
  const columns = GRIDS.find((grid) => grid.pictures === pictures)?.columns ?? 1;
  const tileWidth = Math.floor((SHEET_WIDTH - GAP * (columns + 1)) / columns);
  const rows = Math.ceil(pictures / columns);
  // An upright picture does not make the sheet a tower: it stands in the middle of a lower tile.
  const tallest = Math.floor(TALLEST / rows);
  const tileHeight = Math.min(Math.max(1, Math.round((tileWidth * shape.height) / shape.width)), tallest);
  const tiles = Array.from({ length: pictures }, (_, n) => ({
    x: GAP + (n % columns) * (tileWidth + GAP),
    y: header + Math.floor(n / columns) * (tileHeight + GAP),
  }));
  return {
    width: GAP + columns * (tileWidth + GAP),
    height: header + rows * (tileHeight + GAP),
    tileWidth,
    tileHeight,
    tiles,
  };
}

/** The colours of a storyboard. */
export const INK = {
  paper: "#14171c",
  text: "#f2f4f7",
  faint: "#9aa4b2",
  trigger: "#ffb020",
  zone: "#4cc2ff",
  objected: "#ff6b6b",
  sound: "#7bd88f",
};

/** Everything but the pictures: heading, reasons, a line of time with what happened on it, and a time on each picture. */
export function overlay(layout: Layout, timesMs: readonly number[], facts: SheetFacts): string {
  const { width, height } = layout;
  const { clip, causes } = facts;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, sans-serif">`,
    line(GAP + 8, 28, 20, INK.text, fit(heading(facts), 20, width - 330), "font-weight='bold'"),
    line(width - GAP - 8, 28, 15, INK.faint, size(clip), "text-anchor='end'"),
    line(GAP + 8, 52, 15, INK.text, fit(why(clip), 15, width - 330)),
    mark(clip, width - GAP - 8),
    timeline(layout, clip, causes),
    facts.loudness ? loudnessLine(layout, clip, facts.loudness) : "",
    ...layout.tiles.map((tile, n) => stamp(tile.x + 6, tile.y + layout.tileHeight - 6, timesMs[n] ?? 0, clip)),
    "</svg>",
  ].join("");
}

const heading = ({ clip, timezone }: SheetFacts): string =>
  new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: timezone,
  }).format(clip.startedAt);

const size = ({ durationMs, width, height, hasAudio }: Clip): string =>
  [span(durationMs), `${width}×${height}`, hasAudio ? "with sound" : "no sound"].join("  ·  ");

const TRIGGER_WORDS = {
  pir: "somebody was near",
  button: "the bell rang",
  motion: "something moved",
  owner: "started by the owner",
};

function why({ triggers, zones }: Clip): string {
  const reasons = triggers.map((trigger) => TRIGGER_WORDS[trigger]).join(", ") || "why is not known";
  if (zones === "unknown" || !zones.length) return reasons;
  return `${reasons}  ·  in ${zones.join(", ")}`;
}

/** The one thing to know before sharing it. */
function mark({ objected, clockTrusted }: Clip, x: number): string {
  if (objected) return line(x, 52, 15, INK.objected, "a visitor objected", "text-anchor='end'");
  return clockTrusted ? "" : line(x, 52, 15, INK.trigger, "the clock was not set", "text-anchor='end'");
}

/** A bar as long as the clip: what came before the trigger is faint, movement is blue, triggers are ticks. */
function timeline({ width }: Layout, { durationMs, preRollMs, triggers }: Clip, causes: readonly Cause[]): string {
  const left = GAP + 8;
  const full = width - 2 * left;
  const at = (ms: number): number => left + (full * Math.min(Math.max(ms, 0), durationMs)) / Math.max(1, durationMs);
  const bar = (fromMs: number, toMs: number, colour: string): string =>
    box(at(fromMs), 63, Math.max(2, at(toMs) - at(fromMs)), 5, `fill="${colour}"`);
  const presses = causes.filter(({ kind }) => kind === "trigger").map(({ offsetMs }) => offsetMs);
  if (!presses.length && triggers.length) presses.push(preRollMs);
  return [
    bar(0, durationMs, "#39414d"),
    bar(preRollMs, durationMs, "#6b7686"),
    ...causes
      .filter(({ kind }) => kind === "zone")
      .map(({ offsetMs, spanMs }) => bar(offsetMs, offsetMs + spanMs, INK.zone)),
    ...presses.map((offsetMs) => box(at(offsetMs) - 1.5, 60, 3, 11, `fill="${INK.trigger}"`)),
  ].join("");
}

/** A column a second below the line of time. Ears go by decibels: what is 40 dB below the loudest possible has no height. */
function loudnessLine({ width }: Layout, { durationMs }: Clip, peaks: readonly number[]): string {
  const left = GAP + 8;
  const second = ((width - 2 * left) * 1000) / Math.max(1000, durationMs);
  return peaks
    .slice(0, Math.ceil(durationMs / 1000))
    .map((peak, n) => {
      const tall = Math.max(
        1,
        Math.round((SOUND - 6) * Math.min(1, Math.max(0, 1 + Math.log10(Math.max(peak, 1e-4)) / 2))),
      );
      const wide = Math.max(1, Math.min(second - 1, width - left - (left + n * second)));
      return box(left + n * second, 72 + (SOUND - 4) - tall, wide, tall, `fill="${INK.sound}"`);
    })
    .join("");
}

/** Seconds from the start of the clip; orange from the trigger on. */
function stamp(x: number, bottom: number, atMs: number, { preRollMs }: Clip): string {
  const text = span(atMs);
  const wide = 16 + text.length * 9;
  return [
    box(x, bottom - 22, wide, 22, 'rx="4" fill="#000" fill-opacity="0.62"'),
    line(x + 8, bottom - 6, 14, atMs >= preRollMs ? INK.trigger : INK.text, text, "font-weight='bold'"),
  ].join("");
}

/** "0:07", "1:02". */
export const span = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

const box = (x: number, y: number, width: number, height: number, more: string): string =>
  `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}" ${more}/>`;

const line = (x: number, y: number, size: number, colour: string, text: string, more = ""): string =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}" ${more}>${escaped(text)}</text>`;

/** DejaVu's letters are 0.6 of their size wide on average. */
function fit(text: string, size: number, width: number): string {
  const room = Math.floor(width / (size * 0.6));
  const letters = Array.from(text);
  return letters.length <= room ? text : `${letters.slice(0, Math.max(1, room - 1)).join("")}…`;
}

/** Names come from the owner's configuration and may hold anything; what XML cannot hold is left out. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
