// A card of its own for a test, so that only it is full: a small tmpfs, where this machine lets us mount one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class SmallCard {
  readonly folder = mkdtempSync(join(tmpdir(), "doorstep-card-"));
  readonly #ballast = join(this.folder, "ballast");

  /** Throws where this machine does not let us mount it: see {@link mayMount}. */
  constructor(mebibytes: number) {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "doorstep-test", this.folder], {
        stdio: "ignore",
      });
    } catch (error) {
      rmSync(this.folder, { recursive: true });
      throw error;
    }
  }

  /** Bytes. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Leaves so many bytes free, in whole blocks. */
  fill(spare = 0): void {
    writeFileSync(this.#ballast, Buffer.alloc(Math.max(0, this.free - spare)));
  }

  /** Gives back what {@link fill} took. */
  empty(): void {
    unlinkSync(this.#ballast);
  }

  /** Whatever still has a file open on it may go on. */
  [Symbol.dispose](): void {
    execFileSync("umount", ["--lazy", this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}

/** Whether this machine lets us mount a small card: as root. Says so where it does not. */
export function mayMount(): boolean {
  try {
    using _ = new SmallCard(1);
    return true;
  } catch {
    process.stderr.write("skipped: a card of its own (needs root, to mount one)\n");
    return false;
  }
}
