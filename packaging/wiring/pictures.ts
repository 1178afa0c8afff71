// What is wired to which pin: one entry a picture, in the order of the guide. Pure.
import type { Pin } from "./header.ts";

/** A terminal of a part, at this height of its drawing, and the pin that its wire leads to. */
export interface Terminal {
  readonly label: string;
  readonly pin: Pin;
}

export interface WiringPicture {
  /** docs/guide/wiring-NAME.svg. */
  readonly name: string;
  readonly title: string;
  /** Under the part. */
  readonly notes: readonly string[];
  /** From top to bottom, in the order in which their wires leave the header, so that none cross: of a row, the right pin first. */
  readonly terminals: readonly Terminal[];
  /** SVG of the part, right of its terminals: 0,0 is the first terminal, terminals are {@link PITCH} apart. */
  readonly part: string;
}

/** Pixels between two terminals of a part. */
export const PITCH = 48;

const board = (width: number, height: number, colour: string): string =>
  `<rect x="0" y="-28" width="${width}" height="${height}" rx="8" fill="${colour}"/>`;
const pad = (count: number): string =>
  Array.from(
    { length: count },
    (_, row) => `<circle cx="12" cy="${row * PITCH}" r="5" fill="#d8c06a" stroke="#222"/>`,
  ).join("");

const HC_SR501 = `${board(190, 152, "#1d6fa5")}${pad(3)}
<circle cx="118" cy="48" r="50" fill="#f4f4f0" stroke="#bbb"/><circle cx="118" cy="48" r="34" fill="none" stroke="#ccc"/>
<circle cx="118" cy="48" r="16" fill="none" stroke="#ccc"/>
<rect x="150" y="-22" width="32" height="12" rx="2" fill="#e8a33d"/><rect x="108" y="-22" width="32" height="12" rx="2" fill="#e8a33d"/>`;
const AM312 = `${board(120, 152, "#2f6b3a")}${pad(3)}<circle cx="78" cy="48" r="32" fill="#f4f4f0" stroke="#bbb"/>
<circle cx="78" cy="48" r="18" fill="none" stroke="#ccc"/>`;
const PUSH = `<path d="M0 0 H52 M0 ${PITCH} H52 M52 0 V12 M52 ${PITCH} V36" fill="none" stroke="#222" stroke-width="3"/>
<circle cx="52" cy="14" r="4" fill="#222"/><circle cx="52" cy="34" r="4" fill="#222"/>
<path d="M64 8 V40 M64 24 H84" fill="none" stroke="#222" stroke-width="3"/>
<circle cx="122" cy="24" r="42" fill="#e6e8ea" stroke="#8a9096" stroke-width="2"/><circle cx="122" cy="24" r="24" fill="#c9302c" stroke="#8a211e" stroke-width="2"/>`;
const LED = `<path d="M0 0 H34 M106 0 H150 V8 M0 ${PITCH} H150 V40" fill="none" stroke="#222" stroke-width="3"/>
<rect x="34" y="-11" width="72" height="22" rx="9" fill="#dcc9a0" stroke="#8f7c4f"/>
<rect x="46" y="-11" width="7" height="22" fill="#e07b1f"/><rect x="59" y="-11" width="7" height="22" fill="#e07b1f"/>
<rect x="72" y="-11" width="7" height="22" fill="#7a4a21"/><rect x="91" y="-11" width="5" height="22" fill="#c9a227"/>
<path d="M134 8 H166 L150 34 Z" fill="#c9302c" stroke="#8a211e"/><path d="M132 36 H168" stroke="#222" stroke-width="4"/>
<path d="M172 10 L188 -4 M178 22 L194 8" stroke="#c9302c" stroke-width="2"/>
<text x="70" y="-20" text-anchor="middle">330 Ω, either way round</text>`;
const SWITCH = `<path d="M0 0 H70 M0 ${PITCH} H70" fill="none" stroke="#222" stroke-width="3"/>
<circle cx="74" cy="0" r="5" fill="#fff" stroke="#222" stroke-width="3"/><circle cx="74" cy="${PITCH}" r="5" fill="#fff" stroke="#222" stroke-width="3"/>
<path d="M74 ${PITCH - 6} L98 6" stroke="#222" stroke-width="4"/>
<rect x="116" y="-22" width="56" height="92" rx="8" fill="#e6e8ea" stroke="#8a9096" stroke-width="2"/>
<rect x="132" y="-8" width="24" height="64" rx="6" fill="#444"/><rect x="134" y="22" width="20" height="32" rx="4" fill="#bbb"/>`;
const MICROPHONE = `${board(150, 304, "#5b2a86")}${pad(6)}
<circle cx="96" cy="110" r="34" fill="#c9ccd1" stroke="#888"/><circle cx="96" cy="110" r="5" fill="#222"/>
<path d="M12 ${4 * PITCH} C 34 ${4 * PITCH}, 34 ${5 * PITCH}, 12 ${5 * PITCH}" fill="none" stroke="#111" stroke-width="4"/>
<text x="36" y="${5 * PITCH + 5}" fill="#fff">L/R</text>`;

export const PICTURES: readonly WiringPicture[] = [
  {
    name: "hc-sr501",
    title: "HC-SR501 motion sensor",
    notes: ["The order of its three pins differs from maker", "to maker: read what is printed beside them."],
    terminals: [
      { label: "VCC", pin: 2 },
      { label: "GND", pin: 6 },
      { label: "OUT", pin: 11 },
    ],
    part: HC_SR501,
  },
  {
    name: "am312",
    title: "AM312 motion sensor",
    notes: ["VCC goes to 3.3 V, pin 1. The order of its pins", "differs: read what is printed beside them."],
    terminals: [
      { label: "VCC (+)", pin: 1 },
      { label: "GND (−)", pin: 9 },
      { label: "OUT", pin: 11 },
    ],
    part: AM312,
  },
  {
    name: "button",
    title: "Bell push",
    notes: ["No polarity: either wire to either pin.", "Never a bell with its own transformer."],
    terminals: [
      { label: "one side", pin: 14 },
      { label: "other side", pin: 13 },
    ],
    part: PUSH,
  },
  {
    name: "light",
    title: "Light",
    notes: ["Long leg (+) to the resistor, short leg (−) to GND.", "Orange, orange, brown: 330 Ω."],
    terminals: [
      { label: "long leg", pin: 15 },
      { label: "short leg", pin: 20 },
    ],
    part: LED,
  },
  {
    name: "switch",
    title: "Privacy switch",
    notes: ["Closed: the camera may look.", "Open, or a broken wire: camera and microphone are shut."],
    terminals: [
      { label: "one side", pin: 16 },
      { label: "other side", pin: 30 },
    ],
    part: SWITCH,
  },
  {
    name: "microphone",
    title: "I2S microphone",
    notes: ["INMP441, SPH0645, ICS-43434.", "Join L/R (SEL) to GND at the microphone itself."],
    terminals: [
      { label: "SCK (BCLK)", pin: 12 },
      { label: "VDD (3V)", pin: 17 },
      { label: "WS (LRCL)", pin: 35 },
      { label: "SD (DOUT)", pin: 38 },
      { label: "GND", pin: 39 },
    ],
    part: MICROPHONE,
  },
];

/** What else is wired, without a picture of its own. */
export const OTHERS: readonly (Terminal & { readonly what: string })[] = [
  { what: "objection button", label: "one side", pin: 18 },
  { what: "objection button", label: "other side", pin: 34 },
  { what: "chime relay", label: "IN", pin: 22 },
  { what: "chime relay", label: "VCC", pin: 4 },
  { what: "chime relay", label: "GND", pin: 25 },
];
