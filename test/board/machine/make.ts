// Makes the virtual board for `make test`, or says why this machine has none and ends with 1: that is no failure of ours.
import { buildBoard } from "./board.ts";
import { whyNoBoard } from "./possible.ts";

const why = whyNoBoard() ?? built();
if (why !== undefined) {
  process.stdout.write(`the virtual board is skipped: ${why}\n`);
  process.exitCode = 1;
}

/** Why it could not be made: mirrors that do not answer, for one. */
function built(): string | undefined {
  try {
    buildBoard();
    return undefined;
  } catch (error) {
    return `it could not be made (${(error as Error).message.split("\n")[0]})`;
  }
}
