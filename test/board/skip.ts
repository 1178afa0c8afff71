// How a file of board tests begins: with the board made, or skipped with a word why.
import { describe } from "vitest";
import { buildBoard } from "./machine/board.ts";
import { whyNoBoard } from "./machine/possible.ts";

/** Tests that need a board; it is made by then. */
export function describeBoard(name: string, tests: () => void): void {
  const impossible = whyNoBoard();
  if (impossible === undefined) buildBoard();
  describe.skipIf(impossible !== undefined)(
    impossible === undefined ? name : `${name} (skipped: ${impossible})`,
    tests,
  );
}
