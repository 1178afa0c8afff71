// What is sent next (docs/spec/wire.md §2): urgent before heavy, each recipient's own in order, and nobody waits for another's. Pure.

/** 0: events. 1: stills. 2: clips. */
export type Urgency = 0 | 1 | 2;

/** A disclosure as the plan sees it. */
export interface Candidate {
  /** Sorts by time. */
  readonly id: string;
  readonly recipient: string;
  readonly urgency: Urgency;
  /** One of its messages is under way. */
  readonly busy: boolean;
  /** It has a message to send now; false for what waits until later or has nothing left. */
  readonly ready: boolean;
  /** Its next message is media, of which only one is under way at a time. */
  readonly heavy: boolean;
}

/** What is under way already. */
export interface Situation {
  /** How many more messages may be under way. */
  readonly free: number;
  readonly heavyUnderWay: boolean;
  /** When each recipient was last served, as a number that grows; absent for never. */
  readonly served: ReadonlyMap<string, number>;
}

/**
 * The one whose next message goes now; undefined if none may. `candidates` are in the order of their ids.
 * Of each recipient and urgency only the first that is not put off can be chosen, so an older one is never overtaken;
 * among recipients the one who has waited longest.
 */
export function choose<C extends Candidate>(
  candidates: Iterable<C>,
  { free, heavyUnderWay, served }: Situation,
): C | undefined {
  if (free < 1) return undefined;
  const lanes = new Set<string>();
  let best: C | undefined;
  for (const candidate of candidates) {
    if (!candidate.busy && !candidate.ready) continue;
    const lane = `${candidate.urgency} ${candidate.recipient}`;
    if (lanes.has(lane)) continue;
    lanes.add(lane);
    if (candidate.busy || (candidate.heavy && heavyUnderWay)) continue;
    if (!best || isBefore(candidate, best, served)) best = candidate;
  }
  return best;
}

function isBefore(a: Candidate, b: Candidate, served: ReadonlyMap<string, number>): boolean {
  if (a.urgency !== b.urgency) return a.urgency < b.urgency;
  const [at, bt] = [served.get(a.recipient) ?? -1, served.get(b.recipient) ?? -1];
  return at === bt ? a.id < b.id : at < bt;
}
