// JavaScript without a character beyond Latin-1, and the same for whoever runs it. Pure.

/**
 * V8 keeps the text of what it has loaded: in one byte a character, unless a single one of them, a dash in a comment, needs two.
 * For mediabunny's one file that is 1.6 MB of a recorder's memory. Escapes are the same in strings, patterns and names; a file
 * that looks at its own raw text stays as it is.
 */
export const narrow = (source: string): string =>
  source.includes("String.raw")
    ? source
    : source
        .replace(/^\ufeff/, "")
        .replace(/[\u0100-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
