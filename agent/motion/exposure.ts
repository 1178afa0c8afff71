// What the camera's exposure control did between two pictures: a gain and an offset, in spite of what moved. Pure.

export interface Exposure {
  /** picture ≈ gain × background + offset. */
  readonly gain: number;
  readonly offset: number;
}

export const UNCHANGED: Exposure = { gain: 1, offset: 0 };

/** About so many pixels are looked at, whatever the size of the picture. */
const SAMPLES = 1500;
const ROUNDS = 4;
/** Clipped pixels say nothing about the gain. */
const DARKEST = 6;
const BRIGHTEST = 246;

/**
 * The gain and offset that most pixels agree on, pixels of `ignored` objects left out. Pixels that disagree with the last
 * round by more than twice the usual are left out of the next, so that a car in a quarter of the picture does not count.
 */
export function exposureBetween(background: Float32Array, picture: Uint8Array, ignored: Uint16Array): Exposure {
  const step = Math.max(1, Math.floor(picture.length / SAMPLES));
  let exposure = UNCHANGED;
  let tolerance = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    let [n, sumB, sumP, sumBB, sumBP, misfit] = [0, 0, 0, 0, 0, 0];
    for (let i = step >> 1; i < picture.length; i += step) {
      const p = picture[i]!;
      if (ignored[i] !== 0 || p < DARKEST || p > BRIGHTEST) continue;
      const b = background[i]!;
      const residual = Math.abs(p - exposure.gain * b - exposure.offset);
      if (residual > tolerance) continue;
      n += 1;
      sumB += b;
      sumP += p;
      sumBB += b * b;
      sumBP += b * p;
      misfit += residual;
    }
    // Too little is left to tell: a picture that is black, white, or full of somebody.
    if (n < 32) return round === 0 ? UNCHANGED : exposure;
    tolerance = Math.max(6, (2 * misfit) / n);
    exposure = line(n, sumB, sumP, sumBB, sumBP);
  }
  return exposure;
}

function line(n: number, sumB: number, sumP: number, sumBB: number, sumBP: number): Exposure {
  const variance = sumBB / n - (sumB / n) ** 2;
  const covariance = sumBP / n - (sumB / n) * (sumP / n);
  // A flat background cannot tell gain from offset; call it offset.
  const gain = variance < 20 ? 1 : Math.min(3, Math.max(0.33, covariance / variance));
  return { gain, offset: sumP / n - (gain * sumB) / n };
}
