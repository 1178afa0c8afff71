// Puts a line to rest when our process dies without doing so. A Pi's kernel keeps a released output as it was, so somebody has to.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Waits for the end of its input, which comes with ours however we end; the line may take a moment to be free. */
const SCRIPT = 'read -r _; n=0; until "$@"; do n=$((n + 1)); [ "$n" -ge 20 ] && exit 1; sleep 0.1; done';

export class DeadMansSwitch {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** `command` is run once we are dead. */
  constructor(command: readonly string[]) {
    // A group of its own: Ctrl-C at our terminal is not its affair.
    this.#child = spawn("/bin/sh", ["-c", SCRIPT, "sh", ...command], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.#child.stdin?.on("error", () => {});
    this.#ended = once(this.#child, "exit").catch(() => {});
  }

  /** Resolves when it is gone without having done anything. */
  async disarm(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
