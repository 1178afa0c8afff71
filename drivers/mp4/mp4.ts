// The library that takes MP4 apart and puts it together, loaded with the first recording that needs it.
import { createRequire } from "node:module";
import type * as Mediabunny from "mediabunny";

const require = createRequire(import.meta.url);

/**
 * mediabunny as one file: an `import` would load its two hundred modules, for twice the memory (docs/design/0002-memory.md).
 * Everybody takes it from here, so that there is one of it.
 */
export const mediabunny = (): typeof Mediabunny => require("mediabunny") as typeof Mediabunny;
