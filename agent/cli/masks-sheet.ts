// What `doorstep masks preview` draws over a picture: areas with names and corners, what is really painted, a grid of fractions. Pure.
import type { Area, Config } from "../../config/config.ts";
import { BLOCK, type Blocks } from "../../drivers/mask/mask.ts";

/** The sheet around the picture, in pixels. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** Where the picture goes. */
  readonly picture: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  /** To be laid over it, as large as the sheet. */
  readonly svg: string;
}

const PICTURE_WIDTH = 1280;
const MARGIN = 52;
const LEGEND = 58;
const PAPER = "#14171c";
const TEXT = "#f2f4f7";
const FONT = `font-family="DejaVu Sans, Liberation Sans, sans-serif"`;
/** With more corners than this their numbers would hide the picture. */
const MOST_NUMBERS = 48;

const KINDS = {
  mask: { colour: "#ff5d5d", means: "mask: hidden" },
  property: { colour: "#5fe08a", means: "property: nothing outside is seen" },
  zone: { colour: "#5db4ff", means: "zone: where movement counts" },
} as const;
type Kind = keyof typeof KINDS;

interface Drawn extends Area {
  readonly kind: Kind;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Draws `config`'s areas for a picture of the camera's shape; `blocks` are those that are painted in the camera's pictures. */
export function masksSheet({ masks, property, zones }: Config, blocks: Blocks): Sheet {
  const height = Math.round((PICTURE_WIDTH * blocks.height) / blocks.width);
  const picture = { left: MARGIN, top: MARGIN, width: PICTURE_WIDTH, height };
  const areas: readonly Drawn[] = [
    ...zones.map((area): Drawn => ({ ...area, kind: "zone" })),
    ...property.map((area): Drawn => ({ ...area, kind: "property" })),
    ...masks.map((area): Drawn => ({ ...area, kind: "mask" })),
  ];
  const size = { width: PICTURE_WIDTH + 2 * MARGIN, height: height + 2 * MARGIN + LEGEND };
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">`,
    HATCH,
    `<g transform="translate(${MARGIN} ${MARGIN})">`,
    painted(blocks, PICTURE_WIDTH / blocks.width),
    grid(picture),
    ...areas.map((area) => outline(area, picture)),
    ...corners(areas, picture),
    ...names(areas, picture),
    "</g>",
    legend(areas, blocks, size),
    "</svg>",
  ].join("\n");
  return { ...size, picture, svg };
}

/** What lies behind the picture, for whoever makes the sheet. */
export const SHEET_PAPER = PAPER;

const HATCH = `<defs><pattern id="hatch" width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="12" height="12" fill="#000" fill-opacity="0.62"/><rect width="2" height="12" fill="#fff" fill-opacity="0.22"/></pattern></defs>`;

/** Runs of painted blocks, row by row. */
function painted(blocks: Blocks, scale: number): string {
  const runs: string[] = [];
  for (let row = 0; row < blocks.rows; row++)
    for (let column = 0; column < blocks.columns; column++) {
      const first = column;
      while (column < blocks.columns && blocks.painted[row * blocks.columns + column]) column++;
      if (column === first) continue;
      const right = Math.min(blocks.width, column * BLOCK);
      const bottom = Math.min(blocks.height, (row + 1) * BLOCK);
      const [x, y] = [first * BLOCK * scale, row * BLOCK * scale];
      runs.push(
        `M${x.toFixed(2)} ${y.toFixed(2)}H${(right * scale).toFixed(2)}V${(bottom * scale).toFixed(2)}H${x.toFixed(2)}Z`,
      );
    }
  return `<path d="${runs.join("")}" fill="url(#hatch)"/>`;
}

function grid({ width, height }: Pick<Sheet["picture"], "width" | "height">): string {
  const lines: string[] = [];
  for (let step = 0; step <= 20; step++) {
    const [x, y] = [(step * width) / 20, (step * height) / 20];
    const tenth = step % 2 === 0;
    const ink = `stroke="#fff" stroke-opacity="${step % 10 === 0 ? 0.55 : tenth ? 0.32 : 0.12}"`;
    lines.push(`<path d="M${x} 0V${height}M0 ${y}H${width}" ${ink} fill="none"/>`);
    if (!tenth) continue;
    const label = step === 0 ? "0" : step === 20 ? "1" : (step / 20).toFixed(1);
    lines.push(
      ...[-10, height + 22].map((at) => `<text x="${x}" y="${at}" text-anchor="middle" ${GRID_TEXT}>${label}</text>`),
      `<text x="-10" y="${y + 5}" text-anchor="end" ${GRID_TEXT}>${label}</text>`,
      `<text x="${width + 10}" y="${y + 5}" ${GRID_TEXT}>${label}</text>`,
    );
  }
  lines.push(
    `<text x="${width / 20}" y="-30" text-anchor="middle" ${GRID_TEXT}>x →</text>`,
    `<text x="-33" y="${height / 20 + 5}" text-anchor="middle" ${GRID_TEXT}>y ↓</text>`,
  );
  return lines.join("\n");
}
const GRID_TEXT = `${FONT} font-size="15" fill="#c3c9d2"`;

function outline({ kind, polygon }: Drawn, { width, height }: Sheet["picture"]): string {
  const points = polygon.map(([x, y]) => `${(x * width).toFixed(1)},${(y * height).toFixed(1)}`).join(" ");
  const { colour } = KINDS[kind];
  const dash = kind === "zone" ? ` stroke-dasharray="10 6"` : "";
  const fill = kind === "zone" ? `fill="${colour}" fill-opacity="0.10"` : `fill="none"`;
  return `<polygon points="${points}" ${fill} stroke="#000" stroke-opacity="0.55" stroke-width="6"${dash}/>
<polygon points="${points}" fill="none" stroke="${colour}" stroke-width="3"${dash}/>`;
}

/** A dot at each corner, and its numbers while there are not too many. */
function corners(areas: readonly Drawn[], { width, height }: Sheet["picture"]): string[] {
  const numbered = areas.reduce((sum, { polygon }) => sum + polygon.length, 0) <= MOST_NUMBERS;
  const taken: Box[] = [];
  return areas.flatMap(({ kind, polygon }) =>
    polygon.flatMap(([fx, fy]) => {
      const [x, y] = [fx * width, fy * height];
      const { colour } = KINDS[kind];
      const dot = `<circle cx="${x}" cy="${y}" r="5" fill="${colour}" stroke="#000" stroke-width="1.5"/>`;
      if (!numbered) return [dot];
      const text = `${shortly(fx)}, ${shortly(fy)}`;
      const box = placed(
        {
          x: x + 9 + text.length * 8 > width ? x - 9 - text.length * 8 : x + 9,
          y: y + 8,
          width: text.length * 8,
          height: 17,
        },
        { width, height },
        taken,
      );
      return [dot, label(text, box, { size: 13, colour, opacity: 0.6 })];
    }),
  );
}

function names(areas: readonly Drawn[], picture: Sheet["picture"]): string[] {
  const taken: Box[] = [];
  return areas.map(({ kind, name, polygon }) => {
    const text = `${kind}: ${name}`;
    const [sumX, sumY] = polygon.reduce(([sx, sy], [x, y]) => [sx + x, sy + y], [0, 0]);
    const width = text.length * 10.6 + 20;
    const x = (sumX / polygon.length) * picture.width - width / 2;
    const y = (sumY / polygon.length) * picture.height - 15;
    return label(text, placed({ x, y, width, height: 30 }, picture, taken), {
      size: 18,
      colour: KINDS[kind].colour,
      opacity: 0.82,
    });
  });
}

/** Within the picture, and below whatever lies there already. */
function placed(wanted: Box, { width, height }: { width: number; height: number }, taken: Box[]): Box {
  const x = Math.max(2, Math.min(width - wanted.width - 2, wanted.x));
  let y = Math.max(2, Math.min(height - wanted.height - 2, wanted.y));
  const meets = (other: Box): boolean =>
    x < other.x + other.width &&
    other.x < x + wanted.width &&
    y < other.y + other.height &&
    other.y < y + wanted.height;
  for (let other = taken.find(meets); other && y < height; other = taken.find(meets)) y = other.y + other.height + 2;
  const box = { ...wanted, x, y };
  taken.push(box);
  return box;
}

const label = (
  text: string,
  { x, y, width, height }: Box,
  { size, colour, opacity }: { size: number; colour: string; opacity: number },
): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="4" fill="#000" fill-opacity="${opacity}"/>
<text x="${x + width / 2}" y="${y + height / 2 + size * 0.36}" text-anchor="middle" ${FONT} font-size="${size}" fill="${colour}">${escaped(text)}</text>`;

function legend(areas: readonly Drawn[], blocks: Blocks, { width, height }: { width: number; height: number }): string {
  const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) => areas.some((area) => area.kind === kind));
  const entries: { colour: string; text: string; hatched: boolean }[] = kinds.map((kind) => ({
    colour: KINDS[kind].colour,
    text: KINDS[kind].means,
    hatched: false,
  }));
  if (blocks.painted.includes(1))
    entries.push({ colour: TEXT, text: "really painted over, in blocks of 16 pixels", hatched: true });
  if (entries.length === 0)
    entries.push({ colour: TEXT, text: "no mask, property or zone: all is seen", hatched: false });
  let x = MARGIN;
  const y = height - LEGEND / 2 - 8;
  const parts = entries.map(({ colour, text, hatched }) => {
    const fill = hatched ? `url(#hatch)" stroke="${TEXT}` : colour;
    const part = `<rect x="${x}" y="${y - 14}" width="22" height="18" fill="${fill}"/>
<text x="${x + 30}" y="${y}" ${FONT} font-size="16" fill="${TEXT}">${text}</text>`;
    x += 30 + text.length * 8.3 + 34;
    return part;
  });
  const size = `<text x="${width - MARGIN}" y="${height - 10}" text-anchor="end" ${FONT} font-size="13" fill="#8b93a0">camera: ${blocks.width} × ${blocks.height}; corners are [x, y]</text>`;
  return [...parts, size].join("\n");
}

const shortly = (fraction: number): string => String(Math.round(fraction * 1000) / 1000);

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]!);
