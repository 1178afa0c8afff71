// How many edges a line in sysfs has had. Sysfs keeps no queue of them, but the kernel counts the interrupts of each line, and tells.
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

/** One folder for each interrupt, readable by everybody; kernels have it since 4.9 (ABI/testing/sysfs-kernel-irq). */
export const IRQ_ROOT = "/sys/kernel/irq";

/** What gpiolib-sysfs.c calls itself when a line's `edge` is written. */
const HOLDER = "gpiolib";
/** The kernel fills one page. */
const PAGE = 4096;

/**
 * The interrupts that sysfs has on line `gpio` of any chip, by number. The header's chips (pinctrl-bcm2835, pinctrl-rp1) number
 * their interrupts by line.
 */
export function sysfsInterrupts(gpio: number, root = IRQ_ROOT): readonly string[] {
  const value = (irq: string, file: string): string => {
    try {
      return readFileSync(join(root, irq, file), "utf8").trim();
    } catch {
      // It has just been given back.
      return "";
    }
  };
  return listed(root).filter(
    (irq) => value(irq, "hwirq") === String(gpio) && value(irq, "actions").split(",").includes(HOLDER),
  );
}

/** Whether this kernel tells of its interrupts at all. */
export const kernelCountsEdges = (): boolean => existsSync(IRQ_ROOT);

/** The count of one interrupt. Costs nothing while nobody asks. */
export class EdgeCount {
  readonly #page = Buffer.alloc(PAGE);
  #fd: number | undefined;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * The count of line `gpio`, which sysfs watches by now; `before`: {@link sysfsInterrupts} before it did. Undefined if no
   * interrupt is known to be the line's: another chip may have a line of the same number in use.
   */
  static of(gpio: number, before: readonly string[], root = IRQ_ROOT): EdgeCount | undefined {
    const now = sysfsInterrupts(gpio, root);
    const come = now.filter((irq) => !before.includes(irq));
    // A line that was left exported by who was killed has had its interrupt all the time.
    const [irq, ...others] = come.length > 0 ? come : now;
    if (irq === undefined || others.length > 0) return undefined;
    try {
      const count = new EdgeCount(openSync(join(root, irq, "per_cpu_count"), "r"));
      if (count.read() !== undefined) return count;
      count.close();
    } catch {
      // A kernel that does not let us read it: as good as one that does not count.
    }
    return undefined;
  }

  /** Modulo 2³², as each processor's own count is; undefined once the interrupt is gone. */
  read(): number | undefined {
    if (this.#fd === undefined) return undefined;
    try {
      const length = readSync(this.#fd, this.#page, 0, PAGE, 0);
      return readCounts(this.#page.toString("latin1", 0, length));
    } catch {
      return undefined;
    }
  }

  /** Harmless when repeated. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** "12,0,3,0\n", one for each processor there could be, as their sum modulo 2³². */
function readCounts(text: string): number | undefined {
  if (!/^\d+(,\d+)*\n$/.test(text)) return undefined;
  return text.split(",").reduce((sum, each) => sum + Number(each), 0) >>> 0;
}

function listed(root: string): string[] {
  try {
    return readdirSync(root);
  } catch {
    return [];
  }
}
