// A kind of value: what it accepts in words, how it is read from TOML or JSON, and how it is written back. Pure.
import type { ConfigErrorCode, Steps } from "./fault.ts";

/** Why a value is refused. What is left out is filled in from the kind and the value. */
export interface Refusal {
  readonly code?: ConfigErrorCode;
  readonly found?: string;
  readonly expected?: string;
  readonly hint?: string;
  /** Where inside the value, when it is a list. */
  readonly within?: Steps;
}

export type Reading<T> = { readonly value: T } | { readonly refusals: readonly Refusal[] };

export interface Kind<T> {
  /** Ends the sentence "expected …": `a whole number from 1 to 60`. */
  readonly expected: string;
  /** `written` is the value as it stands in the file, when there is one. Never throws. */
  read(value: unknown, written?: string): Reading<T>;
  /** The value as TOML or JSON has it: what `read` reads back to the same. */
  write(value: T): unknown;
}

export const read = <T>(value: T): Reading<T> => ({ value });
export const refuse = (refusal: Refusal = {}): Reading<never> => ({ refusals: [refusal] });

/** true or false. */
export const switchKind: Kind<boolean> = {
  expected: "true or false, without quotes",
  read(value) {
    if (typeof value === "boolean") return read(value);
    const meant = typeof value === "string" ? /^(true|false)$/i.exec(value)?.[0].toLowerCase() : undefined;
    return refuse(meant === undefined ? {} : { hint: `write it without quotes: ${meant}` });
  },
  write: (value) => value,
};

/** One of a few words. */
export function wordKind<const W extends string>(words: readonly W[]): Kind<W> {
  const list = words.map((word) => `"${word}"`).join(words.length === 2 ? " or " : ", ");
  return {
    expected: words.length === 2 ? list : `one of ${list}`,
    read(value) {
      const word = words.find((known) => known === value);
      if (word !== undefined) return read(word);
      const near = typeof value === "string" ? words.find((known) => known === value.trim().toLowerCase()) : undefined;
      return refuse(near === undefined ? {} : { hint: `did you mean "${near}"?` });
    },
    write: (value) => value,
  };
}

/** A number within bounds, both included. `unit` is for the reader ("pixels"). */
export function numberKind({ min, max, whole, even, unit }: NumberBounds): Kind<number> {
  const what = even ? "an even whole number" : whole ? "a whole number" : "a number";
  const expected = `${what}${unit ? ` of ${unit}` : ""} from ${min} to ${max}`;
  return {
    expected,
    read(value) {
      if (typeof value === "string" && /^[+-]?\d+(\.\d+)?$/.test(value))
        return refuse({ hint: "write it without quotes" });
      const fits =
        typeof value === "number" &&
        value >= min &&
        value <= max &&
        (!whole || Number.isInteger(value)) &&
        (!even || value % 2 === 0);
      // Adding 0 turns -0 into 0: they are equal, but not to everything that compares.
      return fits ? read(value + 0) : refuse();
    },
    write: (value) => value,
  };
}

interface NumberBounds {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  readonly even?: boolean;
  readonly unit?: string;
}

/** One of a few numbers. */
export function choiceKind<const N extends number>(numbers: readonly N[]): Kind<N> {
  return {
    expected: numbers.join(" or "),
    read(value) {
      const number = numbers.find((known) => known === value);
      return number === undefined ? refuse() : read(number);
    },
    write: (value) => value,
  };
}

/** `word`, or else a value of `kind`. */
export function wordOrKind<const W extends string, T>(word: W, kind: Kind<T>): Kind<W | T> {
  return {
    expected: `${kind.expected}, or "${word}"`,
    read: (value, written) => (value === word ? read(word) : kind.read(value, written)),
    write: (value) => (value === word ? word : kind.write(value as T)),
  };
}
