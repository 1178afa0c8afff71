// libgpiod's two dialects, as their programs speak them.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as words from "../../../drivers/gpio/gpiod-words.ts";

test.each([
  ["gpiomon (libgpiod) v1.6.3\nCopyright (C) 2017", { major: 1, text: "1.6.3" }],
  ["gpiomon (libgpiod) v2.2.1\nCopyright", { major: 2, text: "2.2.1" }],
  ["gpiomon (libgpiod) v2.1-rc1", { major: 2, text: "2.1-rc1" }],
  ["gpiomon (libgpiod) v3.0", { major: 2, text: "3.0" }],
  ["gpiomon (libgpiod) v0.3", undefined],
  ["bash: gpiomon: not found", undefined],
  ["", undefined],
])("reads the version out of %j", (output, version) => {
  expect(words.readGpiodVersion(output)).toEqual(version);
});

test.each([
  ["version 2 says that it watches", "Monitoring line 'GPIO17'...", { kind: "watching" }],
  ["version 2 tells a rise", "1 29.971156708", { kind: "edge", high: true, monotonicMs: 29_971.156708 }],
  ["version 2 tells a fall", "2 30.000000001", { kind: "edge", high: false, monotonicMs: 30_000.000001 }],
  ["version 1 tells a rise", "1 29 971156708", { kind: "edge", high: true, monotonicMs: 29_971.156708 }],
  [
    "version 1 tells a fall, its nanoseconds not padded",
    "0 30 5",
    { kind: "edge", high: false, monotonicMs: 30_000.000005 },
  ],
  ["a line cut in the middle means nothing", "1 29", undefined],
  ["an edge that is neither means nothing", "3 29.000000000", undefined],
  ["words mean nothing", "gpiomon: hello", undefined],
])("%s", (_name, line, meaning) => {
  expect(words.readMonitorLine(line)).toEqual(meaning);
});

test("whatever a program writes is read without an error", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      words.readMonitorLine(text);
      words.readGpiodVersion(text);
      words.readPlace(text);
    }),
  );
});

const PLACE = { chip: "gpiochip0", offset: 17 };
test.each([
  ["reads", words.readArguments({ gpio: 17, pull: "up" }, PLACE), "-B pull-up gpiochip0 17"],
  ["reads", words.readArguments({ gpio: 17, pull: "up" }), "--numeric -b pull-up GPIO17"],
  ["reads without touching the resistor", words.readArguments({ gpio: 4, pull: "as-is" }), "--numeric GPIO4"],
  ["watches", words.monitorArguments({ gpio: 17, pull: "none" }, PLACE), "-b -B disable -F %e %s %n gpiochip0 17"],
  [
    "watches",
    words.monitorArguments({ gpio: 17, pull: "down" }),
    "--banner -b pull-down -e both -E monotonic -F %e %S GPIO17",
  ],
  ["drives", words.driveArguments(22, true, { chip: "gpiochip0", offset: 22 }), "--mode=signal gpiochip0 22=1"],
  ["drives", words.driveArguments(22, false), "GPIO22=0"],
])("%s with the words of its version: %#", (_name, given, expected) => {
  expect(given.join(" ")).toBe(expected);
});

test("version 1 is asked for the place of a line, and names none that is not there", () => {
  expect(words.readPlace("gpiochip0 17\n")).toEqual(PLACE);
  expect(words.readPlace("")).toBeUndefined();
});

test.each([
  ["gpiomon: unable to request lines on chip /dev/gpiochip0: Device or resource busy", "GPIO_LINE_BUSY"],
  ["gpiomon: error waiting for events: Device or resource busy", "GPIO_LINE_BUSY"],
  ["gpiomon: cannot find line 'GPIO99'", "GPIO_LINE_MISSING"],
  ["gpioset: unable to open chip '/dev/gpiochip0': Permission denied", "GPIO_FORBIDDEN"],
  ["gpiomon: error reading line events: Input/output error", "GPIO_LINE_LOST"],
  ["", "GPIO_LINE_LOST"],
])("what it complains of has a code: %s", (stderr, code) => {
  expect(words.whyGpiodFailed(17, stderr, "GPIO_LINE_LOST").code).toBe(code);
});
