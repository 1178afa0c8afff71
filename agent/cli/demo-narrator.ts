// How the demo speaks: beats, progress, and expectations that are kept for the tally.
import type { Io } from "./io.ts";

/** Prints the story and remembers whether every expectation held. */
export class Narrator {
  readonly #io: Io;
  #failed = 0;
  #held = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  get failed(): number {
    return this.#failed;
  }

  get held(): number {
    return this.#held;
  }

  beat(letter: string, title: string): void {
    this.#io.out(`\n${this.#paint("1", `(${letter}) ${title}`)}\n`);
  }

  say(text: string): void {
    this.#io.out(`    ${text}\n`);
  }

  /** States something that must be true; a false one fails the demo but does not stop it. */
  expect(what: string, holds: boolean, otherwise = ""): void {
    if (holds) this.#held++;
    else this.#failed++;
    this.#io.out(
      `  ${holds ? this.#paint("32", "✓") : this.#paint("31", "✗")} ${what}${holds || !otherwise ? "" : `: ${otherwise}`}\n`,
    );
  }

  /** Shows that `work` goes on, on a terminal with a line that is written over. */
  async waiting<T>(what: string, work: Promise<T>): Promise<T> {
    if (!this.#io.terminal) {
      this.say(`${what} …`);
      return work;
    }
    this.#io.out(`    ${what} …`);
    try {
      return await work;
    } finally {
      this.#io.out("\r\u001b[K");
    }
  }

  #paint(code: string, text: string): string {
    return this.#io.terminal ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
