// Draws what moves by itself: cars in the street and the bush by the path. SVG, sizes in pixels of the scene. Pure.
import { groundAt, scatter, SCENE } from "./perspective.ts";

export const CAR = { width: 250, height: 92 } as const;
const CAR_EVERY_MS = 23_000;
const CROSSING_MS = 4200;
const CAR_COLOURS = ["#8b2f2a", "#d7d9da", "#2d4f73"] as const;

/** A car and where it is just now. */
export interface PassingCar {
  /** Which drawing: 0–5, three colours in two directions. */
  readonly kind: number;
  /** Its left edge, in pixels of the scene. */
  readonly x: number;
  readonly y: number;
}

/** The car in the street at `sceneMs`, if one passes just then. */
export function carAt(sceneMs: number): PassingCar | undefined {
  const turn = Math.floor(sceneMs / CAR_EVERY_MS);
  const crossing = CROSSING_MS * (0.75 + scatter(turn) * 0.5);
  const share = ((sceneMs % CAR_EVERY_MS) - 6000 - scatter(turn + 3) * 8000) / crossing;
  if (share < 0 || share > 1) return undefined;
  const leftwards = scatter(turn + 7) > 0.5;
  const way = leftwards ? 1 - share : share;
  const lane = groundAt(leftwards ? 17.6 : 14.4, 0).y;
  return {
    kind: Math.floor(scatter(turn + 13) * CAR_COLOURS.length) * 2 + (leftwards ? 1 : 0),
    x: way * (SCENE.width + CAR.width * 2) - CAR.width * 1.5,
    y: lane - CAR.height + 6,
  };
}

/** A car seen from the side, heading right for even kinds. */
export function carSvg(kind: number): string {
  const colour = CAR_COLOURS[Math.floor(kind / 2) % CAR_COLOURS.length]!;
  const wheel = (x: number): string =>
    `<circle cx="${x}" cy="72" r="17" fill="#1b1c1e"/><circle cx="${x}" cy="72" r="9.5" fill="#8f9497"/><circle cx="${x}" cy="72" r="4" fill="#45484b"/>`;
  const turned = kind % 2 ? `translate(${CAR.width} 0) scale(-1 1)` : "";
  return `<g transform="${turned}"><ellipse cx="125" cy="86" rx="116" ry="6" fill="#000" opacity=".35"/>
  <path d="M10 66 Q6 48 26 44 L62 40 Q84 12 112 10 H158 Q178 11 198 40 L228 46 Q244 50 242 68 L236 74 H14 Z" fill="${colour}"/>
  <path d="M10 62 H243 L240 72 H14 Z" fill="#000" opacity=".22"/>
  <path d="M74 40 Q92 18 114 17 H128 V40 Z M135 17 H156 Q170 18 186 40 H135 Z" fill="#2b3842"/>
  <path d="M80 38 Q94 21 108 19 L96 38 Z M140 19 h10 l-8 19 h-2 z" fill="#b8cbd6" opacity=".5"/>
  <path d="M131 42 V70 M74 42 Q70 58 78 70" stroke="#000" stroke-opacity=".25" fill="none" stroke-width="1.5"/>
  <rect x="232" y="50" width="9" height="7" rx="2" fill="#f6ecc4"/><rect x="10" y="50" width="7" height="8" rx="2" fill="#b4271f"/>
  ${wheel(60)}${wheel(194)}</g>`;
}

/** Where the bush stands, in pixels of the scene, and in how many drawings it sways. */
export const BUSH = { x: 930, y: 330, width: 330, height: 330, phases: 24 } as const;
const SWAY_MS = 5200;

/** Which of the bush's drawings is due: it sways to and fro, and the wind comes in gusts. */
export const bushPhaseAt = (sceneMs: number): number =>
  Math.floor(((sceneMs % SWAY_MS) / SWAY_MS) * BUSH.phases) % BUSH.phases;

/** The bush at one of its phases, in a frame of its own size. */
export function bushSvg(phase: number): string {
  const turn = (phase / BUSH.phases) * Math.PI * 2;
  const leaf = (index: number): string => {
    const angle = scatter(index) * Math.PI * 2;
    const spread = Math.sqrt(scatter(index + 200));
    const height = 0.5 - Math.sin(angle) * spread * 0.5;
    const sway = Math.sin(turn + scatter(index + 90) * 1.4) * 9 * height + Math.sin(turn * 2 + index) * 1.5;
    const x = 165 + Math.cos(angle) * spread * 130 + sway;
    const y = 178 + Math.sin(angle) * spread * 128;
    const shade = scatter(index + 400) * 0.6 + height * 0.5;
    const colour = shade > 0.75 ? "#7ba052" : shade > 0.45 ? "#587d3a" : "#3a5a28";
    const lean = (scatter(index + 31) - 0.5) * 120 + sway * 2;
    return `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="15" ry="8" fill="${colour}" transform="rotate(${lean.toFixed(0)} ${x.toFixed(1)} ${y.toFixed(1)})"/>`;
  };
  return `<ellipse cx="165" cy="305" rx="140" ry="20" fill="#000" opacity=".3"/><path d="M150 310 Q160 230 165 180 Q170 230 182 310 Z" fill="#4a3826"/>
  <ellipse cx="165" cy="180" rx="118" ry="116" fill="#2f4a20"/>${Array.from({ length: 330 }, (_, index) => leaf(index)).join("")}`;
}
