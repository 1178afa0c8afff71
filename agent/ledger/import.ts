// An export read back into a database of its own, so that one verification serves both. Believes nothing: hashes come from the
// lines, and whatever does not fit is a fault with its line.
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { AgentError } from "../error.ts";
import type { Sqlite } from "../sqlite.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { LedgerFault } from "./fault.ts";
import { TreeStore } from "./tree-store.ts";

const SCHEMA = new URL("schema.sql", import.meta.url);

/** The longest line: a receipt or 64 KiB of details, and their quoting. */
const LINE_BYTES = 1_048_576;

/** Faults enough to see that a file is no good. */
const MOST_FAULTS = 20;

/** Lines that may be missing before the rest is not worth placing. */
const MOST_MISSING = 1000;

/**
 * Reads the export at `file` into a temporary database with the ledger's tables.
 *
 * @throws AgentError LEDGER_EXPORT_MALFORMED when it is no export at all.
 */
export function importExport(file: string): { db: Sqlite; faults: LedgerFault[] } {
  // An empty name is SQLite's for a database that is on the disk if it grows and gone when it is closed.
  const db = new Database("");
  try {
    db.exec(readFileSync(SCHEMA, "utf8"));
    db.pragma("synchronous = OFF");
    db.pragma("ignore_check_constraints = ON");
    db.pragma("foreign_keys = OFF");
    const faults = db.transaction(() => new Import(db).read(lines(file)))();
    return { db, faults };
  } catch (error) {
    db.close();
    throw error;
  }
}

class Import {
  readonly #db: Sqlite;
  readonly #faults: LedgerFault[] = [];
  readonly #leaves = new Map<number, Map<number, Buffer>>();
  readonly #counts = { entries: 0, disclosures: 0, checkpoints: 0 };
  readonly #entry;
  readonly #detail;
  readonly #disclosure;
  readonly #checkpoint;
  #ended = false;
  #sequence = -1;

  constructor(db: Sqlite) {
    this.#db = db;
    this.#entry = db.prepare("insert into entry values (?, ?, ?, ?, ?, ?)");
    this.#detail = db.prepare("insert into detail values (?, ?)");
    this.#disclosure = db.prepare("insert into recipient_leaf values (?, ?, ?, ?, ?, ?, ?)");
    this.#checkpoint = db.prepare("insert into checkpoint values (?, ?, ?)");
  }

  read(lines: Iterable<string>): LedgerFault[] {
    let number = 0;
    for (const line of lines) {
      number++;
      try {
        this.#line(JSON.parse(line) as Record<string, unknown>, number);
      } catch (error) {
        if (number === 1) throw malformed("its first line does not say that it is one", error);
        this.#fault(`line ${number} cannot be read (${(error as Error).message})`);
      }
    }
    if (number === 0) throw malformed("it is empty");
    if (!this.#ended) this.#fault("it ends before its last line: it was cut off");
    this.#plant();
    return this.#faults;
  }

  #line(value: Record<string, unknown>, number: number): void {
    if (number === 1) {
      if (value["doorstep_ledger"] !== 1) throw malformed("another format or version");
      this.#db.prepare("insert into identity values (1, ?, ?)").run(text(value["device"]), base64(value["public_key"]));
    } else if (this.#ended) throw new TypeError("it comes after the end");
    else if ("entry" in value) this.#takeEntry(value);
    else if ("disclosure" in value) this.#takeDisclosure(value);
    else if ("checkpoint" in value) {
      this.#counts.checkpoints++;
      this.#checkpoint.run(whole(value["tree"]), whole(value["checkpoint"]), text(value["note"]));
    } else if ("tree" in value)
      this.#db
        .prepare("insert into tree values (?, ?, ?)")
        .run(whole(value["tree"]), text(value["origin"]), orNull(value["recipient"]));
    else if ("end" in value) this.#end(value["end"]);
    else throw new TypeError("nothing that an export holds");
  }

  #takeEntry(value: Record<string, unknown>): void {
    const sequence = whole(value["entry"]);
    this.#counts.entries++;
    // Named even though each entry says its number: somebody has had a hand in this file.
    if (sequence <= this.#sequence) this.#fault(`entry ${sequence} stands after entry ${this.#sequence}`);
    this.#sequence = sequence;
    this.#leaf(0, sequence, hex(value["leaf"]));
    this.#entry.run(
      sequence,
      whole(value["at_ms"]),
      whole(value["newest_ms"]),
      text(value["type"]),
      text(value["ref"]),
      hex(value["commitment"]),
    );
    if ("salt" in value || "details" in value)
      this.#detail.run(sequence, Buffer.concat([hex(value["salt"]), Buffer.from(canonicalJson(value["details"]))]));
  }

  #takeDisclosure(value: Record<string, unknown>): void {
    const [tree, index] = [whole(value["tree"]), whole(value["index"])];
    this.#counts.disclosures++;
    this.#leaf(tree, index, hex(value["leaf"]));
    this.#disclosure.run(
      text(value["disclosure"]),
      tree,
      index,
      whole(value["sequence"]),
      hex(value["commitment"]),
      orNull(value["clip"]),
      orNull(value["receipt"]),
    );
  }

  #end(value: unknown): void {
    this.#ended = true;
    if (canonicalJson(value) !== canonicalJson(this.#counts))
      this.#fault(`it should hold ${canonicalJson(value)}, but holds ${canonicalJson(this.#counts)}`);
  }

  #leaf(tree: number, index: number, hash: Buffer): void {
    if (!this.#leaves.has(tree)) this.#leaves.set(tree, new Map());
    this.#leaves.get(tree)!.set(index, hash);
  }

  /** Grows the trees from the leaf hashes of the lines. Where a line is missing, a hash of zeros keeps its place. */
  #plant(): void {
    const trees = new TreeStore(this.#db);
    for (const [tree, leaves] of this.#leaves) {
      const size = Math.min(Math.max(...leaves.keys()) + 1, leaves.size + MOST_MISSING);
      for (let index = 0; index < size; index++) trees.append(tree, index, leaves.get(index) ?? Buffer.alloc(32));
    }
  }

  #fault(text: string): void {
    if (this.#faults.length < MOST_FAULTS) this.#faults.push({ kind: "file changed", text });
  }
}

const malformed = (why: string, cause?: unknown): AgentError =>
  cause instanceof AgentError ? cause : new AgentError("LEDGER_EXPORT_MALFORMED", why, cause);

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`text expected, ${typeof value} found`);
}

const orNull = (value: unknown): string | null => (value === null ? null : text(value));

function whole(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new TypeError(`a whole number expected, ${String(value)} found`);
}

function hex(value: unknown): Buffer {
  if (/^([0-9a-f]{32}|[0-9a-f]{64})$/.test(text(value))) return Buffer.from(text(value), "hex");
  throw new TypeError("a hash or salt in hex expected");
}

function base64(value: unknown): Buffer {
  if (/^[A-Za-z0-9+/]{43}=$/.test(text(value))) return Buffer.from(text(value), "base64");
  throw new TypeError("a key in base64 expected");
}

/** The lines of a file of any size, a chunk at a time. Too long a line is cut, and so no JSON. */
function* lines(file: string): Generator<string> {
  const fd = openSync(file, "r");
  try {
    const chunk = Buffer.alloc(65_536);
    let rest = Buffer.alloc(0);
    for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) {
      let data = Buffer.concat([rest, chunk.subarray(0, read)]);
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        yield data.toString("utf8", 0, end);
        data = data.subarray(end + 1);
      }
      rest = Buffer.from(data.subarray(0, LINE_BYTES));
    }
    if (rest.length > 0) yield rest.toString("utf8");
  } finally {
    closeSync(fd);
  }
}
