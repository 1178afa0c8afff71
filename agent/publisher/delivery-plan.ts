// What is sent next (docs/spec/wire.md §2.1): urgent before heavy, each recipient's own in order, and nobody waits for another's. Pure.

/** 0: events. 1: stills. 2: previews. 3: clips. */
export type Urgency = 0 | 1 | 2 | 3;

/** A disclosure as the plan sees it. */
export interface Candidate {
  /** Sorts by time. */
  readonly id: string;
  readonly recipient: string;
  readonly urgency: Urgency;
  /** One of its messages is under way. */
  readonly busy: boolean;
  /** Which of its messages goes next; a clip's are 0: media, 1: receipt, 2: manifest, 3: the news of it. */
  readonly stage: number;
  /** Those behind it may send their messages below this stage: its own have their place on the wire. */
  readonly passed: number;
  /** Bytes of media in its next message, 0 if that is a small one. */
  readonly weight: number;
}

/** What is under way already. */
export interface Situation {
  /** How many messages may be under way at once, and how many are. */
  readonly places: number;
  readonly underWay: number;
  /** One of them is larger than anything this broker has ever taken: until it is answered, nothing but events joins it. */
  readonly onTrial: boolean;
  /** Bytes of media that may join what is not answered yet. Anything may go where there is none. */
  readonly room: number;
  /** The largest packet that this broker has ever taken, in bytes. */
  readonly proven: number;
  /** When each recipient was last served, as a number that grows; absent for never. */
  readonly served: ReadonlyMap<string, number>;
}

/**
 * The one whose next message goes now; undefined if none may. Each lane holds what one recipient is to get at one urgency, in the
 * order of its ids: none sends a message before all before it in the lane have sent theirs of that stage. Among recipients,
 * the one who has waited longest: where its media has to wait for room, no other's takes that room.
 */
export function choose<C extends Candidate>(lanes: Iterable<Iterable<C>>, situation: Situation): C | undefined {
  const { places, underWay, onTrial, served } = situation;
  if (underWay >= places) return undefined;
  // One place is kept for what is urgent, where there is more than one.
  const onlyUrgent = onTrial || (places > 1 && underWay + 1 >= places);
  let small: C | undefined;
  let media: C | undefined;
  for (const lane of lanes) {
    const first = firstToGo(lane, onlyUrgent);
    if (!first) continue;
    if (first.weight === 0) small = sooner(first, small, served);
    else media = sooner(first, media, served);
  }
  if (!media || !hasRoom(media, situation)) return small;
  return small ? sooner(small, media, served) : media;
}

function firstToGo<C extends Candidate>(lane: Iterable<C>, onlyUrgent: boolean): C | undefined {
  let passed = Infinity;
  for (const candidate of lane) {
    if (onlyUrgent && candidate.urgency > 0) return undefined;
    if (!candidate.busy && candidate.stage < passed) return candidate;
    passed = Math.min(passed, candidate.passed);
    if (passed === 0) return undefined;
  }
  return undefined;
}

const hasRoom = ({ weight }: Candidate, { underWay, room, proven }: Situation): boolean =>
  weight > proven ? underWay === 0 : weight <= room;

const sooner = <C extends Candidate>(one: C, other: C | undefined, served: Situation["served"]): C =>
  other && !isBefore(one, other, served) ? other : one;

function isBefore(a: Candidate, b: Candidate, served: ReadonlyMap<string, number>): boolean {
  if (a.urgency !== b.urgency) return a.urgency < b.urgency;
  const [at, bt] = [served.get(a.recipient) ?? -1, served.get(b.recipient) ?? -1];
  return at === bt ? a.id < b.id : at < bt;
}
