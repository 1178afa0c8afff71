// The drawn doorstep: what the picture shows at one moment, as layers from back to front and as one SVG. Pure.
import { distanceSvg, doorFrameSvg, gardenSvg } from "./background.ts";
import { BUSH, bushPhaseAt, bushSvg, CAR, carAt, carSvg } from "./moving.ts";
import { groundAt, scaleAt, SCENE } from "./perspective.ts";
import { FIGURE, type Posture, visitorSvg } from "./visitor.ts";
import type { VisitorPose } from "./visit.ts";

/** A rectangle in pixels of the scene, 1280 by 720, from its top left. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One drawing and its place in the picture. */
export interface Layer {
  /** Equal keys mean equal drawings (not places): whoever rasterises a layer once may use it again. */
  readonly key: string;
  /** Where it goes. Parts may lie outside of the scene. */
  readonly frame: Frame;
  /** The drawing's own coordinates that fill the frame: "left top width height". */
  readonly viewBox: string;
  /** SVG elements, without an `<svg>` around them. */
  readonly draw: () => string;
}

const WHOLE: Frame = { x: 0, y: 0, ...SCENE };
const WHOLE_BOX = `0 0 ${SCENE.width} ${SCENE.height}`;
/** The part of the garden that can hide a car: the fence and its posts. */
const FENCE: Frame = { x: 0, y: 300, width: SCENE.width, height: 80 };

/** Everything that does not move and lies behind whatever does. */
export const BACKGROUND: Layer = {
  key: "background",
  frame: WHOLE,
  viewBox: WHOLE_BOX,
  draw: () => distanceSvg() + gardenSvg(),
};

/** In front of everything. */
export const FOREGROUND: Layer = { key: "foreground", frame: WHOLE, viewBox: WHOLE_BOX, draw: doorFrameSvg };

/** The layers between {@link BACKGROUND} and {@link FOREGROUND} at `sceneMs`, back to front. */
export function movingLayers(sceneMs: number, visitor: VisitorPose | undefined): Layer[] {
  const car = carAt(sceneMs);
  const bush = bushLayer(bushPhaseAt(sceneMs));
  const person = visitor && visitorLayer(visitor);
  const street = car ? [carLayer(car), FENCE_LAYER] : [];
  return person ? [...street, bush, person] : [...street, bush];
}

/** Brightness of the daylight, around 1: clouds pass over within minutes. */
export const lightAt = (sceneMs: number): number =>
  1 + 0.05 * Math.sin(sceneMs / 47_000) + 0.03 * Math.sin(sceneMs / 13_000 + 1);

/** The whole picture at `sceneMs` as one SVG document, `width` pixels wide. */
export function sceneSvg(sceneMs: number, visitor: VisitorPose | undefined, width: number = SCENE.width): string {
  const layers = [BACKGROUND, ...movingLayers(sceneMs, visitor), FOREGROUND];
  const height = (width * SCENE.height) / SCENE.width;
  const placed = layers.map((layer) => {
    const { x, y, width, height } = layer.frame;
    return `<svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="${layer.viewBox}" preserveAspectRatio="none">${layer.draw()}</svg>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${WHOLE_BOX}">${placed.join("")}</svg>`;
}

const FENCE_LAYER: Layer = {
  key: "fence",
  frame: FENCE,
  viewBox: `${FENCE.x} ${FENCE.y} ${FENCE.width} ${FENCE.height}`,
  draw: gardenSvg,
};

const bushLayer = (phase: number): Layer => ({
  key: `bush-${phase}`,
  frame: BUSH,
  viewBox: `0 0 ${BUSH.width} ${BUSH.height}`,
  draw: () => bushSvg(phase),
});

/** A car is some four metres long: smaller on the far lane. */
const carLayer = ({ kind, x, y }: { kind: number; x: number; y: number }): Layer => ({
  key: `car-${kind}`,
  frame: { x, y, ...CAR },
  viewBox: `0 0 ${CAR.width} ${CAR.height}`,
  draw: () => carSvg(kind),
});

function visitorLayer(pose: VisitorPose): Layer {
  const posture = postureOf(pose);
  const scale = scaleAt(pose.distanceM) / 100;
  const foot = groundAt(pose.distanceM, 0.12);
  const frame = {
    x: foot.x + FIGURE.left * scale,
    y: foot.y - FIGURE.footY * scale + FIGURE.top * scale,
    width: FIGURE.width * scale,
    height: FIGURE.height * scale,
  };
  return {
    key: `visitor-${Object.values(posture).join("-")}-${pose.distanceM.toFixed(3)}`,
    frame,
    viewBox: `${FIGURE.left} ${FIGURE.top} ${FIGURE.width} ${FIGURE.height}`,
    draw: () => visitorSvg(posture),
  };
}

/** Standing people breathe, blink and look about; in few enough ways that each has to be drawn only once. */
function postureOf({ visitor, leaving, steps, reach, stoodMs }: VisitorPose): Posture {
  const about = stoodMs % 6400;
  return {
    visitor,
    back: leaving,
    steps,
    reach: Math.round(reach * 8) / 8,
    gaze: about < 3000 ? 0 : about < 4200 ? -1 : about < 5200 ? 1 : 0,
    blink: stoodMs % 2900 > 2760,
    breath: Math.round((0.5 - 0.5 * Math.cos((stoodMs / 3600) * Math.PI * 2)) * 4) / 4,
  };
}
