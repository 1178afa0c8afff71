// Draws the wiring pictures: the whole header as it lies on the board, wires of one colour each, the part at the right. Pure.
import { nameOf, PIN_COUNT, type Pin } from "./header.ts";
import { OTHERS, PICTURES, PITCH, type Terminal, type WiringPicture } from "./pictures.ts";

const WIDTH = 760;
const ROW = 23;
const TOP = 86;
const LEFT = 176;
const COLUMN = 26;
const PART_X = 500;
const HEIGHT = TOP + 20 * ROW + 40;

const row = (pin: Pin): number => Math.floor((pin - 1) / 2);
const isLeft = (pin: Pin): boolean => pin % 2 === 1;
const x = (pin: Pin): number => (isLeft(pin) ? LEFT : LEFT + COLUMN);
const y = (pin: Pin): number => TOP + row(pin) * ROW;

/** Red for power, black for ground, and a colour for each signal. */
function colours(terminals: readonly Terminal[]): string[] {
  const signals = ["#1b6ec2", "#1f8a4c", "#b7791f"];
  let next = 0;
  return terminals.map(({ pin }) => {
    const name = nameOf(pin);
    if (name === "GND") return "#111";
    return name.startsWith("GPIO") ? signals[next++ % signals.length]! : "#c9302c";
  });
}

/** `used`: the colour of each pin that a wire leads to. */
function header(used: ReadonlyMap<Pin, string>): string {
  const pins = Array.from({ length: PIN_COUNT }, (_, index) => {
    const pin = index + 1;
    const colour = used.get(pin);
    const at = `cx="${x(pin)}" cy="${y(pin)}"`;
    const shape =
      pin === 1
        ? `<rect x="${x(pin) - 9}" y="${y(pin) - 9}" width="18" height="18" fill="${colour ?? "#d8c06a"}" stroke="#fff" stroke-width="${colour ? 2 : 0}"/>`
        : `<circle ${at} r="9" fill="${colour ?? "#d8c06a"}" stroke="#fff" stroke-width="${colour ? 2 : 0}"/>`;
    return `${shape}<text x="${x(pin)}" y="${y(pin) + 3.5}" text-anchor="middle" font-size="10" font-weight="${colour ? "bold" : "normal"}" fill="${colour ? "#fff" : "#333"}">${pin}</text>`;
  });
  return `<path d="M20 ${TOP - 40} H${LEFT + COLUMN + 30} V${HEIGHT - 14} H20" fill="#2e7d4f"/>
<path d="M20 ${TOP - 40} H${LEFT + COLUMN + 30} V${HEIGHT - 14}" fill="none" stroke="#1b4d31" stroke-width="2"/>
<circle cx="${LEFT + 13}" cy="${TOP - 25}" r="8" fill="#fff" stroke="#d8c06a" stroke-width="3"/>
<text x="28" y="${TOP - 22}" fill="#fff" font-size="12">the end with the card</text>
<text x="28" y="${HEIGHT - 22}" fill="#fff" font-size="12">Raspberry Pi, from above</text>
<rect x="${LEFT - 15}" y="${TOP - 14}" width="${COLUMN + 30}" height="${19 * ROW + 28}" rx="4" fill="#1a1a1a"/>
${pins.join("\n")}`;
}

/** The name of a pin, on its own side of the header. */
function tag(pin: Pin, text: string, used: ReadonlyMap<Pin, string>): string {
  if (isLeft(pin))
    return `<text x="${LEFT - 22}" y="${y(pin) + 5}" text-anchor="end" font-weight="bold" fill="#fff">${text}</text>`;
  // Above its wire, unless the wire of the pin to the left and above runs there.
  const beside = used.has(pin - 3) ? 17 : -5;
  return `<text x="${LEFT + COLUMN + 38}" y="${y(pin) + beside}" font-weight="bold" ${HALO}>${text}</text>`;
}
const HALO = 'paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round"';

/** A wire leaves the right column straight, and the left one through the gap below its row; later wires turn further out. */
function wire(from: Pin, toX: number, toY: number, turnX: number, colour: string): string {
  const gap = y(from) + ROW / 2;
  const start = isLeft(from)
    ? `M${x(from) + 6} ${y(from) + 6} L${x(from) + 13} ${gap} H${turnX}`
    : `M${x(from) + 9} ${y(from)} H${turnX}`;
  const path = `${start} V${toY} H${toX}`;
  return `<path d="${path}" fill="none" stroke="#fff" stroke-width="7" stroke-linejoin="round"/><path d="${path}" fill="none" stroke="${colour}" stroke-width="4" stroke-linejoin="round"/>`;
}

/** Which wire turns where, so that none crosses another: those that go up turn the later the lower they start; down, the reverse. */
function turns(terminals: readonly Terminal[], partY: number): number[] {
  const rising = terminals.map(({ pin }, index) => y(pin) + (isLeft(pin) ? ROW / 2 : 0) > partY + index * PITCH);
  return terminals.map((_, index) => (rising[index] ? 330 + index * 16 : 330 + (terminals.length - 1 - index) * 16));
}

const page = (title: string, description: string, body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t d" font-family="sans-serif" font-size="14">
<title id="t">${title}</title>
<desc id="d">${description}</desc>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="20" y="30" font-size="19" font-weight="bold">${title}</text>
${body}
</svg>
`;

/** In words, for whoever cannot see the picture. */
export const describe = (terminals: readonly Terminal[]): string =>
  terminals.map(({ label, pin }) => `${label} to pin ${pin} (${nameOf(pin)})`).join(", ");

export function drawPicture({ title, notes, terminals, part }: WiringPicture): string {
  const colour = colours(terminals);
  const used = new Map(terminals.map(({ pin }, index) => [pin, colour[index]!]));
  const partY = TOP + 90;
  const turn = turns(terminals, partY);
  const wires = terminals.map(({ pin }, index) =>
    wire(pin, PART_X, partY + index * PITCH, turn[index]!, colour[index]!),
  );
  const labels = terminals.map(
    ({ label }, index) =>
      `<text x="${PART_X - 8}" y="${partY + index * PITCH - 7}" text-anchor="end" font-weight="bold" ${HALO}>${label}</text>`,
  );
  const tags = terminals.map(({ pin }) => tag(pin, nameOf(pin), used));
  const words = notes.map(
    (note, line) =>
      `<text x="${WIDTH - 20}" y="${HEIGHT - 20 - (notes.length - 1 - line) * 20}" text-anchor="end">${note}</text>`,
  );
  const body = [
    header(used),
    ...wires,
    `<g transform="translate(${PART_X} ${partY})">${part}</g>`,
    ...labels,
    ...tags,
    ...words,
  ];
  return page(title, `${describe(terminals)}.`, body.join("\n"));
}

/** All of it on one header: what goes to which pin. The two sensors are alternatives. */
export function drawOverview(): string {
  const all = [
    ...PICTURES.flatMap(({ title, terminals }) =>
      terminals.map((one) => ({ ...one, what: title.replace(" motion sensor", "") })),
    ),
    ...OTHERS,
  ];
  const by = new Map<Pin, string[]>();
  for (const { pin, what } of all) by.set(pin, [...(by.get(pin) ?? []), what]);
  const entries = [...by].sort(([a], [b]) => a - b);
  const palette = (pin: Pin): string => {
    const name = nameOf(pin);
    return name === "GND" ? "#111" : name.startsWith("GPIO") ? "#1b6ec2" : "#c9302c";
  };
  const used = new Map(entries.map(([pin]) => [pin, palette(pin)]));
  const lines = entries.map(([pin, whats]) => {
    const text = `${pin} · ${nameOf(pin)} · ${[...new Set(whats)].join(" or ")}`;
    const textX = LEFT + COLUMN + (isLeft(pin) ? 296 : 44);
    const from = isLeft(pin)
      ? `M${x(pin) + 6} ${y(pin) + 6} L${x(pin) + 13} ${y(pin) + ROW / 2} H${textX - 6}`
      : `M${x(pin) + 9} ${y(pin)} H${textX - 6}`;
    const height = isLeft(pin) ? y(pin) + ROW / 2 : y(pin);
    return `<path d="${from}" fill="none" stroke="#aaa"/><text x="${textX}" y="${height + 4}" font-size="12" ${HALO}>${text}</text>`;
  });
  return page(
    "Everything, on one header",
    `${entries.map(([pin, whats]) => `Pin ${pin} (${nameOf(pin)}): ${whats.join(", ")}`).join("; ")}.`,
    [header(used), ...lines].join("\n"),
  );
}

/** File name below docs/guide → its text. */
export const wiringPictures = (): ReadonlyMap<string, string> =>
  new Map([
    ...PICTURES.map((picture) => [`wiring-${picture.name}.svg`, drawPicture(picture)] as const),
    ["wiring-header.svg", drawOverview()] as const,
  ]);
