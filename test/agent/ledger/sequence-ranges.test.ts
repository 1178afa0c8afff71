// Sets of ranges of the ledger's sequence numbers.
import fc from "fast-check";
import { expect, test } from "vitest";
import { SequenceRanges } from "../../../agent/ledger/sequence-ranges.ts";

const sequence = fc.integer({ min: 0, max: 60 });

test("a set of ranges holds what one of its ranges holds, in whatever order they came, backward ones nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(sequence, sequence), { maxLength: 12 }), (ranges) => {
      const set = new SequenceRanges();
      for (const [n, [first, last]] of ranges.entries()) {
        set.add(first, last);
        const added = ranges.slice(0, n + 1);
        for (let at = -1; at <= 61; at++)
          expect(set.holds(at)).toBe(added.some(([from, to]) => from <= at && at <= to));
      }
    }),
  );
});
