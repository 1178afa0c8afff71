// Tells light from things: a shadow or a headlight leaves the texture of a place, a visitor replaces it. Pure.

/** Below this a gradient is noise. */
const LEAST_GRADIENT = 10;
const LEAST_EVIDENCE = 12;

/**
 * The part (0–1) of the clear gradients of `background` at `pixels` that point the same way in `picture`; undefined when
 * there are too few to tell.
 */
export function textureKept(
  background: Float32Array,
  picture: Float32Array,
  pixels: Iterable<number>,
  width: number,
): number | undefined {
  let evidence = 0;
  let kept = 0;
  for (const at of pixels) {
    if (at < width || at >= background.length - width) continue;
    const bx = background[at + 1]! - background[at - 1]!;
    const by = background[at + width]! - background[at - width]!;
    const strength = Math.hypot(bx, by);
    if (strength < LEAST_GRADIENT) continue;
    const px = picture[at + 1]! - picture[at - 1]!;
    const py = picture[at + width]! - picture[at - width]!;
    evidence += 1;
    // Same direction within 37 degrees, and neither gone nor grown beyond what light does.
    const length = Math.hypot(px, py);
    if (bx * px + by * py > 0.8 * strength * length && length > 0.3 * strength && length < 3 * strength) kept += 1;
  }
  return evidence < LEAST_EVIDENCE ? undefined : kept / evidence;
}

/** Mean gradients of `background` and `picture` along the rim of a patch, whose pixels carry `label` in `labels`. */
export function rimGradients(
  background: Float32Array,
  picture: Float32Array,
  labels: Uint16Array,
  pixels: Int32Array,
  width: number,
): { readonly background: number; readonly picture: number } {
  const sums = { background: 0, picture: 0 };
  let rim = 0;
  for (const at of pixels) {
    if (at < width || at >= labels.length - width) continue;
    const label = labels[at];
    const inner =
      labels[at - 1] === label &&
      labels[at + 1] === label &&
      labels[at - width] === label &&
      labels[at + width] === label;
    if (inner) continue;
    rim += 1;
    sums.background += gradient(background, at, width);
    sums.picture += gradient(picture, at, width);
  }
  return { background: sums.background / Math.max(1, rim), picture: sums.picture / Math.max(1, rim) };
}

const gradient = (values: Float32Array, at: number, width: number): number =>
  Math.hypot(values[at + 1]! - values[at - 1]!, values[at + width]! - values[at - width]!);
