// Finding the Pi's header in /sys/class/gpio, on every board and kernel it has been seen on.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { sysfsChips, sysfsHasPull, sysfsNumber, whySysfsFailed } from "../../../drivers/gpio/sysfs.ts";

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** A folder like /sys/class/gpio with these chips. */
function sysfs(chips: readonly (readonly [base: number, label: string, lines: number])[]): string {
  const root = mkdtempSync(join(tmpdir(), "doorstep-sysfs-"));
  folders.push(root);
  writeFileSync(join(root, "export"), "");
  for (const [base, label, lines] of chips) {
    const folder = join(root, `gpiochip${base}`);
    mkdirSync(folder);
    for (const [file, value] of Object.entries({ base, label, ngpio: lines }))
      writeFileSync(join(folder, file), `${value}\n`);
  }
  return root;
}

test.each([
  [
    "a Pi 4 on kernel 6.1",
    [
      [0, "pinctrl-bcm2711", 58],
      [504, "raspberrypi-exp-gpio", 8],
    ],
    17,
  ],
  [
    "a Pi 4 on kernel 6.6",
    [
      [512, "pinctrl-bcm2711", 58],
      [570, "raspberrypi-exp-gpio", 8],
    ],
    529,
  ],
  [
    "a Zero 2 W",
    [
      [512, "pinctrl-bcm2835", 54],
      [566, "raspberrypi-exp-gpio", 8],
    ],
    529,
  ],
  [
    "a Pi 5 on kernel 6.12",
    [
      [512, "gpio-brcmstb@107d508500", 32],
      [569, "pinctrl-rp1", 54],
    ],
    586,
  ],
] as const)("on %s BCM line 17 has the right number", (_board, chips, number) => {
  expect(sysfsNumber(17, sysfsChips(sysfs(chips)))).toBe(number);
});

test("a machine without a header is told so, with what it has", () => {
  expect(() => sysfsNumber(17, sysfsChips(sysfs([[0, "INT33FC:00", 102]])))).toThrow(
    "GPIO_CHIP_MISSING: only INT33FC:00",
  );
  expect(() => sysfsNumber(17, sysfsChips("/nowhere"))).toThrow("GPIO_CHIP_MISSING");
});

test("a line beyond the header is missing, not somebody else's", () => {
  expect(() => sysfsNumber(60, sysfsChips(sysfs([[512, "pinctrl-bcm2835", 54]])))).toThrow("GPIO_LINE_MISSING");
});

test("a pull is relied on only where it is the chip's own or does not matter", () => {
  expect(
    [
      [17, "down"],
      [4, "up"],
      [27, "as-is"],
    ].every(([gpio, pull]) => sysfsHasPull(gpio as number, pull as "up")),
  ).toBe(true);
  expect(
    [
      [27, "up"],
      [4, "down"],
      [17, "none"],
    ].some(([gpio, pull]) => sysfsHasPull(gpio as number, pull as "up")),
  ).toBe(false);
});

test.each([
  ["EBUSY", "GPIO_LINE_BUSY"],
  ["EACCES", "GPIO_FORBIDDEN"],
  ["EROFS", "GPIO_FORBIDDEN"],
  ["EINVAL", "GPIO_LINE_MISSING"],
  ["ENOENT", "GPIO_CHIP_MISSING"],
  ["EIO", "GPIO_LINE_LOST"],
])("the kernel's %s has its own code", (code, expected) => {
  expect(whySysfsFailed(17, Object.assign(new Error(code), { code })).code).toBe(expected);
});
