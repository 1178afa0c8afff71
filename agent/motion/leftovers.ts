// Which objects are nobody any more: marks, what was left behind, light, furniture. Pure.
import type { Appearance } from "./appearance.ts";
import { pixelsOf } from "./blobs.ts";
import type { FollowedObject } from "./objects.ts";

/** What has not stirred for this long is furniture: somebody standing still stirs. */
const FURNITURE_MS = 300_000;
/** What has not stirred for this long is asked whether it is only the mark of something that left. */
const STILL_MS = 900;
/** What has not stirred for this long may be light. */
const LIT_MS = 5_000;
/** What may be only what somebody left behind is watched for this long. */
const DOUBT_MS = 6_000;
/** Whoever stirred so shortly before is no leftover. */
const STIRRED_MS = 500;
/** So many times more contrast along the outline in the background than in the picture, and it is a mark. */
const MARK = 2.2;
const MARK_AT_REST = 1.4;
const MARK_IN_DOUBT = 1.3;
/** With so much of the texture left, what does not stir is light. */
const LIGHT_AT_REST = 0.45;

/** Looks at an object in the newest picture, which was taken at `atMs`, and notes in it what {@link isLeftover} goes by. */
export function observe(object: FollowedObject, appearance: Appearance, usual: number, atMs: number): void {
  if (appearance.stirs(object.blobs, usual)) object.movedMs = atMs;
  object.markSinceMs = appearance.isMark(object.blobs, MARK) ? (object.markSinceMs ?? atMs) : undefined;
  // It is only a part of what it was, and it lives: somebody who stayed when another left.
  const doubted = object.partSinceMs !== undefined && atMs - object.partSinceMs >= DOUBT_MS;
  if (doubted && atMs - object.movedMs < DOUBT_MS / 2) object.partSinceMs = undefined;
}

/** Whether it may be only what somebody left behind: too early to say that anybody is still there. */
export const isDoubtful = ({ markSinceMs, partSinceMs, movedMs }: FollowedObject, atMs: number): boolean =>
  markSinceMs !== undefined || (partSinceMs !== undefined && atMs - movedMs >= STIRRED_MS);

/** Whether it is certainly nobody: the place looks like that now. */
export function isLeftover(object: FollowedObject, appearance: Appearance, atMs: number): boolean {
  const { blobs, movedMs, markSinceMs, partSinceMs, inWake, confirmed } = object;
  const stillMs = atMs - movedMs;
  if (atMs - (markSinceMs ?? atMs) >= STILL_MS) return true;
  if (partSinceMs !== undefined && atMs - partSinceMs >= DOUBT_MS) return true;
  if (stillMs < STILL_MS) return false;
  if (stillMs >= FURNITURE_MS || (inWake && !confirmed)) return true;
  const atRest = stillMs >= LIT_MS;
  if (atRest && appearance.textureLeft(pixelsOf(blobs)) > LIGHT_AT_REST) return true;
  if (atRest && blobs.every((blob) => appearance.isSoft(blob))) return true;
  const doubt = !hasArrived(object) || partSinceMs !== undefined;
  return (doubt || atRest) && appearance.isMark(blobs, doubt ? MARK_IN_DOUBT : MARK_AT_REST);
}

/** It is believed and no longer where it began: it came there by itself. */
const hasArrived = ({ confirmed, x, y, startBox: { left, top, right, bottom } }: FollowedObject): boolean =>
  confirmed && (x < left || x > right || y < top || y > bottom);
