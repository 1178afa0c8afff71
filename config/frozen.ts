// Freezes a value all the way down, leaving out properties that are undefined. Pure.

/** A deep, frozen copy of plain objects and arrays; numbers, texts and switches are themselves. */
export function frozen<T>(value: T): T {
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => frozen(item))) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.freeze(Object.fromEntries(entries.map(([key, inner]) => [key, frozen<unknown>(inner)]))) as T;
}
