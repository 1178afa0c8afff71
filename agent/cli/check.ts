// `doorstep check FILE`: every fault with its line and the way out, or in plain words what a valid file permits.
import { basename } from "node:path";
import type { Config, Fault } from "../../config/config.ts";
import { printable } from "../../config/describe.ts";
import { CONFIG_FAULTS } from "../../config/fault.ts";
import { normalise } from "../../config/normalise.ts";
import { parseConfigAt, readConfigBytes } from "../../config/read.ts";
import { summaryOf } from "../../config/summary.ts";
import { secretive } from "../../config/syntax.ts";
import { type Warning, warningsOf } from "../../config/warnings.ts";
import type { Clock } from "../../drivers/clock/clock.ts";

export interface CheckResult {
  /** For people: lines that end in a line feed. */
  readonly output: string;
  /** For programs: one object, the same shape whether valid or not. */
  readonly json: CheckReport;
  /** 0 valid, 1 invalid. */
  readonly exitCode: 0 | 1;
}

export interface CheckReport {
  readonly valid: boolean;
  readonly file: string;
  readonly faults: readonly (Fault & { readonly remedy: string })[];
  readonly warnings: readonly Warning[];
  /** Only of a valid file. */
  readonly sha256?: string;
  readonly timezone?: string;
  /** "2026-11-22 13:00", in `timezone`. */
  readonly local_time?: string;
  readonly summary?: readonly { readonly title: string; readonly text: string }[];
}

/** Widest line of the file that is shown; a longer one is cut around the fault. */
const SHOWN_COLUMNS = 96;
const TITLE_COLUMNS = 11;

/** Reads the file at `path` and says what it means. `clock` tells the local time. Never throws. */
export async function checkFile(path: string, clock: Pick<Clock, "wall">): Promise<CheckResult> {
  const bytes = await readConfigBytes(path);
  if (!(bytes instanceof Uint8Array)) return refused(path, [bytes], "");
  const parsed = parseConfigAt(path, bytes);
  if ("faults" in parsed) return refused(path, parsed.faults, new TextDecoder().decode(bytes));
  return accepted(path, parsed.config, clock);
}

function refused(path: string, faults: readonly Fault[], text: string): CheckResult {
  const named = faults.map((fault) => ({ ...fault, remedy: remedyOf(fault) }));
  const lines = text.split("\n", 1 + Math.max(0, ...faults.map(({ line }) => line ?? 0)));
  const count = faults.length === 1 ? "1 thing is" : `${faults.length} things are`;
  const shown = named.map((fault) => faultText(fault, lines[(fault.line ?? 0) - 1]));
  return {
    output: [`${printable(path)}: not valid; ${count} to be mended\n`, ...shown].join("\n"),
    json: { valid: false, file: path, faults: named, warnings: [] },
    exitCode: 1,
  };
}

const remedyOf = ({ code }: Fault): string =>
  code in CONFIG_FAULTS ? CONFIG_FAULTS[code as keyof typeof CONFIG_FAULTS] : "";

function faultText(fault: CheckReport["faults"][number], line: string | undefined): string {
  const { code, path, found, expected, hint, remedy } = fault;
  const place = fault.line === undefined ? "whole file" : `line ${fault.line}`;
  const rows = [
    path === "" ? place : `${place}: ${path}`,
    ...(fault.line !== undefined && line !== undefined ? excerpt(fault.line, fault.column ?? 1, line) : []),
    `    found     ${found}`,
    `    expected  ${expected}`,
    ...(hint === undefined ? [] : [`    hint      ${hint}`]),
    `    ${code}: ${remedy}`,
  ];
  return `${rows.join("\n")}\n`;
}

/** The line with a caret below the fault. A line that may hold a secret is not repeated on a screen or in a log. */
function excerpt(number: number, column: number, line: string): readonly string[] {
  const gutter = `    ${number} | `;
  if (secretive(line) || /AGE-SECRET-KEY|PRIVATE KEY/i.test(line) || /:\/\/[^/\s"']*@/.test(line))
    return [`${gutter}(not shown: it may hold a secret)`];
  const start = Math.max(0, Math.min(column - 1 - SHOWN_COLUMNS / 2, line.length - SHOWN_COLUMNS));
  const visible = (from: number, to: number): string =>
    printable(line.slice(from, to).replaceAll("\t", " ").replace("\r", ""));
  const before = visible(start, column - 1);
  return [
    `${gutter}${visible(start, start + SHOWN_COLUMNS).trimEnd()}`,
    `${" ".repeat(gutter.length + before.length)}^`,
  ];
}

function accepted(path: string, config: Config, clock: Pick<Clock, "wall">): CheckResult {
  const { timezone } = config.device;
  const localTime = localTimeOf(clock.wall(), timezone);
  const warnings = warningsOf(config, localTime.slice(0, 10));
  const summary = [
    { title: "Device", text: `${config.device.name}; in ${timezone} it is now ${localTime}` },
    ...summaryOf(config),
  ];
  const row = ({ title, text }: { title: string; text: string }): string =>
    `  ${title.padEnd(TITLE_COLUMNS)} ${wrapped(printable(text), TITLE_COLUMNS + 3)}`;
  const output = [
    `${printable(basename(path))}: valid\n`,
    ...summary.map(row),
    ...(warnings.length ? [`\nWorth knowing`, ...warnings.map(warningText)] : []),
    "",
  ].join("\n");
  return {
    output,
    json: {
      valid: true,
      file: path,
      faults: [],
      warnings,
      sha256: normalise(config).sha256,
      timezone,
      local_time: localTime,
      summary,
    },
    exitCode: 0,
  };
}

const warningText = ({ path, line, text }: Warning): string =>
  `  ! ${wrapped(printable(`${line === undefined ? "" : `line ${line}, `}${path}: ${text}`), 4)}`;

/** Broken at spaces so that no row is wider than a terminal; rows after the first begin `indent` columns in. */
function wrapped(text: string, indent: number): string {
  const rows: string[] = [];
  for (const word of text.split(" ")) {
    const row = rows.at(-1);
    if (row === undefined || indent + row.length + 1 + word.length > SHOWN_COLUMNS) rows.push(word);
    else rows[rows.length - 1] = `${row} ${word}`;
  }
  return rows.join(`\n${" ".repeat(indent)}`);
}

/** "2026-11-22 13:00". */
function localTimeOf(at: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short", timeStyle: "short" });
  return format.format(at);
}
