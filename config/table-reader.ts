// Takes the keys out of one table by their kinds, and reports what is missing, wrong or unknown. Pure.
import { describe } from "./describe.ts";
import type { ConfigErrorCode, FaultList, Finding, Steps } from "./fault.ts";
import type { Field, Fields, Values } from "./field.ts";
import type { Kind, Refusal } from "./kind.ts";
import { mayBeSecret, mistakeIn } from "./mistakes.ts";
import { nearest } from "./nearest.ts";
import { printable } from "./describe.ts";

/** What all tables of one file share. */
export interface Report {
  readonly faults: FaultList;
  /** Line of each key by its path: what becomes Config.lines. */
  readonly lines: Record<string, number>;
  /** Which tables have a key of this name, for keys that stand in the wrong one. */
  readonly tablesWith: (key: string) => readonly string[];
  /** Relative paths are below it; "" leaves them as they are. */
  readonly directory: string;
}

export type Table = Readonly<Record<string, unknown>>;

interface Position {
  readonly report: Report;
  readonly steps: Steps;
  /** As the reader sees it: "recipient.anna". */
  readonly path: string;
  /** As the reference page has it: "recipient". */
  readonly name: string;
}

interface Detail {
  readonly found?: string;
  readonly expected: string;
  readonly hint?: string | undefined;
  readonly on?: "key" | "value";
}

export class TableReader {
  /** False if the file does not have this table, or has something else in its place. */
  readonly present: boolean;
  readonly path: string;
  readonly #position: Position;
  readonly #table: Table;
  readonly #known = new Set<string>();
  /** Something else stands in the table's place: it has been reported, and nothing is missing from it. */
  readonly #broken: boolean;

  constructor(value: unknown, position: Position) {
    this.#position = position;
    this.path = position.path;
    const table = isTable(value) ? value : undefined;
    this.present = table !== undefined;
    this.#table = table ?? {};
    this.#broken = value !== undefined && !table;
    if (this.present) this.#remember(position.path, position.steps);
    if (this.#broken)
      this.#add("CONFIG_TABLE_EXPECTED", undefined, {
        found: describe(value),
        expected: `a section [${position.name}]`,
        hint: shapeOf(position.name, value),
      });
  }

  /** Everything `fields` names. Undefined where a value is absent without a default, or faulty. */
  fields<F extends Fields>(fields: F): Values<F> {
    const values: Record<string, unknown> = {};
    for (const [property, field] of Object.entries(fields)) values[property] = this.one(field);
    return values as Values<F>;
  }

  one<T>({ key, kind, absent }: Field<T>): T | undefined {
    const value = this.raw(key);
    if (value !== undefined) return this.#read(key, kind, value);
    if (this.#broken) return undefined;
    if (absent.is === "default") {
      const standard = kind.read(absent.value);
      return "value" in standard ? standard.value : undefined;
    }
    if (absent.is === "required") this.missing(key, "CONFIG_KEY_MISSING", kind.expected);
    if (absent.is === "restriction") this.missing(key, "CONFIG_RESTRICTION_MISSING", kind.expected);
    return undefined;
  }

  /** The value as TOML gave it; from now on the key counts as known. */
  raw(key: string): unknown {
    this.#known.add(key);
    if (!Object.hasOwn(this.#table, key)) return undefined;
    this.#remember(this.pathOf(key), this.#at(key));
    return this.#table[key];
  }

  /** The key was there, readable or not. */
  has(key: string): boolean {
    return Object.hasOwn(this.#table, key);
  }

  pathOf(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  /** A table within this one, present or not. */
  table(key: string): TableReader {
    const value = this.raw(key);
    const { report, name } = this.#position;
    return new TableReader(value, {
      report,
      steps: this.#at(key),
      path: this.pathOf(key),
      name: name === "" ? key : `${name}.${key}`,
    });
  }

  /** The tables of `[[key]]`, at most `max`, each with the path that `pathOf` gives it. */
  tables(key: string, max: number, pathOf: (table: Table, index: number) => string): readonly TableReader[] {
    const value = this.raw(key);
    if (value === undefined) return [];
    const expected = `sections [[${key}]], one for each`;
    if (!Array.isArray(value)) {
      const hint = isTable(value) ? `write [[${key}]] with double brackets: there may be several` : undefined;
      this.#add("CONFIG_TABLE_EXPECTED", key, { found: describe(value), expected, hint });
      return [];
    }
    if (value.length > max) {
      this.#add("CONFIG_TOO_MANY", key, { found: `${value.length}`, expected: `at most ${max} sections [[${key}]]` });
      return [];
    }
    return value.map((table: unknown, index) => {
      const path = isTable(table) ? pathOf(table, index) : `${key}[${index + 1}]`;
      return new TableReader(table, {
        report: this.#position.report,
        steps: [...this.#at(key), index],
        path,
        name: key,
      });
    });
  }

  /** Reports every key that nobody has asked for. Call last. */
  finish(): void {
    for (const key of Object.keys(this.#table)) {
      if (this.#known.has(key)) continue;
      if (this.#position.report.faults.full) this.#add("CONFIG_KEY_UNKNOWN", key, { expected: "", found: "" });
      else this.#unknown(key);
    }
  }

  missing(key: string, code: ConfigErrorCode, expected: string, hint?: string): void {
    if (!this.#broken) this.#addAt(this.#position.steps, code, key, { found: "nothing", expected, hint, on: "key" });
  }

  /** A fault of `key`, or of the whole table. */
  fault(code: ConfigErrorCode, key: string | undefined, detail: Detail): void {
    this.#add(code, key, detail);
  }

  #read<T>(key: string, kind: Kind<T>, value: unknown): T | undefined {
    const reading = kind.read(value, this.#position.report.faults.places.written(this.#at(key)));
    if ("value" in reading) return reading.value;
    for (const refusal of reading.refusals) this.#refused(key, kind.expected, value, refusal);
    return undefined;
  }

  #refused(key: string, expected: string, value: unknown, refusal: Refusal): void {
    this.#addAt([...this.#at(key), ...(refusal.within ?? [])], refusal.code ?? "CONFIG_VALUE_INVALID", key, {
      found: refusal.found ?? describe(value),
      expected: refusal.expected ?? expected,
      hint: refusal.hint,
    });
  }

  #unknown(key: string): void {
    const { name, report } = this.#position;
    const mistake = mistakeIn(name, key);
    const value = this.#table[key];
    const header = isTable(value) || (Array.isArray(value) && isTable(value[0]));
    this.#add(mistake?.code ?? "CONFIG_KEY_UNKNOWN", key, {
      found: mayBeSecret(key) ? "a value that may be a secret (not shown)" : header ? "a section" : describe(value),
      expected: name === "" ? "a section or key that Doorstep knows" : `a key that [${name}] knows`,
      hint: mistake?.hint ?? this.#neighbour(key, report),
      on: "key",
    });
  }

  #neighbour(key: string, { tablesWith }: Report): string | undefined {
    const { name } = this.#position;
    const near = nearest(key, this.#known);
    if (near !== undefined) return `did you mean ${name === "" ? near : `${name}.${near}`}?`;
    const homes = tablesWith(key);
    return homes.length ? `${key} belongs below [${homes.join("] or [")}]` : undefined;
  }

  #add(code: ConfigErrorCode, key: string | undefined, detail: Detail): void {
    this.#addAt(key === undefined ? this.#position.steps : this.#at(key), code, key, detail);
  }

  #addAt(at: Steps, code: ConfigErrorCode, key: string | undefined, { found, on = "value", ...rest }: Detail): void {
    const path = printable((key === undefined ? this.path : this.pathOf(key)).slice(0, 120));
    const finding: Finding = { code, path, at, on, found: found ?? describe(key && this.#table[key]), ...rest };
    this.#position.report.faults.add(finding);
  }

  #at(key: string): Steps {
    return [...this.#position.steps, key];
  }

  #remember(path: string, steps: Steps): void {
    const { faults, lines } = this.#position.report;
    const place = steps.length ? faults.places.keyAt(steps) : undefined;
    if (place) lines[path] = place.line;
  }
}

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** How to write the table that something else stands in place of. */
function shapeOf(name: string, value: unknown): string {
  const [, key] = /\.([a-z_]+)$/.exec(name) ?? [];
  if (key !== undefined) return `write ${key} = { gpio = ${typeof value === "number" ? value : "…"} }`;
  return `write [${name}] on a line of its own, in ${Array.isArray(value) ? "single" : "square"} brackets`;
}
