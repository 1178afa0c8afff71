// TOML text → its table and where everything stands in it, or every line that is not TOML. Pure.
import { TomlError, parse } from "smol-toml";
import type { Fault } from "./config.ts";
import { printable } from "./describe.ts";
import { type Places, faultAt } from "./fault.ts";
import { TomlIndex } from "./locate.ts";

export interface Syntax {
  /** The values, when the text could be read at all: with the unreadable lines set to an empty text. */
  readonly table: Readonly<Record<string, unknown>> | undefined;
  readonly places: Places;
  readonly faults: readonly Fault[];
  /** Lines in `faults`: their values say nothing. */
  readonly unreadable: ReadonlySet<number>;
}

/** Every wrong line means reading the text again: as often as this for a text of ordinary size, once for a larger one. */
const MAX_SYNTAX_FAULTS = 20;
const ORDINARY_LENGTH = 65_536;
/** Far above anything a configuration needs (a polygon nests two lists). */
const MAX_NESTING = 50;

/**
 * Reads `text` (no byte order mark needed, either line end). A wrong line of the form `key = …` is reported and read as
 * if its value were empty, so that the rest can be checked in the same run; any other wrong line ends the reading.
 */
export function readSyntax(text: string): Syntax {
  const faults: Fault[] = [];
  const unreadable = new Set<number>();
  const most = text.length > ORDINARY_LENGTH ? 1 : MAX_SYNTAX_FAULTS;
  let readable = text;
  for (;;) {
    try {
      const table = parse(readable, { maxDepth: MAX_NESTING });
      return { table, places: new TomlIndex(readable), faults, unreadable };
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const index = new TomlIndex(readable);
      const seen = unreadable.has(error.line);
      if (!seen) faults.push(syntaxFault(readable, error));
      unreadable.add(error.line);
      const mended = faults.length < most ? withoutLine(readable, error.line, index, seen) : undefined;
      if (mended === undefined) return { table: undefined, places: index, faults, unreadable };
      readable = mended;
    }
  }
}

/** `text` with the value of `line` made empty, or the whole line if that was tried; undefined if it is not one whole pair. */
function withoutLine(text: string, line: number, index: TomlIndex, tried: boolean): string | undefined {
  const statement = index.statementAt(line);
  if (statement?.kind !== "pair" || statement.line !== line) return undefined;
  const lines = text.split("\n");
  const key = /^\s*[A-Za-z0-9_.-]+\s*=/.exec(lines[line - 1]!)?.[0];
  const mended = tried || key === undefined ? "" : `${key} ""`;
  if (lines[line - 1] === mended) return undefined;
  lines[line - 1] = mended;
  return lines.join("\n");
}

function syntaxFault(text: string, error: TomlError): Fault {
  const line = text.split("\n", error.line)[error.line - 1]?.trim() ?? "";
  const message = error.message.split("\n", 1)[0]!.replace("Invalid TOML document: ", "");
  return faultAt(
    { line: error.line, column: error.column },
    {
      code: "CONFIG_SYNTAX",
      path: "",
      found: secretive(line) ? "a line that may hold a secret (not shown)" : printable(line.slice(0, 80)) || "nothing",
      expected: `a line of TOML (${printable(message.slice(0, 160))})`,
      hint: secretive(line) ? undefined : hintFor(line),
    },
  );
}

/** Lines that check must not print. */
export const secretive = (line: string): boolean =>
  /passw|secret|token|setup_code/i.test(line) && !/_file\b/.test(line);

function hintFor(line: string): string | undefined {
  if (/[“”„‘’]/.test(line)) return "use straight quotes: an editor for letters has made them curly";
  const pair = /^([A-Za-z0-9_.-]+)\s*=\s*([^"'[{#]*)/.exec(line);
  const [, key, value = ""] = pair ?? [];
  if (key === undefined) {
    const colon = /^([A-Za-z0-9_.-]+)\s*:\s*\S/.exec(line);
    return colon ? `write ${colon[1]} = …, with an equals sign` : undefined;
  }
  const word = value.trim();
  if (/^(yes|on|true)$/i.test(word)) return `write ${key} = true`;
  if (/^(no|off|false)$/i.test(word)) return `write ${key} = false`;
  if (word === "") return undefined;
  return /^[\w:/.@-]+$/.test(word) && !/^[+-]?\d+$/.test(word) ? `text needs quotes: ${key} = "${word}"` : undefined;
}
