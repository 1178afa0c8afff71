// One key of the configuration: its kind, what its absence means, and what it is for. The reference page is made of these. Pure.
import type { Kind } from "./kind.ts";

/**
 * What an absent key means. required: a fault. restriction: a fault too, because leaving one out must never lift it.
 * optional: nothing is set; `otherwise` says what happens then. default: the value, as TOML has it.
 */
export type Absent =
  | { readonly is: "required" }
  | { readonly is: "restriction" }
  | { readonly is: "optional"; readonly otherwise: string }
  | { readonly is: "default"; readonly value: unknown };

export interface Field<T> {
  readonly key: string;
  readonly kind: Kind<T>;
  readonly absent: Absent;
  /** One sentence for the reference page, with the unit. */
  readonly means: string;
}

/** The fields of one table by the property of the Config they fill. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What reading `F` yields: undefined where a value is absent or faulty. */
export type Values<F extends Fields> = {
  -readonly [P in keyof F]: F[P] extends Field<infer T> ? T | undefined : never;
};

export const required = <T>(key: string, kind: Kind<T>, means: string): Field<T> => ({
  key,
  kind,
  means,
  absent: { is: "required" },
});

export const restriction = <T>(key: string, kind: Kind<T>, means: string): Field<T> => ({
  key,
  kind,
  means,
  absent: { is: "restriction" },
});

export const optional = <T>(key: string, kind: Kind<T>, otherwise: string, means: string): Field<T> => ({
  key,
  kind,
  means,
  absent: { is: "optional", otherwise },
});

/** `value` is given as TOML has it ("5s", not 5000). */
export const defaulted = <T>(key: string, kind: Kind<T>, value: unknown, means: string): Field<T> => ({
  key,
  kind,
  means,
  absent: { is: "default", value },
});

/** The values of one table as TOML has them; what is undefined is left out. */
export function writeFields(fields: Fields, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const table: Record<string, unknown> = {};
  for (const [property, { key, kind }] of Object.entries(fields))
    if (values[property] !== undefined) table[key] = kind.write(values[property]);
  return table;
}
