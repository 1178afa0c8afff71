// Text → a complete, validated, frozen Config, or every fault at once (DESIGN §6). Pure: reads no file but the text it is given.
import type { Config, Fault } from "./config.ts";
import { readDocument } from "./document.ts";
import { FaultList, NOWHERE, faultAt } from "./fault.ts";
import { readSyntax } from "./syntax.ts";

/** A configuration is a few kilobytes; more is a mistake, or an attack. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

export interface ParseOptions {
  /** Allows mqtt.url = "embedded". */
  readonly demo?: boolean;
  /** Where relative paths start: the folder of the file. Left as they are without it. */
  readonly directory?: string;
}

export type Parsed = { readonly config: Config } | { readonly faults: readonly Fault[] };

/** Reads a configuration. Never throws, whatever `text` holds; `faults` is never empty. */
export function parseConfig(text: string | Uint8Array, options: ParseOptions = {}): Parsed {
  const decoded = decode(text);
  if (typeof decoded !== "string") return { faults: [decoded] };
  const { table, places, faults, unreadable } = readSyntax(decoded);
  if (!table) return { faults };
  if (Object.keys(table).length === 0 && faults.length === 0)
    return { faults: [wholeFile("CONFIG_EMPTY", "no section at all", "at least [device], [camera] and [trigger]")] };
  const list = new FaultList(places, unreadable);
  for (const fault of faults) list.push(fault);
  const config = readDocument(table, list, { demo: options.demo ?? false, directory: options.directory ?? "" });
  return config ? { config } : { faults: list.list() };
}

/** Reads values that stand in no file, as {@link import("./normalise.ts")} writes them. */
export function readTree(table: Readonly<Record<string, unknown>>, options: ParseOptions = {}): Parsed {
  const list = new FaultList(NOWHERE);
  const config = readDocument(table, list, { demo: options.demo ?? false, directory: options.directory ?? "" });
  return config ? { config } : { faults: list.list() };
}

function decode(text: string | Uint8Array): string | Fault {
  const size = typeof text === "string" ? text.length : text.byteLength;
  if (size > MAX_CONFIG_BYTES) return tooLarge(size);
  try {
    const decoded = typeof text === "string" ? text : new TextDecoder("utf-8", { fatal: true }).decode(text);
    const zero = decoded.indexOf("\0");
    return zero < 0 ? decoded : noText(decoded.slice(0, zero).split("\n").length);
  } catch {
    return notUtf8(text as Uint8Array);
  }
}

const noText = (line: number): Fault =>
  faultAt(
    { line, column: 1 },
    { code: "CONFIG_NOT_UTF8", path: "", found: "bytes that are no UTF-8 text", expected: "UTF-8 text" },
  );

/** The fault of a file of `bytes`. */
export const tooLarge = (bytes: number): Fault =>
  wholeFile("CONFIG_TOO_LARGE", `${bytes} bytes`, `at most ${MAX_CONFIG_BYTES} bytes`);

/** A fault that has no line. */
export const wholeFile = (
  code: Parameters<typeof faultAt>[1]["code"],
  found: string,
  expected: string,
  hint?: string,
): Fault => faultAt(undefined, { code, path: "", found, expected, hint });

function notUtf8(bytes: Uint8Array): Fault {
  if (bytes[0] === 0xff || bytes[0] === 0xfe) return wholeFile("CONFIG_NOT_UTF8", "UTF-16 text", "UTF-8 text");
  // Lines are tried one by one: a line feed is never part of a longer UTF-8 sequence.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return noText(line);
    }
    start = end + 1;
  }
  return wholeFile("CONFIG_NOT_UTF8", "bytes that are no UTF-8 text", "UTF-8 text");
}
