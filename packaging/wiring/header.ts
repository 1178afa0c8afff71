// The Raspberry Pi's header of forty pins, the same on every model since the B+: what each pin is. Pure.

/** As the documentation of Raspberry Pi names them; 27 and 28 are kept for add-on boards. */
const PINS = [
  ["3V3", "5V"],
  ["GPIO2", "5V"],
  ["GPIO3", "GND"],
  ["GPIO4", "GPIO14"],
  ["GND", "GPIO15"],
  ["GPIO17", "GPIO18"],
  ["GPIO27", "GND"],
  ["GPIO22", "GPIO23"],
  ["3V3", "GPIO24"],
  ["GPIO10", "GND"],
  ["GPIO9", "GPIO25"],
  ["GPIO11", "GPIO8"],
  ["GND", "GPIO7"],
  ["ID_SD", "ID_SC"],
  ["GPIO5", "GND"],
  ["GPIO6", "GPIO12"],
  ["GPIO13", "GND"],
  ["GPIO19", "GPIO16"],
  ["GPIO26", "GPIO20"],
  ["GND", "GPIO21"],
].flat();

/** 1 to 40, as printed on the board's own drawing. */
export type Pin = number;

/** "GND", "3V3", "5V" or the BCM line, "GPIO17". */
export const nameOf = (pin: Pin): string => PINS[pin - 1]!;

export const PIN_COUNT = PINS.length;
