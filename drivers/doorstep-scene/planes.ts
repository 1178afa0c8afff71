// Pictures as an encoder wants them, yuv420p in the BT.709 limited range: conversion, blending, light. Pure.

/** A picture of even width and height: luma, then the two chroma planes of half the size each way, in one buffer. */
export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** A drawing with transparency, in the same form. */
export interface Sprite extends Planes {
  /** Opacity of each luma pixel, 0–255. */
  readonly alpha: Uint8Array;
  /** Opacity of each chroma pixel, 0–255. */
  readonly chromaAlpha: Uint8Array;
}

/** Rectangle in pixels, all even, so that luma and chroma agree about its edges. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Bytes of a picture of that size. */
export const planesBytes = (width: number, height: number): number => (width * height * 3) / 2;

/** A picture of that size, all zero. */
export const emptyPlanes = (width: number, height: number): Planes => ({
  width,
  height,
  bytes: new Uint8Array(planesBytes(width, height)),
});

/** The smallest even area that holds both, or the one that is there. */
export function union(a: Area | undefined, b: Area): Area {
  if (!a) return b;
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** What of `area` lies within a picture of this size. */
export function clip(area: Area, { width, height }: Pick<Planes, "width" | "height">): Area {
  const x = Math.min(Math.max(area.x, 0), width);
  const y = Math.min(Math.max(area.y, 0), height);
  return {
    x,
    y,
    width: Math.max(0, Math.min(area.x + area.width, width) - x),
    height: Math.max(0, Math.min(area.y + area.height, height) - y),
  };
}

/** From RGBA with straight alpha, four bytes a pixel, even width and height. */
export function spriteFrom(rgba: Uint8Array, width: number, height: number): Sprite {
  const { bytes } = emptyPlanes(width, height);
  const alpha = new Uint8Array(width * height);
  const chromaAlpha = new Uint8Array((width * height) / 4);
  for (let index = 0, at = 0; index < alpha.length; index++, at += 4) {
    bytes[index] = 16 + (47 * rgba[at]! + 157 * rgba[at + 1]! + 16 * rgba[at + 2]! + 128) / 256;
    alpha[index] = rgba[at + 3]!;
  }
  const half = width / 2;
  const u = width * height;
  const v = u + u / 4;
  for (let y = 0; y < height / 2; y++) {
    for (let x = 0; x < half; x++) {
      const at = (y * 2 * width + x * 2) * 4;
      const corners = [at, at + 4, at + width * 4, at + width * 4 + 4];
      let [r, g, b, a] = [0, 0, 0, 0];
      for (const corner of corners) {
        const weight = rgba[corner + 3]!;
        r += rgba[corner]! * weight;
        g += rgba[corner + 1]! * weight;
        b += rgba[corner + 2]! * weight;
        a += weight;
      }
      const index = y * half + x;
      if (a > 0) [r, g, b] = [r / a, g / a, b / a];
      bytes[u + index] = 128.5 + (-26 * r - 86 * g + 112 * b) / 256;
      bytes[v + index] = 128.5 + (112 * r - 102 * g - 10 * b) / 256;
      chromaAlpha[index] = a / 4;
    }
  }
  return { width, height, bytes, alpha, chromaAlpha };
}

/** Lays `sprite` over `target` with its top left at even (x, y), but only inside of `within`. */
export function blend(target: Planes, sprite: Sprite, x: number, y: number, within: Area): void {
  const seen = clip({ x, y, width: sprite.width, height: sprite.height }, target);
  const left = Math.max(seen.x, within.x);
  const top = Math.max(seen.y, within.y);
  const right = Math.min(seen.x + seen.width, within.x + within.width);
  const bottom = Math.min(seen.y + seen.height, within.y + within.height);
  if (right <= left || bottom <= top) return;
  const rows = (offset: number, shift: number, spriteOffset: number, alpha: Uint8Array): void => {
    const stride = target.width >> shift;
    const spriteStride = sprite.width >> shift;
    for (let row = top >> shift; row < bottom >> shift; row++) {
      const from = (row - (y >> shift)) * spriteStride - (x >> shift);
      const to = offset + row * stride;
      for (let column = left >> shift; column < right >> shift; column++) {
        const a = alpha[from + column]!;
        if (a === 0) continue;
        const old = target.bytes[to + column]!;
        target.bytes[to + column] = old + (((sprite.bytes[spriteOffset + from + column]! - old) * (a + (a >> 7))) >> 8);
      }
    }
  };
  const [size, spriteSize] = [target.width * target.height, sprite.width * sprite.height];
  rows(0, 0, 0, sprite.alpha);
  rows(size, 1, spriteSize, sprite.chromaAlpha);
  rows(size + size / 4, 1, spriteSize + spriteSize / 4, sprite.chromaAlpha);
}

/** Copies `area` of one picture to the same place of another of the same size. */
export function copyArea(from: Planes, to: Planes, area: Area): void {
  const rows = (offset: number, shift: number): void => {
    const stride = from.width >> shift;
    for (let row = area.y >> shift; row < (area.y + area.height) >> shift; row++) {
      const start = offset + row * stride + (area.x >> shift);
      to.bytes.set(from.bytes.subarray(start, start + (area.width >> shift)), start);
    }
  };
  const size = from.width * from.height;
  rows(0, 0);
  rows(size, 1);
  rows(size + size / 4, 1);
}

/** A copy with its luma multiplied by `light`. */
export function lit<P extends Planes>(picture: P, light: number): P {
  const table = Uint8Array.from({ length: 256 }, (_, luma) => Math.min(235, Math.max(16, 16 + (luma - 16) * light)));
  const bytes = picture.bytes.slice();
  const size = picture.width * picture.height;
  for (let index = 0; index < size; index++) bytes[index] = table[bytes[index]!]!;
  return { ...picture, bytes };
}
