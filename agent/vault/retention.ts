// Which clips have to go, and why. Pure. The rules, and why age is not the wall clock's: docs/design/retention-and-time.md.
import type { ClipId, ClipState } from "./clip.ts";

/** `[retention]` of the configuration, as far as it is about clips. */
export interface RetentionPolicy {
  readonly keepMs: number;
  readonly keepUnsharedMs: number;
  readonly keepObjectedMs: number;
  readonly maxBytes: number;
}

/** What retention looks at in a clip. */
export interface RetainedClip {
  readonly id: ClipId;
  readonly state: ClipState;
  /** Lower is older. */
  readonly sequence: number;
  /** The clip with its pictures. */
  readonly bytes: number;
  readonly pinned: boolean;
  readonly objected: boolean;
  /** Reading of the vault's own clock when it came; undefined while that is not known: then it has no age yet. */
  readonly agedAtMs?: number;
}

/** What retention has to be told by others. */
export interface RetentionFacts {
  /** Reading of the vault's own clock now. */
  readonly agedMs: number;
  /** Whether anybody but the owner has been sent this clip, or will be: a disclosure stands in the ledger. */
  readonly shared: (id: ClipId) => boolean;
  /** Whether this clip was approved for somebody and is still on its way: it is not given up to make room. */
  readonly waiting: (id: ClipId) => boolean;
  /** What else counts against `max_bytes`: the spool. */
  readonly otherBytes: number;
}

/** One clip that has to go. */
export interface Deletion {
  readonly id: ClipId;
  readonly bytes: number;
  /** The key of `[retention]` that spoke, or that the card is full. */
  readonly rule: "keep" | "keep_unshared" | "keep_objected" | "max_bytes" | "disk full";
}

/**
 * What is to be deleted now, in the order in which to do it. By age first, then by size: oldest unshared clips, then the
 * oldest of the others. One that is being recorded is never among them; what waits to leave goes by age only, and a pinned
 * clip only because somebody objected to it.
 */
export function plan(
  clips: readonly RetainedClip[],
  policy: RetentionPolicy,
  facts: RetentionFacts,
): readonly Deletion[] {
  const kept: RetainedClip[] = [];
  const deletions: Deletion[] = [];
  for (const clip of oldestFirst(clips)) {
    const rule = expired(clip, policy, facts);
    if (rule) deletions.push({ id: clip.id, bytes: clip.bytes, rule });
    else kept.push(clip);
  }
  const excess = kept.reduce((sum, { bytes }) => sum + bytes, facts.otherBytes) - policy.maxBytes;
  return [...deletions, ...free(kept, excess, facts, "max_bytes")];
}

/** What to delete to win at least `bytes`; less is won if there is not so much to win. */
export function roomFor(
  clips: readonly RetainedClip[],
  bytes: number,
  facts: Pick<RetentionFacts, "shared" | "waiting">,
): readonly Deletion[] {
  return free(oldestFirst(clips), bytes, facts, "disk full");
}

/**
 * The strictest rule wins: `keep` is the longest that any clip stays, `keep_objected` cuts short what was objected to. A pin
 * is the owner's word against the owner's own rules; an objection is the visitor's, and no pin overrules it.
 */
function expired(clip: RetainedClip, policy: RetentionPolicy, facts: RetentionFacts): Deletion["rule"] | undefined {
  if (!finished(clip) || clip.agedAtMs === undefined) return undefined;
  const ageMs = facts.agedMs - clip.agedAtMs;
  if (!clip.pinned && ageMs >= policy.keepMs) return "keep";
  if (clip.objected && ageMs >= policy.keepObjectedMs) return "keep_objected";
  if (!clip.pinned && ageMs >= policy.keepUnsharedMs && !facts.shared(clip.id)) return "keep_unshared";
  return undefined;
}

/** `clips` oldest first. Two passes: what somebody has been sent is, to its sender, worth more than what nobody has. */
function free(
  clips: readonly RetainedClip[],
  bytes: number,
  { shared, waiting }: Pick<RetentionFacts, "shared" | "waiting">,
  rule: Deletion["rule"],
): readonly Deletion[] {
  const deletions: Deletion[] = [];
  const later: Deletion[] = [];
  let left = bytes;
  for (const clip of clips) {
    if (left <= 0) return deletions;
    // Promise 9: nothing approved is lost.
    if (clip.pinned || !finished(clip) || waiting(clip.id)) continue;
    const deletion = { id: clip.id, bytes: clip.bytes, rule };
    if (shared(clip.id)) {
      later.push(deletion);
      continue;
    }
    deletions.push(deletion);
    left -= clip.bytes;
  }
  for (const deletion of later) {
    if (left <= 0) return deletions;
    deletions.push(deletion);
    left -= deletion.bytes;
  }
  return deletions;
}

const oldestFirst = (clips: readonly RetainedClip[]): readonly RetainedClip[] =>
  clips.filter(({ state }) => state !== "deleted").toSorted((a, b) => a.sequence - b.sequence);

const finished = ({ state }: RetainedClip): boolean => state === "ready" || state === "quarantined";
