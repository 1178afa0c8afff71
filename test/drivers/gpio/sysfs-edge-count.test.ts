// Which of the kernel's interrupts is a line's, and what it has counted: on a folder like /sys/kernel/irq.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EdgeCount, sysfsInterrupts } from "../../../drivers/gpio/sysfs-edge-count.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "doorstep-irq-"));
  // As a Pi 4 has them: the Ethernet's, another program's line, a button of the kernel's own.
  interrupt(29, { hwirq: 189, actions: "eth0", counts: "8812,0,0,0\n" });
  interrupt(55, { hwirq: 17, actions: "gpiomon", counts: "5,0,0,0\n" });
  interrupt(56, { hwirq: 3, actions: "power button", counts: "1,0,0,0\n" });
  interrupt(57, { hwirq: 27, actions: "", counts: "0,0,0,0\n" });
});
afterEach(() => rmSync(root, { recursive: true }));

function interrupt(irq: number, has: { hwirq: number; actions: string; counts: string }): void {
  const folder = join(root, String(irq));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "hwirq"), `${has.hwirq}\n`);
  writeFileSync(join(folder, "actions"), `${has.actions}\n`);
  writeFileSync(join(folder, "per_cpu_count"), has.counts);
}

test("the interrupt that sysfs has on the line is the line's, and counts on every processor", () => {
  interrupt(58, { hwirq: 17, actions: "gpiolib", counts: "3,4,0,5\n" });
  const count = EdgeCount.of(17, [], root)!;

  expect(sysfsInterrupts(17, root)).toEqual(["58"]);
  expect(count.read()).toBe(12);
  interrupt(58, { hwirq: 17, actions: "gpiolib", counts: "3,4,1,5\n" });
  expect(count.read()).toBe(13);
  count.close();
  expect(count.read()).toBeUndefined();
});

test("of two chips' lines with the same number, the one whose interrupt has just come is ours", () => {
  interrupt(58, { hwirq: 17, actions: "gpiolib", counts: "100,0,0,0\n" });
  const before = sysfsInterrupts(17, root);
  interrupt(59, { hwirq: 17, actions: "gpiolib", counts: "0,0,0,0\n" });

  expect(EdgeCount.of(17, before, root)?.read()).toBe(0);
});

test("a line that was left exported has had its interrupt before", () => {
  interrupt(58, { hwirq: 17, actions: "gpiolib", counts: "100,0,0,0\n" });

  expect(EdgeCount.of(17, sysfsInterrupts(17, root), root)?.read()).toBe(100);
});

test("an interrupt that is shared is found by one of its names", () => {
  interrupt(58, { hwirq: 17, actions: "other,gpiolib", counts: "1\n" });

  expect(EdgeCount.of(17, [], root)?.read()).toBe(1);
});

test("nobody's count is taken where it is not known whose it is", () => {
  interrupt(58, { hwirq: 17, actions: "gpiolib", counts: "100,0,0,0\n" });
  interrupt(59, { hwirq: 17, actions: "gpiolib", counts: "0,0,0,0\n" });
  const both = sysfsInterrupts(17, root);

  expect(both).toHaveLength(2);
  expect(EdgeCount.of(17, both, root)).toBeUndefined();
});

test.each(["", "many\n", "1,2", "1,,2\n", "-1\n"])("a count that reads %j is none", (counts) => {
  interrupt(58, { hwirq: 17, actions: "gpiolib", counts });

  expect(EdgeCount.of(17, [], root)).toBeUndefined();
});

test("a kernel that tells of no interrupts has none", () => {
  rmSync(root, { recursive: true });

  expect(sysfsInterrupts(17, root)).toEqual([]);
  expect(EdgeCount.of(17, [], root)).toBeUndefined();
  mkdirSync(root);
});

test("four processors' counts that pass 2³² together are taken modulo it", () => {
  interrupt(58, { hwirq: 17, actions: "gpiolib", counts: "4294967295,2,0,0\n" });

  expect(EdgeCount.of(17, [], root)?.read()).toBe(1);
});
