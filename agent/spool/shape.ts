// Closed shapes for JSON that somebody else wrote: nothing missing, nothing extra, nothing of another type. Pure.

export type Check<T> = (value: unknown) => value is T;

/** A field that may be absent, but not undefined or null. */
export interface Optional<T> {
  readonly optional: Check<T>;
}

/** One check for every field of T, and none for anything else. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Pick<T, K> extends Required<Pick<T, K>> ? Check<T[K]> : Optional<Exclude<T[K], undefined>>;
};

/** A field that may be left out. */
export const optional = <T>(check: Check<T>): Optional<T> => ({ optional: check });

/** Text of at most `max` UTF-16 units, without lone surrogates, matching the whole of `pattern`. */
export const text =
  (max: number, pattern?: RegExp): Check<string> =>
  (value): value is string =>
    typeof value === "string" && value.length <= max && value.isWellFormed() && (pattern?.test(value) ?? true);

/** A whole number, both ends inclusive. */
export const integer =
  (min: number, max: number): Check<number> =>
  (value): value is number =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;

/** A number with a fraction, both ends inclusive. */
export const number =
  (min: number, max: number): Check<number> =>
  (value): value is number =>
    typeof value === "number" && value >= min && value <= max;

/** true or false, and nothing like them. */
export const boolean: Check<boolean> = (value) => typeof value === "boolean";

/** One of these values. */
export const oneOf =
  <const T extends string | number>(...values: readonly T[]): Check<T> =>
  (value): value is T =>
    values.includes(value as T);

/** A list of at most `max` such things. */
export const list =
  <T>(max: number, check: Check<T>): Check<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.length <= max && value.every(check);

/** The one or the other. */
export const either =
  <A, B>(a: Check<A>, b: Check<B>): Check<A | B> =>
  (value): value is A | B =>
    a(value) || b(value);

/** An object with exactly these fields. */
export const closed =
  <T>(fields: Fields<T>): Check<T> =>
  (value): value is T => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const given = value as Record<string, unknown>;
    const known = fields as Record<string, Check<unknown> | Optional<unknown>>;
    return (
      Object.keys(given).every((key) => Object.hasOwn(known, key)) &&
      Object.entries(known).every(([key, check]) =>
        typeof check === "function"
          ? Object.hasOwn(given, key) && check(given[key])
          : !Object.hasOwn(given, key) || check.optional(given[key]),
      )
    );
  };

/** A lower-case ULID: 26 characters, sorts by time. */
export const ulid = text(26, /^[0-7][0-9a-hjkmnp-tv-z]{25}$/);

/** Lower-case hex of a SHA-256. */
export const sha256 = text(64, /^[0-9a-f]{64}$/);

/** One topic level of ours (docs/spec/wire.md §1): a device, a recipient. */
export const level = text(40, /^[a-z0-9_-]{1,40}$/);

const RFC3339 = text(40, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/);

/** RFC 3339, and a day that exists: JavaScript's own parser makes 2 March of 30 February. */
export const instant: Check<string> = (value): value is string =>
  RFC3339(value) && !Number.isNaN(Date.parse(value)) && isDay(value.slice(0, 10));

const isDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

/** `bytes` as JSON, or undefined when they are not UTF-8 or not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
