// What may stand behind an option or argument, for commander: the text as it was if it will do, a usage error if not. Pure.
import { InvalidArgumentError } from "commander";

/** A whole number in digits, from `least` to `most`. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): string => {
    if (/^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most) return text;
    throw new InvalidArgumentError(`It is a number from ${least} to ${most}.`);
  };

/** One of `words`: for lists that are too long to stand in a help. */
export const oneOf =
  (words: readonly string[]) =>
  (text: string): string => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`There are ${words.join(", ")}.`);
  };
