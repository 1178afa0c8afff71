// How a file of board tests begins: with the board made, or skipped with a word why.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { Board, type BoardOptions, buildBoard } from "./machine/board.ts";
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

/** Tests on one board, switched on before the first and off after the last; `board` gives it once it is on. */
export function describeRunningBoard(name: string, options: BoardOptions, tests: (board: () => Board) => void): void {
  describeBoard(name, () => {
    const folder = mkdtempSync(join(tmpdir(), "doorstep-board-"));
    let running: Board;
    beforeAll(async () => {
      running = await Board.start(folder, options);
    });
    afterAll(async () => {
      await running?.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    tests(() => running);
  });
}
