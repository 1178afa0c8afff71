// Says in words what was found in the file: the value, cut short, and its type. Never a secret. Pure.

const SHOWN_CHARACTERS = 60;

/** `15.5 (a number)`, `"fast" (text)`, `[1, 2] (a list)`. Safe to print: one line, no control characters, no secret key. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") {
    if (/AGE-SECRET-KEY/i.test(value.slice(0, 200))) return "a secret key (text, not shown)";
    return `${quoted(value)} (text)`;
  }
  if (typeof value === "boolean") return `${value} (true or false)`;
  if (typeof value === "number") return `${value} (a number)`;
  if (typeof value === "bigint") return `${value} (a number)`;
  if (value instanceof Date) return `${isoOf(value)} (a date or time)`;
  if (Array.isArray(value)) return `${listed(value)} (a list)`;
  if (typeof value === "object") return `${tabled(value)} (a table)`;
  return typeof value;
}

/** The text in double quotes, cut short, with anything a terminal could act on escaped. */
export function quoted(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return JSON.stringify(cut).replace(UNPRINTABLE, escaped);
}

/** The text with control and direction-changing characters escaped, for a terminal. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped);

// Control characters C0 and C1, line separators, and the marks that reorder text (Unicode TR 9).
// oxlint-disable-next-line no-control-regex -- finding control characters is the point
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const isoOf = (date: Date): string => (Number.isNaN(date.getTime()) ? "an impossible date" : date.toISOString());

function listed(list: readonly unknown[]): string {
  if (list.length > 4) return `${list.length} items`;
  return `[${list.map(brief).join(", ")}]`;
}

function tabled(table: object): string {
  const keys = Object.keys(table);
  return keys.length > 4 ? `${keys.length} keys` : `{ ${keys.map((key) => printable(key.slice(0, 20))).join(", ")} }`;
}

/** One level only: a hostile file may nest deeply. */
function brief(item: unknown): string {
  if (typeof item === "string") return /AGE-SECRET-KEY/i.test(item.slice(0, 200)) ? "…" : quoted(item.slice(0, 20));
  if (typeof item === "number" || typeof item === "boolean") return String(item);
  return Array.isArray(item) ? "[…]" : "{…}";
}
