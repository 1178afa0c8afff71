// Everything that has a message to send now, so sorted that the next one is found without looking at all that waits. Pure.
import type { Candidate } from "./delivery-plan.ts";

/** One lane for each recipient and urgency, in the order of ids. */
export class Lanes<C extends Candidate> implements Iterable<readonly C[]> {
  readonly #lanes = new Map<string, C[]>();

  /** Puts it into its lane; if it stands there already, nothing changes. */
  add(candidate: C): void {
    const name = nameOf(candidate);
    const lane = this.#lanes.get(name);
    if (!lane) return void this.#lanes.set(name, [candidate]);
    const at = placeIn(lane, candidate);
    if (lane[at] !== candidate) lane.splice(at, 0, candidate);
  }

  /** Takes it out of its lane, if it is there. */
  remove(candidate: C): void {
    const name = nameOf(candidate);
    const lane = this.#lanes.get(name);
    const at = lane ? placeIn(lane, candidate) : 0;
    if (lane?.[at] !== candidate) return;
    lane.splice(at, 1);
    if (lane.length === 0) this.#lanes.delete(name);
  }

  [Symbol.iterator](): Iterator<readonly C[]> {
    return this.#lanes.values();
  }
}

const nameOf = ({ urgency, recipient }: Candidate): string => `${urgency} ${recipient}`;

/** Where it stands, or would. */
function placeIn(lane: readonly Candidate[], { id }: Candidate): number {
  let [from, to] = [0, lane.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (lane[middle]!.id < id) from = middle + 1;
    else to = middle;
  }
  return from;
}
