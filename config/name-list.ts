// "all", or a list of names: which triggers, which zones, which channels. Pure.
import { describe } from "./describe.ts";
import { type Kind, type Refusal, read, refuse } from "./kind.ts";
import { nearest } from "./nearest.ts";

const MAX_NAMES = 64;

/** A list of some of `words`, read in their order and without repetitions. An empty list only if `empty`. */
export function wordsKind<const W extends string>(words: readonly W[], empty: boolean): Kind<readonly W[]> {
  const list = words.map((word) => `"${word}"`).join(", ");
  return {
    expected: `a list of any of ${list}`,
    read(value) {
      if (typeof value === "string" && words.includes(value as W))
        return refuse({ hint: `write a list: ["${value}"]` });
      if (!Array.isArray(value) || value.length > MAX_NAMES) return refuse();
      const refusals = value.flatMap((item: unknown, index): Refusal[] => {
        if (words.includes(item as W)) return [];
        const near = typeof item === "string" ? nearest(item, words) : undefined;
        return [
          {
            within: [index],
            found: describe(item),
            expected: `one of ${list}`,
            ...(near !== undefined && { hint: `did you mean "${near}"?` }),
          },
        ];
      });
      if (refusals.length) return { refusals };
      if (value.length === 0 && !empty) return refuse({ found: "an empty list" });
      return read(words.filter((word) => value.includes(word)));
    },
    write: (value) => [...value],
  };
}

/** A list of at least one name, whatever they are; read sorted and without repetitions. */
export const namesKind: Kind<readonly string[]> = {
  expected: 'a list of names such as ["path"]',
  read(value) {
    if (typeof value === "string") return refuse({ hint: `write a list: [${JSON.stringify(value.slice(0, 40))}]` });
    if (!Array.isArray(value) || value.length > MAX_NAMES) return refuse();
    if (value.length === 0) return refuse({ found: "an empty list" });
    const names = value.filter((name) => typeof name === "string");
    return names.length === value.length ? read([...new Set(names)].sort()) : refuse();
  },
  write: (value) => [...value],
};
