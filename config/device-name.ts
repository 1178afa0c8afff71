// Names that become one level of a topic: the device's and the recipients'. Also plain names and texts. Pure.
import type { Kind } from "./kind.ts";
import { read, refuse } from "./kind.ts";

/** Levels below doorstep/{device}/ that are Doorstep's own (DESIGN §9). */
export const RESERVED_NAMES = ["status", "command", "request", "approval", "selftest"] as const;

/** `text` if it is 1–40 of a–z, 0–9, _ and -; otherwise undefined. */
export const parseTopicLevel = (text: string): string | undefined =>
  /^[a-z0-9_-]{1,40}$/.test(text) ? text : undefined;

/** One topic level. Suggests what could be made of a name that is not. */
export const topicLevelKind: Kind<string> = {
  expected: "1 to 40 of the characters a-z, 0-9, _ and -",
  read(value) {
    const level = typeof value === "string" ? parseTopicLevel(value) : undefined;
    if (level !== undefined) return read(level);
    const near = typeof value === "string" ? levelLike(value) : undefined;
    return refuse(near === undefined ? {} : { hint: `"${near}" would do` });
  },
  write: (name) => name,
};

/** Any one line of 1 to `max` characters, for people to read: the name of an area, a contact. */
export function lineKind(max: number): Kind<string> {
  return {
    expected: `one line of 1 to ${max} characters`,
    read(value) {
      if (typeof value !== "string" || value.trim() === "" || value.length > max || UNPRINTABLE.test(value))
        return refuse();
      return value.isWellFormed() ? read(value) : refuse();
    },
    write: (text) => text,
  };
}

// Control characters, line separators and marks that reorder what follows (Unicode TR 9).
// oxlint-disable-next-line no-control-regex -- refusing control characters is the point
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

function levelLike(text: string): string | undefined {
  const level = text
    .slice(0, 100)
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return parseTopicLevel(level);
}
