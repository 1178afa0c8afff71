// A set of entries as erasures write it, in ranges of sequences: asked about hundreds of thousands of times. Pure.

export class SequenceRanges {
  readonly #ranges: (readonly [first: number, last: number])[] = [];
  /** By first sequence, none touching another; undefined while ranges were added since. */
  #joined: (readonly [first: number, last: number])[] | undefined;

  /** Both inclusive. */
  add(first: number, last: number): void {
    this.#ranges.push([first, last]);
    this.#joined = undefined;
  }

  holds(sequence: number): boolean {
    const ranges = (this.#joined ??= joined(this.#ranges));
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ranges[middle]![1] < sequence) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low];
    return range !== undefined && range[0] <= sequence;
  }
}

function joined(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const out: [number, number][] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = out.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else if (first <= last) out.push([first, last]);
  }
  return out;
}
