// TypeScript → JavaScript with every line and column where it was: types become blanks, comments stay, imports end in .js. Pure but for Node's own stripper.
import { stripTypeScriptTypes } from "node:module";

/** A relative import, or the file of a worker: what ends in .ts and begins with a dot, between quotes. */
const SPECIFIER = /(["'])(\.{1,2}\/[^"'\n]*)\.ts\1/g;

/**
 * The source as an owner may read it on the device, and as Node runs it there without its own stripper, which would cost
 * each process 30 MB and half a second on a PC.
 *
 * @throws SyntaxError for what Node could not strip either.
 */
export const strip = (source: string): string =>
  stripTypeScriptTypes(source).replace(SPECIFIER, (_, quote: string, path: string) => `${quote}${path}.js${quote}`);
