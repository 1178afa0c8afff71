// Drawn footage with a known truth: a house front, visitors who come, stand and leave, wind, rain, noise, light.

export const WIDTH = 160;
export const HEIGHT = 90;

/** Paints over a picture of WIDTH × HEIGHT at `s` seconds. */
export type Layer = (picture: Float32Array, s: number) => void;

export interface Scene {
  readonly seconds: number;
  readonly fps: number;
  readonly layers: readonly Layer[];
}

/** The pictures of a scene, with the time of each in milliseconds. */
export function* pictures({ seconds, fps, layers }: Scene): Generator<{ luma: Uint8Array; atMs: number }> {
  for (let n = 0; n < seconds * fps; n++) {
    const picture = new Float32Array(WIDTH * HEIGHT);
    for (const layer of layers) layer(picture, n / fps);
    // Clamps and rounds.
    const luma = new Uint8Array(Uint8ClampedArray.from(picture).buffer);
    yield { luma, atMs: (n * 1000) / fps };
  }
}

/** The same numbers between 0 and 1 each time. */
export function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Smooth and rough texture that does not change. */
export const house: Layer = (() => {
  const random = randomness(1);
  const wall = Float32Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const x = at % WIDTH;
    const y = Math.floor(at / WIDTH);
    const bricks = (y % 6 === 0 || (x + (Math.floor(y / 6) % 2) * 6) % 12 === 0) && y < 60 ? -18 : 0;
    const door = x > 62 && x < 92 && y > 18 && y < 70 ? -45 : 0;
    const path = y >= 70 ? 25 : 0;
    return 120 + bricks + door + path + 10 * random();
  });
  return (picture) => picture.set(wall);
})();

export interface Visit {
  /** Enters at the left edge at `from`, stands at `stands[0]`…`stands[1]` seconds in front of the door, has left at `to`. */
  readonly from: number;
  readonly stands: readonly [number, number];
  readonly to: number;
  readonly brightness?: number;
  /** How far they sway while standing, in pixels. Default 0: a statue. */
  readonly sways?: number;
}

/** A person about as tall as half the picture. */
export function visitor({ from, stands: [arrive, turn], to, brightness = 25, sways = 0 }: Visit): Layer {
  return (picture, s) => {
    if (s < from || s > to) return;
    const walkIn = Math.min(1, (s - from) / (arrive - from));
    const walkOut = s > turn ? (s - turn) / (to - turn) : 0;
    const x = -8 + walkIn * 84 - walkOut * 84 + sways * Math.sin(s * 1.7);
    person(picture, x, 30, 12, 46, brightness);
  };
}

function person(picture: Float32Array, x: number, y: number, width: number, height: number, brightness: number): void {
  for (let v = 0; v < height; v++)
    for (let u = 0; u < width; u++) {
      const head = v < height / 5;
      if (head && (u < width / 4 || u >= (3 * width) / 4)) continue;
      paint(picture, Math.round(x) + u, y + v, head ? brightness + 70 : brightness + ((u * 7 + v * 3) % 11));
    }
}

/** A car that crosses from right to left in three seconds. */
export function car(from: number, to = from + 3): Layer {
  return (picture, s) => {
    if (s < from || s > to) return;
    const x = WIDTH - ((s - from) / 3) * (WIDTH + 60);
    for (let v = 50; v < 78; v++)
      for (let u = 0; u < 55; u++) paint(picture, Math.round(x) + u, v, v < 60 ? 90 : 225 - ((u * 5) % 17));
  };
}

/** A car that comes from the right and stays. */
export function parking(from: number): Layer {
  return (picture, s) => {
    if (s < from) return;
    const x = Math.max(100, WIDTH - ((s - from) / 2) * 60);
    for (let v = 50; v < 78; v++)
      for (let u = 0; u < 50; u++) paint(picture, Math.round(x) + u, v, v < 60 ? 90 : 225 - ((u * 5) % 17));
  };
}

/** A bush whose leaves shift by some pixels in gusts. */
export function bush(swing = 3): Layer {
  const random = randomness(7);
  const leaves = Float32Array.from({ length: 60 * 50 }, () => 30 + 120 * random());
  return (picture, s) => {
    const gust = 0.5 + 0.5 * Math.sin(s / 7);
    for (let v = 0; v < 45; v++)
      for (let u = 0; u < 45; u++) {
        const dx = Math.round(swing * gust * Math.sin(s * 5 + v / 6 + u / 15) + swing);
        paint(picture, 112 + u, 5 + v, leaves[((v >> 1) * 60 + ((u + dx) >> 1)) % leaves.length]!);
      }
  };
}

/** Sensor noise with about this standard deviation. */
export function noise(deviation: number, seed = 3): Layer {
  const random = randomness(seed);
  // Drawn once and read from another place in each picture: drawing anew would take longer than looking at it.
  const grain = Float32Array.from(
    { length: 4 * WIDTH * HEIGHT },
    () => deviation * 1.73 * (random() + random() + random() + random() - 2),
  );
  return (picture) => {
    const from = Math.floor(random() * (grain.length - picture.length));
    for (let at = 0; at < picture.length; at++) picture[at]! += grain[from + at]!;
  };
}

/** Bright streaks at random places, new ones in each picture. */
export function rain(drops: number): Layer {
  const random = randomness(5);
  return (picture) => {
    for (let drop = 0; drop < drops; drop++) {
      const x = Math.floor(random() * WIDTH);
      const y = Math.floor(random() * HEIGHT);
      for (let v = 0; v < 8; v++) paint(picture, x, y + v, 210);
    }
  };
}

/** A parcel on the path from `from` to `to` seconds: a thing, nobody. */
export function parcel(from: number, to = Infinity): Layer {
  return (picture, s) => {
    if (s < from || s > to) return;
    for (let v = 0; v < 14; v++)
      for (let u = 0; u < 16; u++) paint(picture, 88 + u, 66 + v, v === 6 ? 120 : 205 - ((u * 3) % 7));
  };
}

/** A person with a shadow on the ground, who crosses from left to right in so many seconds. */
export function crossing(from: number, seconds: number, brightness = 40): Layer {
  return (picture, s) => {
    if (s < from || s > from + seconds) return;
    const x = ((s - from) / seconds) * (WIDTH + 24) - 14;
    for (let v = 74; v < 82; v++) for (let u = 0; u < 26; u++) shade(picture, Math.round(x) - 14 + u, v, 0.6);
    person(picture, x, 30, 12, 46, brightness);
  };
}

/** A lamp that lights a round part of the wall softly. */
export const lamp = (from: number, to: number): Layer => {
  return (picture, s) => {
    if (s < from || s > to) return;
    for (let at = 0; at < picture.length; at++) {
      const x = (at % WIDTH) - 90;
      const y = Math.floor(at / WIDTH) - 40;
      picture[at]! *= 1 + 0.7 * Math.exp(-(x * x + y * y) / 1600);
    }
  };
};

/** Light from a window or a door that opens, from `from` to `to`: an upright patch with hard edges, `width` wide, around where visitors stand. */
export const pane = (from: number, to: number, width: number, gain: number): Layer => {
  return (picture, s) => {
    if (s < from || s > to) return;
    for (let y = 18; y < 80; y++)
      for (let x = 82 - Math.floor(width / 2); x < 82 + width / 2; x++) picture[y * WIDTH + x]! *= gain;
  };
};

/** What exposure control or a cloud does: gain × picture + offset, as functions of time. */
export const light = (gain: (s: number) => number, offset: (s: number) => number = () => 0): Layer => {
  return (picture, s) => {
    const [g, o] = [gain(s), offset(s)];
    for (let at = 0; at < picture.length; at++) picture[at] = picture[at]! * g + o;
  };
};

/** The beam of a passing car's headlights on the wall: light, nobody. */
export function headlights(from: number): Layer {
  return (picture, s) => {
    if (s < from || s > from + 3) return;
    const centre = ((s - from) / 3) * (WIDTH + 60) - 30;
    for (let y = 0; y < 60; y++)
      for (let x = Math.max(0, Math.floor(centre) - 20); x < Math.min(WIDTH, centre + 20); x++)
        picture[y * WIDTH + x]! *= 1.5;
  };
}

/** A passer-by far away who crosses from one side to the other. */
export function passerBy(from: number, to: number, height = 14): Layer {
  return (picture, s) => {
    if (s < from || s > to) return;
    person(picture, ((s - from) / (to - from)) * (WIDTH + 10) - 5, 52, 5, height, 40);
  };
}

function shade(picture: Float32Array, x: number, y: number, factor: number): void {
  if (x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT) picture[y * WIDTH + x]! *= factor;
}

function paint(picture: Float32Array, x: number, y: number, value: number): void {
  if (x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT) picture[y * WIDTH + x] = value;
}
