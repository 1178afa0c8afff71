// JSON with one spelling: sorted keys, no white space, numbers and strings as ECMAScript writes them (a subset of RFC 8785). Pure.
// docs/spec/ledger.md §2 is normative.

/**
 * The canonical text of `value`. Properties that are undefined are left out, as JSON has it.
 *
 * @throws TypeError for what JSON cannot say (NaN, Infinity, functions): always a fault of the caller.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) return canonicalObject(value as Record<string, unknown>);
  const says = typeof value === "number" ? Number.isFinite(value) : SCALARS.has(typeof value) || value === null;
  if (!says) throw new TypeError(`${String(value)} has no JSON`);
  return JSON.stringify(value);
}

const SCALARS: ReadonlySet<string> = new Set(["string", "boolean"]);

function canonicalObject(value: Record<string, unknown>): string {
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(",")}}`;
}
