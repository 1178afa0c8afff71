// Paints the drawn doorstep, picture after picture, cheaply: what does not move is rasterised once, the rest is laid over it.
import sharp from "sharp";
import { burnIn } from "./bitmap-font.ts";
import { SCENE } from "./perspective.ts";
import {
  type Area,
  type Planes,
  type Sprite,
  blend,
  clip,
  copyArea,
  emptyPlanes,
  lit,
  spriteFrom,
  union,
} from "./planes.ts";
import { BACKGROUND, FOREGROUND, type Layer, lightAt, movingLayers } from "./scene.ts";
import type { VisitorPose } from "./visit.ts";

/** Rasterised drawings kept for the next time, in bytes of planes. A standing visitor and a swaying bush fit. */
const CACHE_BYTES = 24 * 1024 * 1024;
/** Light changes in steps that nobody sees. */
const LIGHT_STEPS = 100;

const even = (value: number): number => 2 * Math.round(value / 2);

/** Everything that is the same while the light is. */
interface Lighting {
  readonly light: number;
  /** The background alone, and with the foreground over it. */
  readonly base: Planes;
  readonly finished: Planes;
}

export class ScenePainter {
  readonly width: number;
  readonly height: number;
  readonly #cache = new Map<string, Sprite>();
  #cachedBytes = 0;
  #statics: { readonly background: Sprite; readonly foreground: Sprite } | undefined;
  #lighting: Lighting | undefined;
  readonly #picture: Planes;

  /** Pixels of the pictures; odd numbers are made even. */
  constructor(width: number, height: number) {
    this.width = even(width);
    this.height = even(height);
    this.#picture = emptyPlanes(this.width, this.height);
  }

  /** The scene at `sceneMs`, with `label` burnt in at the top. The next picture is painted over this one. */
  async paint(sceneMs: number, visitor: VisitorPose | undefined, label: string): Promise<Planes> {
    const { foreground } = (this.#statics ??= await this.#rasterStatics());
    const { light, base, finished } = this.#lightingAt(sceneMs);
    const sprites: { sprite: Sprite; area: Area }[] = [];
    let changed: Area | undefined;
    for (const layer of movingLayers(sceneMs, visitor)) {
      const area = this.#areaOf(layer);
      if (clip(area, this).width * clip(area, this).height === 0) continue;
      sprites.push({ sprite: await this.#sprite(layer, area, light), area });
      changed = union(changed, area);
    }
    const picture = this.#picture;
    picture.bytes.set(finished.bytes);
    if (changed) {
      const within = clip(changed, this);
      copyArea(base, picture, within);
      for (const { sprite, area } of sprites) blend(picture, sprite, area.x, area.y, within);
      blend(picture, foreground, 0, 0, within);
    }
    const dot = Math.max(1, Math.round(this.height / 360));
    burnIn(picture, label, 6 * dot, 5 * dot, dot);
    return picture;
  }

  #areaOf({ frame }: Layer): Area {
    const [scaleX, scaleY] = [this.width / SCENE.width, this.height / SCENE.height];
    return {
      x: even(frame.x * scaleX),
      y: even(frame.y * scaleY),
      width: Math.max(2, even(frame.width * scaleX)),
      height: Math.max(2, even(frame.height * scaleY)),
    };
  }

  async #rasterStatics(): Promise<{ background: Sprite; foreground: Sprite }> {
    const area = { x: 0, y: 0, width: this.width, height: this.height };
    return { background: await raster(BACKGROUND, area), foreground: await raster(FOREGROUND, area) };
  }

  #lightingAt(sceneMs: number): Lighting {
    const light = Math.round(lightAt(sceneMs) * LIGHT_STEPS) / LIGHT_STEPS;
    if (this.#lighting?.light === light) return this.#lighting;
    const { background, foreground } = this.#statics!;
    const base = lit(background, light);
    const finished = emptyPlanes(this.width, this.height);
    finished.bytes.set(base.bytes);
    blend(finished, foreground, 0, 0, { x: 0, y: 0, width: this.width, height: this.height });
    // Drawings that were made for another light would stand out.
    this.#cache.clear();
    this.#cachedBytes = 0;
    return (this.#lighting = { light, base, finished });
  }

  async #sprite(layer: Layer, area: Area, light: number): Promise<Sprite> {
    const known = this.#cache.get(layer.key);
    if (known) return known;
    const sprite = lit(await raster(layer, area), light);
    this.#cache.set(layer.key, sprite);
    this.#cachedBytes += sprite.bytes.length * 2;
    for (const [key, { bytes }] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES) break;
      this.#cache.delete(key);
      this.#cachedBytes -= bytes.length * 2;
    }
    return sprite;
  }
}

async function raster({ viewBox, draw }: Layer, { width, height }: Area): Promise<Sprite> {
  const document = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${viewBox}" preserveAspectRatio="none">${draw()}</svg>`;
  const { data } = await sharp(Buffer.from(document)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return spriteFrom(data, width, height);
}
