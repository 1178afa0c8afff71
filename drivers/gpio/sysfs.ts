// Where /sys/class/gpio keeps the Pi's lines: numbered from a base that moves from board to board and kernel to kernel.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DriverError } from "../error.ts";
import type { Pull } from "./gpio.ts";

export const SYSFS_ROOT = "/sys/class/gpio";

/** The header's chip on a Pi 5, a Pi 4, and the older ones; other chips (power, HDMI) have other labels. */
const LABELS = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"];

/** A chip as sysfs shows it. */
export interface SysfsChip {
  readonly label: string;
  readonly base: number;
  readonly lines: number;
}

/** Every chip that can be read; none when the kernel has no GPIO in sysfs. */
export function sysfsChips(root = SYSFS_ROOT): SysfsChip[] {
  try {
    return readdirSync(root)
      .filter((name) => name.startsWith("gpiochip"))
      .map((name) => {
        const value = (file: string): string => readFileSync(join(root, name, file), "utf8").trim();
        return { label: value("label"), base: Number(value("base")), lines: Number(value("ngpio")) };
      });
  } catch {
    return [];
  }
}

/** The chip behind the header, by its label. @throws DriverError GPIO_CHIP_MISSING. */
export function headerChip(chips: readonly SysfsChip[]): SysfsChip {
  for (const label of LABELS) {
    const chip = chips.find((one) => one.label === label);
    if (chip) return chip;
  }
  const seen = chips.map(({ label }) => label).join(", ");
  throw new DriverError("GPIO_CHIP_MISSING", seen ? `only ${seen} in ${SYSFS_ROOT}` : `nothing in ${SYSFS_ROOT}`);
}

/** The number that sysfs uses for BCM line `gpio`. @throws DriverError GPIO_CHIP_MISSING or GPIO_LINE_MISSING. */
export function sysfsNumber(gpio: number, chips: readonly SysfsChip[]): number {
  const { base, lines, label } = headerChip(chips);
  if (gpio >= lines) throw new DriverError("GPIO_LINE_MISSING", `GPIO${gpio}: ${label} has ${lines} lines`);
  return base + gpio;
}

/** Sysfs cannot set a pull; it can be relied on where it is what the chip starts with, or does not matter. */
export const sysfsHasPull = (gpio: number, pull: Pull): boolean =>
  pull === "as-is" || pull === (gpio <= 8 ? "up" : "down");

/** What kept the kernel from giving us a line. */
export function whySysfsFailed(gpio: number, error: unknown): DriverError {
  const { code, message } = error as NodeJS.ErrnoException;
  const detail = `GPIO${gpio}: ${message}`;
  switch (code) {
    case "EBUSY":
      return new DriverError("GPIO_LINE_BUSY", detail, error);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new DriverError("GPIO_FORBIDDEN", detail, error);
    case "EINVAL":
      return new DriverError("GPIO_LINE_MISSING", detail, error);
    case "ENOENT":
      return new DriverError("GPIO_CHIP_MISSING", detail, error);
    case undefined:
    default:
      return new DriverError("GPIO_LINE_LOST", detail, error);
  }
}
