// What a simulated visitor does, second by second: comes up the path, presses, waits, leaves. Pure.

/** How a visit goes. All in milliseconds of the scene's time. */
export interface VisitPlan {
  /** Which of the visitors comes: 0, 1, 2, … Each looks different. */
  readonly visitor: number;
  /** Whether they press the bell when they arrive. */
  readonly rings: boolean;
  /** How long they stand at the door. */
  readonly staysMs: number;
}

/** What the picture shows of the visitor at one moment. */
export interface VisitorPose {
  readonly visitor: number;
  /** Metres from the camera: {@link GATE_M} at the gate, {@link DOOR_M} at the door. */
  readonly distanceM: number;
  /** True while walking away: the back is seen. */
  readonly leaving: boolean;
  /** Steps taken, with a fraction; a whole number and not changing while standing. */
  readonly steps: number;
  /** 0 arm down … 1 finger on the bell. */
  readonly reach: number;
  /** Milliseconds spent standing at the door, for breathing and blinking. */
  readonly stoodMs: number;
}

/** Metres from the camera to the garden gate, where visitors come from. */
export const GATE_M = 10;
export const DOOR_M = 1.35;
/** A PIR of the usual kind sees a person from here on. */
export const PIR_RANGE_M = 5;

const WALK_MS = 6000;
const TURN_MS = 500;
const REACH_MS = 500;
const HOLD_MS = 400;
const STEP_M = 0.72;

/** After the visit began, the bell is pressed here. */
export const PRESS_MS = WALK_MS + REACH_MS;

/** From the gate to the gate, in milliseconds of the scene's time. */
export const visitMs = ({ staysMs }: VisitPlan): number => WALK_MS + staysMs + TURN_MS + WALK_MS;

/** When the visitor comes within the PIR's range, and when they have left it. */
export function pirSpanMs({ staysMs }: VisitPlan): { readonly fromMs: number; readonly untilMs: number } {
  const fromMs = WALK_MS * (1 - inverseStride(PIR_RANGE_M));
  return { fromMs, untilMs: WALK_MS + staysMs + TURN_MS + WALK_MS - fromMs };
}

/** The visitor `ageMs` after the visit began; undefined before and after it. */
export function poseAt(plan: VisitPlan, ageMs: number): VisitorPose | undefined {
  if (ageMs < 0 || ageMs >= visitMs(plan)) return undefined;
  const { visitor, staysMs } = plan;
  const standing = { visitor, distanceM: DOOR_M, leaving: false, steps: 0, reach: 0, stoodMs: 0 };
  if (ageMs < WALK_MS) return { ...standing, ...walked(1 - ageMs / WALK_MS) };
  const stoodMs = ageMs - WALK_MS;
  if (stoodMs < staysMs) return { ...standing, stoodMs, reach: plan.rings ? reachAt(stoodMs) : 0 };
  const leftMs = stoodMs - staysMs;
  if (leftMs < TURN_MS) return { ...standing, leaving: leftMs > TURN_MS / 2, stoodMs };
  return { ...standing, leaving: true, ...walked((leftMs - TURN_MS) / WALK_MS) };
}

/** The age at which a visit by `other` shows what a visit by `plan` shows at `ageMs`; undefined outside of the visit. */
export function sameMoment(plan: VisitPlan, ageMs: number, other: VisitPlan): number | undefined {
  if (ageMs < 0 || ageMs >= visitMs(plan)) return undefined;
  if (ageMs < WALK_MS) return ageMs;
  const stoodMs = ageMs - WALK_MS;
  if (stoodMs >= plan.staysMs) return WALK_MS + other.staysMs + stoodMs - plan.staysMs;
  // Whoever stays longer than the other keeps standing: the second half of the other's stay, over and over.
  const half = other.staysMs / 2;
  return WALK_MS + (stoodMs < half ? stoodMs : half + (stoodMs % half));
}

/** `share` of the way from the door to the gate. The stride is steady at first and shortens near the door. */
function walked(share: number): { distanceM: number; steps: number } {
  const metres = (GATE_M - DOOR_M) * (0.75 * share + 0.25 * share * share);
  return { distanceM: DOOR_M + metres, steps: metres / STEP_M };
}

/** The share of the way at which `distanceM` is reached: {@link walked} turned round. */
function inverseStride(distanceM: number): number {
  const way = (distanceM - DOOR_M) / (GATE_M - DOOR_M);
  return (-0.75 + Math.sqrt(0.75 * 0.75 + way)) / 0.5;
}

function reachAt(stoodMs: number): number {
  if (stoodMs < REACH_MS) return ease(stoodMs / REACH_MS);
  if (stoodMs < REACH_MS + HOLD_MS) return 1;
  return ease(Math.max(0, 1 - (stoodMs - REACH_MS - HOLD_MS) / REACH_MS));
}

const ease = (share: number): number => share * share * (3 - 2 * share);
