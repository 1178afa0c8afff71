// Who holds which line, in the words of both versions of gpioinfo.
import { expect, test } from "vitest";
import { readGpioInfo } from "../../../drivers/gpio/line-survey.ts";

const VERSION_1 = `gpiochip0 - 54 lines:
	line   0:     "ID_SDA"       unused   input  active-high 
	line  17:     "GPIO17"    "gpiomon"   input  active-high [used pull-down]
	line  22:     "GPIO22"      "sysfs"  output  active-high [used]
	line  45:      unnamed       unused   input  active-high 
`;
const VERSION_2 = `gpiochip0 - 54 lines:
	line   0:	"ID_SDA"        	input
	line  17:	"GPIO17"        	input edges=both event-clock=monotonic consumer="gpiomon"
	line  22:	"GPIO22"        	output consumer="sysfs"
	line  45:	unnamed         	input
`;

test.each([
  ["1", VERSION_1],
  ["2", VERSION_2],
])("reads what gpioinfo of version %s says", (_version, output) => {
  expect(readGpioInfo(output)).toEqual([
    { name: "ID_SDA", direction: "input" },
    { name: "GPIO17", direction: "input", holder: "gpiomon" },
    { name: "GPIO22", direction: "output", holder: "sysfs" },
  ]);
});

test("what is not a line of gpioinfo's means nothing", () => {
  expect(readGpioInfo("gpioinfo: error\n\nline 3\n")).toEqual([]);
});
