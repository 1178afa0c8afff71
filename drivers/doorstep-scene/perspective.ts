// Where things on the ground appear in the picture: a camera beside the door, looking down the path. Pure.

/** The scene is drawn 1280 wide and 720 high; other sizes are scaled from that. */
export const SCENE = { width: 1280, height: 720 } as const;

/** The horizon, in pixels from the top. */
export const HORIZON = 268;
/** Pixels that one metre takes at a distance of one metre. */
const FOCAL = 640;
/** Height of the camera above the path, in metres. */
const CAMERA_M = 1.42;
/** Pixels from the left where the path's middle line meets the horizon. */
const VANISHING_X = 650;

/** Pixels to a metre at `distanceM`. */
export const scaleAt = (distanceM: number): number => FOCAL / distanceM;

/** The ground at `distanceM` ahead and `asideM` to the right of the path's middle, in pixels from the top left. */
export const groundAt = (distanceM: number, asideM: number): { readonly x: number; readonly y: number } => ({
  x: VANISHING_X + asideM * scaleAt(distanceM),
  y: HORIZON + CAMERA_M * scaleAt(distanceM),
});

/** The same number for the same seed, always: a drawn garden should not change between two pictures. */
export function scatter(seed: number): number {
  const value = Math.sin(seed * 127.1 + 311.7) * 43758.5453;
  return value - Math.floor(value);
}
